import { describe, expect, test } from 'vitest'
import { formatName } from '../../../src/dns/index.ts'
import { Health, liveOverrides, NO_HEALTH, type Override, type TargetState } from '../../../src/health/index.ts'
import { type LocalZone, loadedZones, type Step } from '../../../src/zone/index.ts'
import { outcomes, resolve } from '../both-forms.ts'
import { address, documentOf, questionOf, type Resolved, seeded, zoneOf } from '../support.ts'
import { issuesOf, summary } from '../zone/support.ts'
import { stateOf, vantageOf } from './support.ts'

const NOW = 1_000_000
/** By target with its port, as people write it. */
function knowing(
  zone: LocalZone,
  said: Readonly<Record<string, Partial<TargetState>>>,
  overrides: readonly Partial<Override>[] = [],
): Health {
  const states = Object.fromEntries(
    zone.conditions.flatMap(({ target, probe }) => {
      const one = said[target]
      return one ? [[probe.id, stateOf(one.state ?? 'up', one)]] : []
    }),
  )
  const full = overrides.map((one) => ({ force: 'down', by: 'ada', why: 'a test', ...one }) as Override)
  return new Health([vantageOf('cron', states, NOW)], liveOverrides(full), NOW * 1000)
}

function ask(zone: LocalZone, name: string, type: string, health: Health, seed = 1): Resolved {
  const asker = { client: address('198.51.100.1'), health, random: seeded(seed), identity: 'test' }
  const trace: Step[] = []
  const found = resolve(questionOf(`${name}.example.com.`, type), loadedZones([zone]), asker, trace)
  if (found.kind !== 'resolved') throw new Error(found.kind)
  return { ...found, trace }
}

const check = { kind: 'tcp', port: 80, interval: 20, fall: 3, rise: 2 }
const pool = (members: unknown[], more: object = {}) => ({ kind: 'pool', check, members, ...more })
const ranged = (answer: unknown, ttl: unknown = [30, 300]) => ({ ttl, answer })

