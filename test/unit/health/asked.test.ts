import { describe, expect, test } from 'vitest'
import {
  ASKED_EXPIRES_MS,
  ASKED_REPORT_MS,
  type AskedCheck,
  AskedSet,
  askedCondition,
  type CheckDocument,
  formatAsked,
  parseAsked,
} from '../../../src/health/index.ts'
import { MAX_ASKED, MAX_ASKED_A_ZONE, MAX_ASKED_BATCH, MAX_ASKED_OCTETS } from '../../../src/limits.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { documentOf, must } from '../support.ts'

const STALE = { after: 900, policy: 'keep' } as const
const T0 = 1_800_000_000_000
const MINUTE = 60_000

const TCP: CheckDocument = { kind: 'tcp', port: 443, interval: 5, timeout: 2, initially: 'down' }
const asked = (target: string, zone = 'example.com', check: CheckDocument = TCP): AskedCheck => ({
  zone,
  check,
  target,
})
const textOf = (target: string, zone?: string): string => formatAsked(asked(target, zone))

describe('a check that a query asks for', () => {
  test.each<[what: string, target: string, check: CheckDocument]>([
    ['tcp', '192.0.2.1', TCP],
    ['tcp, a port of its own', '192.0.2.1:8080', TCP],
    ['IPv6', '2001:db8::1', TCP],
    ['IPv6, written otherwise', '2001:DB8:0::1', TCP],
    ['a host name', 'Web.Example.NET', { kind: 'tls' }],
    ['http', '192.0.2.1', { kind: 'http', path: '/up?x=1', host: 'www.example.com', status: ['200-299', 301] }],
    ['https', '192.0.2.1', { kind: 'https', verify: false, body: { matches: '^ok' }, headers: { B: '1', A: '2' } }],
    ['from agents', '192.0.2.1', { ...TCP, from: ['agent-2', 'agent-1'], quorum: 'all' }],
    ['a weight', '192.0.2.1', { kind: 'http', weight: 'body' }],
  ])('has the id that a document gives it: %s', (_what, target, check) => {
    const document = documentOf({ www: { A: { kind: 'pool', check, members: [{ answer: '192.0.2.1', target }] } } })
    const [own] = must(compileZone(document)).zone.conditions
    const condition = must(askedCondition(must(parseAsked(formatAsked(asked(target, 'example.com', check)))), STALE))
    expect(condition.probe).toEqual(own?.probe)
    expect(condition.target).toBe(own?.target)
    expect(condition.initially).toBe(check.kind === 'tcp' ? 'down' : 'up')
  })

  test.each<[what: string, text: unknown, error: string]>([
    ['no text', 7, 'is not a text'],
    ['no JSON', '{', 'is not JSON'],
    ['a list', '[]', 'the field "zone" is missing'],
    ['nothing', 'null', 'expected an object'],
    ['no zone', JSON.stringify({ ...asked('192.0.2.1'), zone: '' }), 'expected the origin'],
    ['no target', JSON.stringify({ ...asked('192.0.2.1'), target: '' }), 'expected an address'],
    ['an unknown field', JSON.stringify({ ...asked('192.0.2.1'), more: 1 }), 'unknown field "more"'],
    ['no check', JSON.stringify({ zone: 'example.com', target: '192.0.2.1', check: { kind: 'ping' } }), 'kind'],
    ['too long', textOf('a'.repeat(MAX_ASKED_OCTETS)), 'is not a text of at most'],
    ['too long in octets', textOf('あ'.repeat(MAX_ASKED_OCTETS / 2)), 'is not a text of at most'],
  ])('is refused: %s', (_what, text, error) => {
    expect(parseAsked(text)).toEqual({ ok: false, error: expect.stringContaining(error) })
  })

  test.each<[what: string, one: AskedCheck, error: string]>([
    ['push', asked('192.0.2.1', 'example.com', { kind: 'push' }), 'kind push cannot come from a query'],
    [
      'calculated',
      asked('192.0.2.1', 'example.com', { kind: 'calculated', of: ['a'], need: 'all' }),
      'kind calculated',
    ],
    ['a target that is none', asked('300.1.1.1'), 'is not a target'],
    ['a port that is none', asked('192.0.2.1:99999'), 'is not a target'],
    ['HEAD with a body', asked('192.0.2.1', 'a', { kind: 'http', method: 'HEAD', body: { contains: 'x' } }), 'HEAD'],
  ])('has no condition: %s', (_what, one, error) => {
    expect(askedCondition(one, STALE)).toEqual({ ok: false, error: expect.stringContaining(error) })
    expect(new AskedSet().tell([formatAsked(one)], T0).taken).toEqual([false])
  })
})

/** The addresses 10.0.0.0 and so on. */
const addresses = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `10.${(i + from) >> 16}.${((i + from) >> 8) & 255}.${(i + from) & 255}`)

