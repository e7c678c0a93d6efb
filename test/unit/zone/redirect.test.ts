import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatName, rcodeName } from '../../../src/dns/index.ts'
import { Health, NO_HEALTH } from '../../../src/health/index.ts'
import { compileZone, type LocalZone, loadedZones } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes, resolve } from '../both-forms.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, documentOf, must, questionOf, resolved, seeded, zoneOf } from '../support.ts'
import { issuesOf, summary } from './support.ts'

const SOA = '! example.com. 60 SOA ns.example.com. hostmaster.example.com. 7 3600 900 604800 60'
const SOA_NET = '! example.net. 60 SOA ns.example.net. hostmaster.example.net. 7 3600 900 604800 60'
const LONG = 'x'.repeat(63)

const com = zoneOf({
  '@': { NS: 'ns', ALIAS: { ttl: 100, answer: 'lb.example.net.' }, MX: '10 mail' },
  ns: { A: '192.0.2.53' },
  // DNAME
  old: { DNAME: { ttl: 120, answer: 'new' }, A: '192.0.2.1' },
  'hidden.old': { A: '192.0.2.2' },
  '*.old': { A: '192.0.2.3' },
  'cut.old': { NS: 'ns.example.org.' },
  new: { A: '192.0.2.10' },
  'www.new': { A: '192.0.2.11', TXT: 'new' },
  '*.wild.new': { A: '192.0.2.12' },
  'sub.new': { NS: 'ns.example.org.' },
  far: { DNAME: 'other.example.net.' },
  out: { DNAME: 'example.org.' },
  root: { DNAME: '.' },
  loop: { DNAME: 'loop' },
  ping: { DNAME: 'pong' },
  pong: { DNAME: 'ping' },
  long: { DNAME: `${LONG}.${LONG}.${LONG}` },
  'to-old': { CNAME: 'www.old' },
  'a.twice': { CNAME: 'b.old' },
  'b.new': { CNAME: 'c.old' },
  'c.new': { A: '192.0.2.13' },
  'back.new': { CNAME: 'old' },
  down: { NS: 'ns.example.org.' },
  'dn.down': { DNAME: 'new' },
  // ALIAS
  one: { ALIAS: 'www.new', AAAA: '2001:db8::1' },
  chain: { ALIAS: { ttl: 200, answer: 'chained' } },
  chained: { CNAME: { ttl: 30, answer: 'www.new' } },
  nested: { ALIAS: { ttl: 90, answer: 'one' } },
  'through-dname': { ALIAS: 'www.old' },
  www: { CNAME: '@' },
  nodata: { ALIAS: 'mail-only' },
  'mail-only': { MX: '10 mail' },
  gone: { ALIAS: 'nothing' },
  outside: { ALIAS: 'www.example.org.' },
  'outside-later': { ALIAS: 'leaves' },
  leaves: { CNAME: 'www.example.org.' },
  delegated: { ALIAS: 'x.sub.new' },
  itself: { ALIAS: 'itself' },
  ring: { ALIAS: 'ring-b' },
  'ring-b': { CNAME: 'ring' },
  '*.star': { ALIAS: 'www.new' },
  fails: { ALIAS: 'view' },
  view: { A: { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.20' }] } },
  steered: { ALIAS: { kind: 'view', rules: [{ networks: ['10.1.0.0/16'], answer: 'view' }], otherwise: 'www.new' } },
  none: {
    ALIAS: {
      kind: 'weighted',
      members: [
        { weight: 1, answer: 'www.new' },
        { weight: 1, answer: 'www.new' },
      ],
    },
  },
  a0: { ALIAS: 'a1' },
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [`a${n}`, { ALIAS: n === 8 ? 'new' : `a${n + 1}` }])),
})
const net = zoneOf(
  {
    '@': { NS: 'ns', DNAME: 'example.com.', MX: '10 mail.example.com.' },
    ns: { A: '192.0.2.53' },
  },
  { origin: 'example.net' },
)
const lbNet = zoneOf({ '@': { NS: 'ns.example.com.', A: ['198.51.100.1'] } }, { origin: 'lb.example.net' })
const zones = [com, net, lbNet]