describe('a TTL that follows health', () => {
  const zone = zoneOf({
    web: { A: ranged(pool(['192.0.2.1', '192.0.2.2'])) },
    fixed: { A: pool(['192.0.2.1']) },
    units: { A: ranged(pool(['192.0.2.1']), ['1m', '1h']) },
    same: { A: ranged(pool(['192.0.2.1']), [50, 50]) },
    plain: { A: ranged('192.0.2.9') },
    quiet: { A: ranged(pool(['192.0.2.1'], { whenDown: 'nodata' }), [5, 20]) },
    empty: { A: ranged([], [5, 20]) },
    silent: { A: ranged(pool(['192.0.2.1'], { whenDown: 'servfail' })) },
    first: { CNAME: ranged(pool([{ answer: 'second', target: '192.0.2.1' }])) },
    second: { CNAME: ranged(pool([{ answer: 'web', target: '192.0.2.3' }])) },
    gone: { CNAME: ranged(pool([{ answer: 'quiet', target: '192.0.2.3' }])) },
    sub: { NS: ranged(pool([{ answer: 'ns.sub', target: '192.0.2.5' }])) },
    'ns.sub': { A: ranged(pool(['192.0.2.6'])) },
    old: { DNAME: ranged('new', [10, 20]) },
    'x.new': { A: ranged(pool(['192.0.2.1'])) },
    'alias-fixed': { ALIAS: 'x.new' },
    alias: { ALIAS: ranged(pool([{ answer: 'x.new', target: '192.0.2.3' }])) },
    'alias-quiet': { ALIAS: ranged(pool([{ answer: 'quiet', target: '192.0.2.3' }])) },
    'alias-nobody': { ALIAS: ranged(pool([{ answer: 'web', target: '192.0.2.3' }], { whenDown: 'nodata' }), [5, 20]) },
    'alias-fixed-quiet': { ALIAS: 'quiet' },
    'to-alias': { CNAME: ranged(pool([{ answer: 'alias-none', target: '192.0.2.3' }]), [5, 10]) },
    'alias-none': { ALIAS: 'plain6' },
    plain6: { AAAA: '2001:db8::1' },
  })
  const counted = (count: number) => ({ state: 'up', count }) as const
  const down = { state: 'down' } as const
  type Row = [what: string, name: string, Record<string, Partial<TargetState>>, Partial<Override>[], string[]]
  const SOA = (ttl: number) => `! example.com. ${ttl} SOA ns.example.com. hostmaster.example.com. 7 3600 900 604800 60`
  const one = (name: string, ttl: number, text = '192.0.2.1') => [
    'NOERROR aa',
    `= ${name}.example.com. ${ttl} A ${text}`,
  ]
  const rows: Row[] = [
    ['healthy: three intervals', 'units', { '192.0.2.1:80': counted(0) }, [], one('units', 60)],
    [
      'within the range',
      'units',
      { '192.0.2.1:80': counted(0) },
      [{ target: '192.0.2.1:*', force: 'up', until: (NOW + 100) * 1000 }],
      one('units', 100),
    ],
    [
      'forced for good: the most',
      'units',
      { '192.0.2.1:80': down },
      [{ target: '192.0.2.1:*', force: 'up' }],
      one('units', 3600),
    ],
    ['the least', 'same', { '192.0.2.1:80': counted(2) }, [], one('same', 50)],
    ['not told to follow', 'fixed', { '192.0.2.1:80': counted(2) }, [], one('fixed', 300)],
    ['without health: the most', 'plain', {}, [], one('plain', 300, '192.0.2.9')],
    ['NODATA, no longer than an answer would be', 'quiet', { '192.0.2.1:80': down }, [], ['NOERROR aa', SOA(20)]],
    [
      'NODATA soon to end',
      'quiet',
      { '192.0.2.1:80': { state: 'down', count: 1 } },
      [{ target: '*', until: (NOW + 9) * 1000 }],
      ['NOERROR aa', SOA(9)],
    ],
    ['NODATA for good', 'quiet', { '192.0.2.1:80': down }, [{ target: '192.0.2.1:*' }], ['NOERROR aa', SOA(20)]],
    ['NODATA that is written so', 'empty', {}, [], ['NOERROR aa', SOA(20)]],
    ['SERVFAIL', 'silent', { '192.0.2.1:80': down }, [], ['SERVFAIL ede0']],
    [
      'a chain: each rrset its own',
      'first',
      { '192.0.2.1:80': counted(0), '192.0.2.3:80': counted(1), '192.0.2.2:80': down },
      [],
      [
        'NOERROR aa',
        '= first.example.com. 60 CNAME second.example.com.',
        '= second.example.com. 40 CNAME web.example.com.',
        '= web.example.com. 40 A 192.0.2.1',
      ],
    ],
    [
      'a chain that ends in NODATA',
      'gone',
      { '192.0.2.1:80': down, '192.0.2.3:80': counted(1) },
      [],
      ['NOERROR aa', '= gone.example.com. 40 CNAME quiet.example.com.', SOA(20)],
    ],
    [
      'below a DNAME',
      'x.old',
      { '192.0.2.1:80': counted(1) },
      [],
      [
        'NOERROR aa',
        '= old.example.com. 20 DNAME new.example.com.',
        '= x.old.example.com. 20 CNAME x.new.example.com.',
        '= x.new.example.com. 40 A 192.0.2.1',
      ],
    ],
    ['an ALIAS: the smallest on the way', 'alias-fixed', { '192.0.2.1:80': counted(1) }, [], one('alias-fixed', 40)],
    [
      'an ALIAS: its own, where that is the smallest',
      'alias',
      { '192.0.2.1:80': counted(0), '192.0.2.3:80': counted(1) },
      [],
      one('alias', 40),
    ],
    [
      'an ALIAS whose target is down for good: no longer than its own',
      'alias-quiet',
      { '192.0.2.1:80': down, '192.0.2.3:80': counted(2) },
      [{ target: '192.0.2.1:*' }],
      ['NOERROR aa', SOA(20)],
    ],
    ['an ALIAS that leads nowhere', 'alias-nobody', { '192.0.2.3:80': down }, [], ['NOERROR aa', SOA(20)]],
    [
      'an ALIAS whose target is down, and soon up',
      'alias-fixed-quiet',
      { '192.0.2.1:80': down },
      [{ target: '*', until: (NOW + 9) * 1000 }],
      ['NOERROR aa', SOA(9)],
    ],
    [
      'what led to an ALIAS has no say in its NODATA',
      'to-alias',
      { '192.0.2.3:80': counted(0) },
      [],
      ['NOERROR aa', '= to-alias.example.com. 10 CNAME alias-none.example.com.', SOA(60)],
    ],
    [
      'a delegation, and its glue',
      'www.sub',
      { '192.0.2.5:80': counted(0), '192.0.2.6:80': counted(1) },
      [],
      ['NOERROR', '! sub.example.com. 60 NS ns.sub.example.com.', '+ ns.sub.example.com. 40 A 192.0.2.6'],
    ],
  ]
  test.each(rows)('%s', (_what, name, said, overrides, expected) => {
    const found = ask(zone, name, 'A', knowing(zone, said, overrides))
    expect(summary(found)).toEqual(
      expected.map((line) => (line === 'SERVFAIL ede0' ? expect.stringMatching(/^SERVFAIL/) : line)),
    )
  })
  test('the minimum over all members counts, whichever is drawn', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [head, ...lines] = summary(
        ask(zone, 'web', 'A', knowing(zone, { '192.0.2.1:80': counted(0), '192.0.2.2:80': counted(1) }), seed),
      )
      expect([head, ...lines.map((line) => line.replace(/[12]$/, '?'))]).toEqual([
        'NOERROR aa',
        '= web.example.com. 40 A 192.0.2.?',
      ])
    }
  })
  test('without results: one interval, and never less than the minimum', () => {
    expect(summary(ask(zone, 'web', 'A', NO_HEALTH))[1]).toMatch(/ 30 A /)
  })
  test('the trace has the TTL if health shortened it, and only then', () => {
    const ttls = (name: string, said: Record<string, Partial<TargetState>>) =>
      ask(zone, name, 'A', knowing(zone, said)).trace.filter(({ step }) => step === 'ttl')
    expect(ttls('web', { '192.0.2.1:80': counted(1), '192.0.2.2:80': counted(0) })).toEqual([
      { step: 'ttl', ttl: 40, most: 300, holds: 40 },
    ])
    expect(ttls('web', { '192.0.2.1:80': counted(2), '192.0.2.2:80': counted(0) })).toEqual([
      { step: 'ttl', ttl: 30, most: 300, holds: 20 },
    ])
    expect(ttls('plain', {})).toEqual([])
    expect(ttls('fixed', { '192.0.2.1:80': counted(1) })).toEqual([])
  })
  test.each(rows)('outcomes has the same TTLs: %s', (_what, name, said, overrides) => {
    const health = knowing(zone, said, overrides)
    const found = ask(zone, name, 'A', health)
    const all = outcomes(questionOf(`${name}.example.com.`, 'A'), loadedZones([zone]), {
      client: address('198.51.100.1'),
      health,
      random: Math.random,
      identity: '',
    })
    const answered = found.response.answer.map(({ owner, type, ttl }) => `${formatName(owner.key)} ${type} ${ttl}`)
    expect([...new Set(all?.records.map(({ owner, type, ttl }) => `${formatName(owner)} ${type} ${ttl}`))]).toEqual(
      answered,
    )
  })
  test.each([
    [[300, 30], /expected the least and the most, as in \[30, 300\]/],
    [[30], /expected the least and the most|expected/],
    [[30, 300, 3000], /expected the least and the most|expected/],
    [['x', 300], /is not a valid time/],
    [[-1, 300], /whole seconds/],
    [[], /expected/],
  ])('%j is refused', (ttl, message) => {
    const issues = issuesOf(documentOf({ www: { A: { ttl, answer: '192.0.2.1' } } }))
    expect(issues.length).toBeGreaterThan(0)
    for (const issue of issues) expect(issue).toMatch(/^records \/ www \/ A \/ ttl/)
    expect(issues.join()).toMatch(message)
  })
})