/** Tells any number, as isolates do. @returns the number that was taken, and the zones that are full */
function tellAll(set: AskedSet, texts: readonly string[], now: number): { taken: number; filled: string[] } {
  const all = { taken: 0, filled: [] as string[] }
  for (let i = 0; i < texts.length; i += MAX_ASKED_BATCH) {
    const { taken, filled } = set.tell(texts.slice(i, i + MAX_ASKED_BATCH), now)
    all.taken += taken.filter(Boolean).length
    all.filled.push(...filled)
  }
  return all
}
const targetsOf = (set: AskedSet, now: number, zones = ['example.com']): string[] =>
  set.list(zones, true, now).checks.map((text) => must(parseAsked(text)).target)

describe('the set of checks that queries asked for', () => {
  test('has each check once, for all spellings and repeated reports', () => {
    const set = new AskedSet()
    set.tell([textOf('2001:db8::1'), textOf('192.0.2.1')], T0)
    set.tell([textOf('2001:DB8::1'), textOf('192.0.2.1:443'), textOf('192.0.2.1')], T0)
    expect(targetsOf(set, T0)).toEqual(['2001:db8::1', '192.0.2.1'])
    expect(set.list(['example.com'], true, T0).full).toEqual([])
  })

  test('lists the checks of the wanted zones, in any letter case', () => {
    const set = new AskedSet()
    set.tell([textOf('192.0.2.1', 'Example.COM'), textOf('192.0.2.2', 'example.net'), textOf('192.0.2.3', '.')], T0)
    expect(targetsOf(set, T0)).toEqual(['192.0.2.1'])
    expect(targetsOf(set, T0, ['EXAMPLE.net', '.'])).toEqual(['192.0.2.2', '192.0.2.3'])
    expect(targetsOf(set, T0, [])).toEqual([])
  })

  test('drops a check an hour after the last query for it, and not before', () => {
    const set = new AskedSet()
    set.tell([textOf('192.0.2.1'), textOf('192.0.2.2')], T0)
    // An isolate tells again ten minutes later at the earliest: the last query may have been right before.
    const lastQuery = T0 + ASKED_REPORT_MS - 1
    expect(targetsOf(set, lastQuery + 60 * MINUTE)).toHaveLength(2)
    set.tell([textOf('192.0.2.2')], T0 + ASKED_REPORT_MS)
    expect(targetsOf(set, T0 + ASKED_EXPIRES_MS)).toEqual(['192.0.2.2'])
    expect(targetsOf(set, T0 + ASKED_REPORT_MS + ASKED_EXPIRES_MS)).toEqual([])
    expect(set.isEmpty).toBe(true)
  })

  test('is bounded for each zone: new checks are refused, used ones stay, and it is reported once', () => {
    const set = new AskedSet()
    const known = addresses(10).map((target) => textOf(target))
    set.tell(known, T0)
    const flood = (from: number): string[] => addresses(600, from).map((target) => textOf(target))
    const first = tellAll(set, flood(100), T0)
    expect(first).toEqual({ taken: MAX_ASKED_A_ZONE - 10, filled: ['example.com'] })
    const full = [{ zone: 'example.com', since: T0 }]
    expect(set.list(['example.com'], true, T0).full).toEqual(full)
    // Three hours of it: what is asked for by others too is there to the end, and nothing is told again.
    for (let minute = 10; minute <= 180; minute += 10) {
      const now = T0 + minute * MINUTE
      expect(set.tell(known, now).taken).toEqual(known.map(() => true))
      expect(tellAll(set, flood(minute * 1000), now).filled).toEqual([])
      const targets = targetsOf(set, now)
      expect(targets.length).toBeLessThanOrEqual(MAX_ASKED_A_ZONE)
      expect(targets).toEqual(expect.arrayContaining(addresses(10)))
    }
    expect(set.list(['example.com'], true, T0 + 180 * MINUTE).full).toEqual(full)
    // Another zone has room; and when nothing was refused for an hour, the zone is as good as new.
    expect(set.tell([textOf('192.0.2.1', 'example.net')], T0 + 180 * MINUTE).taken).toEqual([true])
    const later = T0 + 180 * MINUTE + ASKED_EXPIRES_MS
    expect(set.list(['example.com'], true, later)).toEqual({ checks: [], full: [] })
    expect(tellAll(set, flood(0), later).filled).toEqual(['example.com'])
  })

  test('is bounded for all zones together', () => {
    const set = new AskedSet()
    const zones = Array.from({ length: 20 }, (_, i) => `z${i}.example`)
    const texts = zones.flatMap((zone) => addresses(MAX_ASKED_A_ZONE).map((target) => textOf(target, zone)))
    const { filled } = tellAll(set, texts, T0)
    expect(filled).toEqual([''])
    const list = set.list(zones, true, T0)
    expect([list.checks.length, list.full]).toEqual([MAX_ASKED, [{ zone: '', since: T0 }]])
    // Each zone has the same share, whichever came first.
    const share = MAX_ASKED / zones.length
    for (const zone of zones) {
      const { length } = set.list([zone], false, T0).checks
      expect(Math.abs(length - share)).toBeLessThanOrEqual(1)
    }
  })

  test('five flooded zones do not starve a sixth, which keeps its checks', () => {
    const set = new AskedSet()
    const flooded = Array.from({ length: MAX_ASKED / MAX_ASKED_A_ZONE }, (_, i) => `flooded${i}.example`)
    const floodAt = (now: number, from: number) =>
      flooded.forEach(
        (zone) =>
          void tellAll(
            set,
            addresses(600, from).map((target) => textOf(target, zone)),
            now,
          ),
      )
    floodAt(T0, 0)
    const own = addresses(20).map((target) => textOf(target, 'small.example'))
    expect(set.tell(own, T0 + 1).taken).toEqual(own.map(() => true))
    for (let minute = 10; minute <= 120; minute += 10) {
      floodAt(T0 + minute * MINUTE, minute * 1000)
      expect(set.tell(own, T0 + minute * MINUTE + 1).taken).toEqual(own.map(() => true))
    }
    const now = T0 + 121 * MINUTE
    const countOf = (...zones: string[]): number => set.list(zones, false, now).checks.length
    expect(countOf('small.example')).toBe(20)
    expect(countOf(...flooded, 'small.example')).toBe(MAX_ASKED)
    for (const zone of flooded) expect(countOf(zone)).toBeGreaterThanOrEqual(MAX_ASKED / 6)
  })

  test('accepts no more checks in a call than isolates send', () => {
    const texts = addresses(MAX_ASKED_BATCH + 5).map((target) => textOf(target))
    const { taken } = new AskedSet().tell(texts, T0)
    expect([taken.length, taken.lastIndexOf(true)]).toEqual([MAX_ASKED_BATCH + 5, MAX_ASKED_BATCH - 1])
  })

  test('drops an unpublished zone, unless the list of zones may be outdated', () => {
    const set = new AskedSet()
    set.tell([textOf('192.0.2.1', 'gone.example'), textOf('192.0.2.2', 'new.example')], T0)
    set.changes()
    const now = T0 + 2 * ASKED_REPORT_MS
    set.tell([textOf('192.0.2.2', 'new.example')], now)
    set.list([], false, now)
    expect(targetsOf(set, now, ['gone.example'])).toHaveLength(1)
    set.list([], true, now)
    expect(targetsOf(set, now, ['gone.example', 'new.example'])).toEqual(['192.0.2.2'])
    expect(set.changes()).toEqual([
      ['new.example', expect.stringContaining('192.0.2.2')],
      ['gone.example', undefined],
    ])
  })

  test('stores changes only, not every report of a check', () => {
    const set = new AskedSet()
    set.tell([textOf('192.0.2.1')], T0)
    expect(set.changes()).toEqual([['example.com', expect.stringContaining('192.0.2.1')]])
    let stores = 0
    // Many isolates tell it, each every ten minutes.
    for (let second = 1; second <= 3600; second++) {
      set.tell([textOf('192.0.2.1')], T0 + second * 1000)
      stores += set.changes().length
    }
    expect(stores).toBe(12)
    set.list(['example.com'], true, T0 + 3600_000 + ASKED_EXPIRES_MS)
    expect(set.changes()).toEqual([['example.com', undefined]])
  })

  /** Returns the set that a restart leaves. */
  function restarted(set: AskedSet): AskedSet {
    const after = new AskedSet()
    for (const [zone, text] of set.changes()) after.restore(zone, text)
    return after
  }

  test('restores checks, their age and full zones after a restart', () => {
    const set = new AskedSet()
    tellAll(
      set,
      addresses(MAX_ASKED_A_ZONE + 1).map((target) => textOf(target)),
      T0,
    )
    const before = set.list(['example.com'], true, T0)
    const after = restarted(set)
    expect(after.list(['example.com'], true, T0)).toEqual(before)
    expect(after.tell([textOf('192.0.2.1')], T0).filled).toEqual([])
    expect(after.list(['example.com'], true, T0 + ASKED_EXPIRES_MS).checks).toEqual([])
  })

  test.each([
    ['no JSON', '{'],
    ['another shape', '{"checks":7}'],
    ['null', 'null'],
    ['no text', 7],
    ['rows that are none', '{"checks":[7,["a"],["a","b","c"],null]}'],
    ['a mark that is none', '{"checks":[],"refused":{"since":"yesterday"}}'],
  ])('starts empty from a damaged text: %s', (_what, text) => {
    const set = new AskedSet()
    set.restore('example.com', text)
    expect(set.list(['example.com'], true, T0)).toEqual({ checks: [], full: [] })
    expect(set.tell([textOf('192.0.2.1')], T0).taken).toEqual([true])
  })

  test('a time ahead of the clock does not keep a check for ever', () => {
    const set = new AskedSet()
    set.tell([textOf('192.0.2.1')], T0 + 365 * 86_400_000)
    const after = restarted(set)
    expect(targetsOf(after, T0)).toHaveLength(1)
    expect(targetsOf(after, T0 + ASKED_EXPIRES_MS)).toEqual([])
  })
})