type Row = readonly [name: string, type: string, ...lines: string[]]
const DNAME = '= old.example.com. 120 DNAME new.example.com.'
const tables: Readonly<Record<string, readonly Row[]>> = {
  'below a DNAME (RFC 6672 §3.2)': [
    [
      'www.old',
      'A',
      'NOERROR aa',
      DNAME,
      '= www.old.example.com. 120 CNAME www.new.example.com.',
      '= www.new.example.com. 300 A 192.0.2.11',
    ],
    [
      'WwW.oLd',
      'TXT',
      'NOERROR aa',
      '= oLd.example.com. 120 DNAME new.example.com.',
      '= WwW.oLd.example.com. 120 CNAME WwW.new.example.com.',
      '= WwW.new.example.com. 300 TXT "new"',
    ],
    [
      'a.b.wild.old',
      'A',
      'NOERROR aa',
      DNAME,
      '= a.b.wild.old.example.com. 120 CNAME a.b.wild.new.example.com.',
      '= a.b.wild.new.example.com. 300 A 192.0.2.12',
    ],
    ['www.old', 'MX', 'NOERROR aa', DNAME, '= www.old.example.com. 120 CNAME www.new.example.com.', SOA],
    ['nix.old', 'A', 'NXDOMAIN aa', DNAME, '= nix.old.example.com. 120 CNAME nix.new.example.com.', SOA],
    ['www.old', 'CNAME', 'NOERROR aa', DNAME, '= www.old.example.com. 120 CNAME www.new.example.com.'],
    ['www.old', 'ANY', 'NOERROR aa', DNAME, '= www.old.example.com. 120 CNAME www.new.example.com.'],
    ['www.old', 'DNAME', 'NOERROR aa', DNAME, '= www.old.example.com. 120 CNAME www.new.example.com.', SOA],
    [
      'back.old',
      'DNAME',
      'NOERROR aa',
      DNAME,
      '= back.old.example.com. 120 CNAME back.new.example.com.',
      '= back.new.example.com. 300 CNAME old.example.com.',
    ],
    [
      'to-old',
      'A',
      'NOERROR aa',
      '= to-old.example.com. 300 CNAME www.old.example.com.',
      DNAME,
      '= www.old.example.com. 120 CNAME www.new.example.com.',
      '= www.new.example.com. 300 A 192.0.2.11',
    ],
    [
      'x.sub.old',
      'A',
      'NOERROR aa',
      DNAME,
      '= x.sub.old.example.com. 120 CNAME x.sub.new.example.com.',
      '! sub.new.example.com. 300 NS ns.example.org.',
    ],
    [
      'x.out',
      'A',
      'NOERROR aa',
      '= out.example.com. 300 DNAME example.org.',
      '= x.out.example.com. 300 CNAME x.example.org.',
    ],
    ['a.b.root', 'A', 'NOERROR aa', '= root.example.com. 300 DNAME .', '= a.b.root.example.com. 300 CNAME a.b.'],
    // By the same DNAME twice: it stands there once.
    [
      'a.twice',
      'A',
      'NOERROR aa',
      '= a.twice.example.com. 300 CNAME b.old.example.com.',
      DNAME,
      '= b.old.example.com. 120 CNAME b.new.example.com.',
      '= b.new.example.com. 300 CNAME c.old.example.com.',
      '= c.old.example.com. 120 CNAME c.new.example.com.',
      '= c.new.example.com. 300 A 192.0.2.13',
    ],
  ],
  'what stands below a DNAME is not there': [
    ['hidden.old', 'A', 'NXDOMAIN aa', DNAME, '= hidden.old.example.com. 120 CNAME hidden.new.example.com.', SOA],
    ['x.cut.old', 'A', 'NXDOMAIN aa', DNAME, '= x.cut.old.example.com. 120 CNAME x.cut.new.example.com.', SOA],
  ],
  'the DNAME owner is not redirected': [
    ['old', 'A', 'NOERROR aa', '= old.example.com. 300 A 192.0.2.1'],
    ['old', 'DNAME', 'NOERROR aa', DNAME],
    ['old', 'AAAA', 'NOERROR aa', SOA],
    ['example.net.', 'MX', 'NOERROR aa', '= example.net. 300 MX 10 mail.example.com.'],
    ['example.net.', 'SOA', 'NOERROR aa', SOA_NET.replace('!', '=').replace('60 SOA', '300 SOA')],
  ],
  'at the origin of a zone': [
    [
      'www.new.example.net.',
      'A',
      'NOERROR aa',
      '= example.net. 300 DNAME example.com.',
      '= www.new.example.net. 300 CNAME www.new.example.com.',
      '= www.new.example.com. 300 A 192.0.2.11',
    ],
    [
      'ns.example.net.',
      'A',
      'NOERROR aa',
      '= example.net. 300 DNAME example.com.',
      '= ns.example.net. 300 CNAME ns.example.com.',
      '= ns.example.com. 300 A 192.0.2.53',
    ],
    // A zone of its own below it is.
    ['lb.example.net.', 'A', 'NOERROR aa', '= lb.example.net. 300 A 198.51.100.1'],
  ],
  'a delegation above a DNAME counts': [['x.dn.down', 'A', 'NOERROR', '! down.example.com. 300 NS ns.example.org.']],
  'loops and names that are too long': [
    ['x.loop', 'A', 'SERVFAIL ede0'],
    ['x.ping', 'A', 'SERVFAIL ede0'],
    [
      'x.long',
      'A',
      'NXDOMAIN aa',
      `= long.example.com. 300 DNAME ${LONG}.${LONG}.${LONG}.example.com.`,
      `= x.long.example.com. 300 CNAME x.${LONG}.${LONG}.${LONG}.example.com.`,
      SOA,
    ],
    [`${LONG}.long`, 'A', 'YXDOMAIN aa', `= long.example.com. 300 DNAME ${LONG}.${LONG}.${LONG}.example.com.`],
  ],
  'ALIAS answers with the addresses of its target': [
    ['@', 'A', 'NOERROR aa', '= example.com. 100 A 198.51.100.1'],
    ['@', 'AAAA', 'NOERROR aa', SOA],
    ['@', 'MX', 'NOERROR aa', '= example.com. 300 MX 10 mail.example.com.'],
    ['www', 'A', 'NOERROR aa', '= www.example.com. 300 CNAME example.com.', '= example.com. 100 A 198.51.100.1'],
    ['one', 'A', 'NOERROR aa', '= one.example.com. 300 A 192.0.2.11'],
    // Its own addresses of a type come first.
    ['one', 'AAAA', 'NOERROR aa', '= one.example.com. 300 AAAA 2001:db8::1'],
    ['one', 'TXT', 'NOERROR aa', SOA],
    ['one', 'ALIAS', 'NOERROR aa', '= one.example.com. 300 ALIAS www.new.example.com.'],
    ['one', 'ANY', 'NOERROR aa', '= one.example.com. 3600 HINFO "RFC8482" ""'],
    ['oNe', 'A', 'NOERROR aa', '= oNe.example.com. 300 A 192.0.2.11'],
    ['chain', 'A', 'NOERROR aa', '= chain.example.com. 30 A 192.0.2.11'],
    ['nested', 'A', 'NOERROR aa', '= nested.example.com. 90 A 192.0.2.11'],
    ['through-dname', 'A', 'NOERROR aa', '= through-dname.example.com. 120 A 192.0.2.11'],
    ['x.y.star', 'A', 'NOERROR aa', '= x.y.star.example.com. 300 A 192.0.2.11'],
  ],
  'ALIAS whose target has none: the owner exists all the same': [
    ['nodata', 'A', 'NOERROR aa', SOA],
    ['gone', 'A', 'NOERROR aa', SOA],
  ],
  'ALIAS that only others could answer, and chains': [
    ['outside', 'A', 'SERVFAIL ede0'],
    ['outside-later', 'A', 'SERVFAIL ede0'],
    ['delegated', 'A', 'SERVFAIL ede0'],
    ['itself', 'A', 'SERVFAIL ede0'],
    ['ring', 'A', 'SERVFAIL ede0'],
    ['fails', 'A', 'SERVFAIL ede0'],
    ['a1', 'A', 'NOERROR aa', '= a1.example.com. 300 A 192.0.2.10'],
    ['a0', 'A', 'SERVFAIL ede0'],
  ],
}