describe('the size of the answer of a pool', () => {
  const members = ['a.example.', 'b.example.', 'c.example.']
  const cname = (more: object) => issuesOf(documentOf({ www: { CNAME: pool(members, more) } }))
  test.each([
    {},
    { select: 'hashed' },
    { select: 'weighted' },
    { select: 'weighted-hashed' },
    { select: 'consistent-hashed' },
    { select: 'first' },
    { select: 'all', count: 1 },
    { whenDown: 'nodata' },
    { whenDown: { answer: 'd.example.' } },
    { whenDown: 'servfail' },
  ])('one target: %j', (more) => expect(cname(more)).toEqual([]))
  test.each<[object, number]>([
    [{ count: 2 }, 2],
    [{ select: 'all' }, 3],
    [{ select: 'all', count: 2 }, 2],
    [{ select: 'first', count: 2 }, 2],
    [{ select: 'weighted', count: 5 }, 3],
    [{ select: 'weighted-multi' }, 3],
    [{ select: 'grouped' }, 3],
    [{ select: 'grouped-multi' }, 3],
    [{ whenDown: { answer: ['d.example.', 'e.example.'] } }, 2],
  ])('more targets: %j', (more, targets) => {
    expect(cname(more)).toEqual([
      `records / www / CNAME: a CNAME has one target, an answer here may have ${targets}; expected one, or a choice like "random"`,
    ])
  })
  test('of a failover', () => {
    const failover = (more: object) =>
      issuesOf(documentOf({ www: { CNAME: { kind: 'failover', pools: members, ...more } } }))
    expect(failover({})).toEqual([])
    expect(failover({ whenDown: 'all' }).join()).toMatch(/may have 3/)
    expect(failover({ whenDown: { answer: ['d.example.', 'e.example.'] } }).join()).toMatch(/may have 2/)
    expect(failover({ pools: [pool(members, { select: 'all' })] }).join()).toMatch(/may have 3/)
  })
  test('octets: members that can be up together count', () => {
    const text = (i: number) => `"${String(i).padStart(255, 'x')}"`
    const many = Array.from({ length: 200 }, (_, i) => text(i))
    const txt = (more: object) => issuesOf(documentOf({ www: { TXT: pool(many, { check: undefined, ...more }) } }))
    expect(txt({})).toEqual([])
    expect(txt({ select: 'all', count: 100 })).toEqual([])
    expect(txt({ select: 'all' }).join()).toMatch(/may have 53600 octets of data; expected at most 48000/)
    expect(txt({ select: 'first', count: 200 }).join()).toMatch(/may have 53600 octets/)
    expect(txt({ whenDown: { answer: many } }).join()).toMatch(/may have 53600 octets/)
  })
  test('NS that may be empty is refused', () => {
    expect(issuesOf(documentOf({ sub: { NS: pool([[]], { check: undefined }) } })).join()).toMatch(
      /delegates to nobody/,
    )
  })
})