const full = (name: string): string =>
  name === '@' ? 'example.com.' : name.endsWith('.') ? name : `${name}.example.com.`

for (const [title, rows] of Object.entries(tables)) {
  describe(title, () => {
    test.each(rows)('%s %s: %s', (name, type, ...lines) => {
      expect(summary(resolved(zones, full(name), type))).toEqual(lines)
    })
  })
}

test.each([
  ['outside', 'the ALIAS leads to www.example.org., which is in none of the zones served here'],
  ['delegated', 'the ALIAS leads to x.sub.new.example.com., which is in none of the zones served here'],
  ['itself', 'CNAME chain is a loop or too long'],
])('%s: the Extended DNS Error says %s', (name, text) => {
  expect(resolved(zones, full(name), 'A').response.ede).toEqual({ code: 0, text })
})

describe('the scope of an ALIAS', () => {
  test.each([
    ['view', '10.1.2.3', 8, '192.0.2.20'],
    ['fails', '10.1.2.3', 8, '192.0.2.20'],
    // The larger of its own and its target's.
    ['steered', '10.1.2.3', 16, '192.0.2.20'],
    ['steered', '10.2.2.3', 15, '192.0.2.11'],
  ])('%s asked by %s: %i', (name, client, scope, text) => {
    const { response } = resolved(zones, full(name), 'A', client)
    expect([response.scope, response.answer.at(-1)?.rdatas[0]?.text]).toEqual([scope, text])
  })
})