describe('pools have names, for overrides', () => {
  const zone = zoneOf(
    {
      '@': { A: pool(['192.0.2.1'], { whenDown: 'nodata' }) },
      www: {
        A: pool(['192.0.2.1'], { whenDown: 'nodata' }),
        AAAA: pool(['2001:db8::1'], { name: 'v6', whenDown: 'nodata' }),
      },
      '*.dev': { A: pool(['192.0.2.1'], { whenDown: 'nodata' }) },
    },
    { origin: 'example.com' },
  )
  test.each([
    ['example.com/A', '', 'A'],
    ['www.example.com/A', 'www.', 'A'],
    ['www.example.com/AAAA/v6', 'www.', 'AAAA'],
    ['WWW.example.com/AAAA/v6', 'www.', 'AAAA'],
    ['*.dev.example.com/A', 'x.dev.', 'A'],
  ])('%s', (name, owner, type) => {
    const asker = (overrides: Partial<Override>[]) => ({
      client: address('198.51.100.1'),
      health: knowing(zone, {}, overrides),
      random: seeded(1),
      identity: '',
    })
    const count = (overrides: Partial<Override>[]) => {
      const found = resolve(questionOf(`${owner}example.com.`, type), loadedZones([zone]), asker(overrides))
      return found.kind === 'resolved' ? found.response.answer.length : -1
    }
    expect([count([]), count([{ pool: name }]), count([{ pool: 'x' }])]).toEqual([1, 0, 1])
  })
})