test('the target of an ALIAS in a zone that is not loaded is asked for', () => {
  const unloaded = { kind: 'unloaded', origin: lbNet.origin.key } as const
  const loaded = loadedZones([com])
  const find = (name: string) => (name.endsWith(lbNet.origin.key) ? unloaded : loaded.find(name))
  const asker = { client: address('192.0.2.1'), health: NO_HEALTH, random: seeded(1), identity: '' }
  expect(resolve(questionOf('example.com.', 'A'), { find }, asker)).toEqual({
    kind: 'needs-zone',
    origin: lbNet.origin.key,
  })
})

describe('what a zone cannot say', () => {
  test.each<[string, unknown, string]>([
    [
      'CNAME beside DNAME',
      { x: { CNAME: 'a', DNAME: 'b' } },
      'records / x / CNAME: CNAME beside DNAME at x.example.com.; expected the CNAME alone (RFC 1034 §3.6.2)',
    ],
    [
      'CNAME beside ALIAS',
      { x: { CNAME: 'a', ALIAS: 'b' } },
      'records / x / CNAME: CNAME beside ALIAS at x.example.com.; expected the CNAME alone (RFC 1034 §3.6.2)',
    ],
    [
      'NS beside DNAME',
      { x: { NS: 'a', DNAME: 'b' } },
      'records / x / DNAME: DNAME beside NS at x.example.com.; expected one of them, as a delegation answers nothing (RFC 6672 §2.3)',
    ],
    [
      'two DNAMEs',
      { x: { DNAME: ['a', 'b'] } },
      'records / x / DNAME: a DNAME needs exactly one target; expected one, and the choice at the target name',
    ],
    [
      'a DNAME by chance',
      { x: { DNAME: { kind: 'random', of: ['a', 'b'] } } },
      'records / x / DNAME: a DNAME needs exactly one target; expected one, and the choice at the target name',
    ],
    [
      'no DNAME',
      { x: { DNAME: [] } },
      'records / x / DNAME: a DNAME needs exactly one target; expected one, and the choice at the target name',
    ],
    [
      'two ALIASes',
      { x: { ALIAS: ['a', 'b'] } },
      'records / x / ALIAS: an ALIAS has one target, an answer here may have 2; expected one, or a choice like "random"',
    ],
    [
      'DS at the origin',
      { '@': { DS: '1 8 200 00' } },
      'records / @ / DS: DS at the origin of the zone; expected it in the parent zone (RFC 4035 §2.4)',
    ],
  ])('%s', (_, records, issue) => expect(issuesOf(documentOf(records))).toEqual([issue]))
})

describe('what is lawful and most likely not meant', () => {
  const warningsOf = (records: Readonly<Record<string, unknown>>): string[] =>
    must(compileZone(documentOf({ '@': { NS: 'ns.example.org.' }, ...records }))).warnings.map(
      ({ path, message }) => `${path.join(' / ')}: ${message}`,
    )
  test.each<[Readonly<Record<string, unknown>>, string[]]>([
    [
      { x: { DNAME: 'a' }, 'y.x': { A: '192.0.2.1' } },
      ['records / y.x: y.x.example.com. is below the DNAME x.example.com.; its data is never answered'],
    ],
    [
      { '*.x': { DNAME: 'a' } },
      [
        'records / *.x / DNAME: DNAME at *.x.example.com. redirects names below "*" alone; expected a name without * (RFC 6672 §3.3)',
      ],
    ],
    [
      { x: { DS: '1 8 200 00' } },
      ['records / x / DS: DS at x.example.com., which is not a delegation; expected NS beside it (RFC 4035 §2.4)'],
    ],
    [{ x: { NS: 'a.example.org.', DS: '1 8 200 00' } }, []],
    [{ x: { HTTPS: ['0 svc', '1 . port=1'] } }, []],
    [
      { x: { HTTPS: '0 svc port=1' } },
      [
        'records / x / HTTPS: clients ignore the parameters where the priority is 0, AliasMode (RFC 9460 §2.4.2); expected none',
      ],
    ],
    [
      { x: { NAPTR: '1 1 "u" "" "!a!b!" c' } },
      [
        'records / x / NAPTR: clients ignore a NAPTR with both a regexp and a replacement (RFC 3403 §4.1); expected "" or .',
      ],
    ],
    [{ x: { NAPTR: ['1 1 "u" "" "!a!b!" .', '1 1 "" "" "" c'] } }, []],
  ])('%j', (records, warnings) => expect(warningsOf(records)).toEqual(warnings))
})

// --- what can come, against what comes -------------------------------------------------------------------------------

const CHECK = { kind: 'tcp', port: 80, interval: 7 }
const LEAVES = ['b', 'b', 'c', 'c', 'd', 'd', 'd', 'x.old', 'x.far', 'gone', 'elsewhere.example.org.']
const name = fc.constantFrom(...LEAVES)
const choice = fc.oneof(
  name,
  fc.record({ kind: fc.constant('random'), of: fc.array(name, { minLength: 2, maxLength: 3 }) }),
  name.map((answer) => ({ kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer }], otherwise: 'd' })),
  fc.record({
    kind: fc.constant('pool'),
    check: fc.constant(CHECK),
    members: fc.array(fc.record({ answer: name, target: fc.constantFrom('192.0.2.1', '192.0.2.2') }), {
      minLength: 1,
      maxLength: 2,
    }),
    whenDown: fc.constantFrom('all', 'nodata', 'servfail', 'refused'),
  }),
)
const ttl = fc.constantFrom<unknown>(10, 20, 30, [5, 28])
const redirecting = fc
  .tuple(fc.constantFrom('CNAME', 'ALIAS'), choice, ttl)
  .map(([type, answer, ttl]) => ({ [type]: { ttl, answer } }))
const addresses = fc.constantFrom(
  '192.0.2.1',
  ['192.0.2.2', '192.0.2.3'],
  { kind: 'random', of: ['192.0.2.1', '192.0.2.4'] },
  { kind: 'pool', check: CHECK, members: ['192.0.2.1'], whenDown: 'nodata' },
  { kind: 'pool', check: CHECK, members: ['192.0.2.2', '192.0.2.2'], whenDown: 'refused' },
  [],
)
const DRAWS = 300

test('what the engine answers, drawn many times, comes as often as outcomes says', () => {
  const random = seeded(21)
  const shape = fc.record({
    ...{ a: redirecting, b: redirecting, c: redirecting, d: addresses, target: name },
    up: fc.boolean(),
  })
  fc.assert(
    fc.property(shape, ({ a, b, c, d, target, up }) => {
      const records = {
        a,
        b,
        c,
        d: { A: { ttl: [1, 25], answer: d } },
        old: { DNAME: { ttl: 15, answer: 'new' } },
        'x.new': { ALIAS: { ttl: 12, answer: target } },
        far: { DNAME: `${LONG}.${LONG}.${LONG}.${'y'.repeat(48)}.example.com.` },
      }
      const zone: LocalZone = zoneOf(records)
      const zones = loadedZones([zone])
      const question = questionOf('a.example.com.', 'A')
      const client = address('10.1.2.3')
      // 192.0.2.1 is up or not, of 192.0.2.2 nothing is known: it counts as up.
      const known = zone.conditions.filter((condition) => condition.target.startsWith('192.0.2.1'))
      const states = known.map(({ probe }) => [probe.id, stateOf(up ? 'up' : 'down')] as const)
      const health = new Health([vantageOf('cron', Object.fromEntries(states))], [], 1_000_000)
      const found = outcomes(question, zones, { client, health, random: Math.random, identity: '' })
      const expected = new Map<string, number>()
      const put = (what: string, chance: number) => expected.set(what, (expected.get(what) ?? 0) + chance)
      for (const { owner, ttl, text, chance } of found?.records ?? []) {
        put(`${formatName(owner)} ${ttl} ${text}`, chance?.valueOf() ?? Number.NaN)
      }
      for (const { rcode, chance } of found?.endings ?? []) put(rcodeName(rcode), chance?.valueOf() ?? Number.NaN)
      const seen = new Map<string, number>()
      for (let i = 0; i < DRAWS; i++) {
        const resolution = resolve(question, zones, { client, health, random, identity: '' })
        if (resolution.kind !== 'resolved') throw new Error(resolution.kind)
        const { rcode, answer } = resolution.response
        const texts = answer.flatMap(({ owner, ttl, rdatas }) =>
          rdatas.map((r) => `${formatName(owner)} ${ttl} ${r.text}`),
        )
        for (const what of [rcodeName(rcode), ...texts]) seen.set(what, (seen.get(what) ?? 0) + 1)
      }
      for (const what of seen.keys()) expect([...expected.keys()]).toContain(what)
      for (const [what, chance] of expected) {
        const deviation = Math.sqrt((chance * (1 - chance)) / DRAWS)
        expect(Math.abs((seen.get(what) ?? 0) / DRAWS - chance), `${what}: ${chance}`).toBeLessThanOrEqual(
          5 * deviation + 1e-9,
        )
      }
    }),
    { numRuns: runCount(150, 400), seed: 7 },
  )
})
