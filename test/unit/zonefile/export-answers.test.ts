import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import type { Database } from '../../../src/geo/index.ts'
import { Health, liveOverrides } from '../../../src/health/index.ts'
import { evaluate, type Policy, Work } from '../../../src/policy/index.ts'
import type { LocalZone } from '../../../src/zone/index.ts'
import { compileSource, exportZone } from '../../../src/zonefile/index.ts'
import { runCount } from '../../effort.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH, SYDNEY } from '../geo/support.ts'
import { address, documentOf, must, seeded } from '../support.ts'
import { compileText } from './support.ts'

/** Documents of all kinds, exported and loaded again: the same answers, with the same chances and scopes. */

const MAPS = {
  plain: { datacenters: ['fra', 'nyc'], networks: { '10.0.0.0/8': [] }, continents: { NA: ['nyc', 'fra'] } },
  world: {
    datacenters: ['fra', 'nyc', 'syd'],
    coordinates: { fra: [50.11, 8.68], nyc: [40.71, -74.01], syd: [-33.87, 151.21] },
    countries: { US: ['syd', 'fra'], AU: 'auto' },
  },
}
const TCP = { kind: 'tcp', port: 443 }
const NAME = '\x01x\x07example\x03com\0'
const include = () => ({ ok: false, error: '' }) as const

const compiled = (A: unknown) => {
  const document = documentOf({ '@': { NS: 'ns.example.net.' }, x: { A } }, { checks: { web: TCP }, maps: MAPS })
  return compileSource({ file: 'example.com.json', text: JSON.stringify(document) }, include)
}
const policyIn = (zone: LocalZone): Policy =>
  zone.names.find(NAME)?.rrsets.find(({ type }) => type === 1)?.policy as Policy

const database: Database = databaseOf([
  ['10.0.0.0/8', MUNICH],
  ['11.0.0.0/8', { ...BERLIN, asn: 64_500 }],
  ['192.0.2.0/24', AUSTIN],
  ['2001:db8::/32', SYDNEY],
])
const CLIENTS = ['10.1.2.3', '11.0.0.1', '192.0.2.7', '203.0.113.9', '2001:db8::1']
const health = (down: readonly string[]): Health =>
  new Health([], liveOverrides(down.map((target) => ({ target, force: 'down', by: 'test', why: 'test' }))), 0)

/** All that can be told of an answer. */
function told(zone: LocalZone, client: string, down: readonly string[]) {
  const policy = policyIn(zone)
  const asked = { client: address(client), name: NAME, health: health(down), places: { database } }
  const { records, failure, empty } = probabilities(policy, asked)
  const { scope, byChance, failure: failed } = evaluate(policy, { ...asked, random: seeded(3), work: new Work() })
  const possible = [...records].filter(([, chance]) => !chance?.equals(0))
  const chances = possible.map(([text, chance]) => `${text} ${chance?.toFraction() ?? '?'}`).sort()
  const isExact = failure !== null && [...records.values()].every((chance) => chance !== null)
  const answer = [...chances, `fails ${failure?.toFraction()}`, `empty ${empty?.toFraction()}`]
  // A script ends where it fails, and reads nothing more of the client.
  return { isExact, answer, scope: byChance || failed ? undefined : scope }
}

/**
 * `no shorter`: a script looks at all of a country, and a document at who is in it. `unless down`: a script looks at
 * the client only where it chooses, and the scope of a pool does not change with health.
 */
type Scopes = 'equal' | 'no shorter' | 'unless down' | 'any'

function expectSame(A: unknown, scopes: Scopes, down: readonly string[] = []): boolean {
  const source = compiled(A)
  if (!source.ok) return false
  const { text, lost } = exportZone(source.value.document)
  expect(lost).toEqual([])
  const again = must(compileText(text))
  const targets = ({ conditions }: LocalZone) => [...new Set(conditions.map(({ probe }) => probe.id))].sort()
  // A pool behind one that is always up is not asked.
  expect(targets(source.value.zone)).toEqual(expect.arrayContaining(targets(again.zone)))
  expect(exportZone(again.document).lost).toEqual([])
  return CLIENTS.map((client) => {
    const [before, after] = [source.value.zone, again.zone].map((zone) => told(zone, client, down))
    if (!before?.isExact || !after?.isExact) return false
    expect([text, client, after.answer]).toEqual([text, client, before.answer])
    if (before.scope === undefined || after.scope === undefined) return true
    if (scopes === 'equal') expect([text, client, after.scope]).toEqual([text, client, before.scope])
    else if (scopes === 'no shorter' || (scopes === 'unless down' && down.length === 0))
      expect(after.scope, `${text} ${client}`).toBeGreaterThanOrEqual(before.scope)
    return true
  }).every((isExact) => isExact)
}

const ip = fc.integer({ min: 1, max: 9 }).map((i) => `192.0.2.${i}`)
const weight = fc.integer({ min: 1, max: 5 })
const network = fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/8', '2001:db8::/32', '192.0.0.0/9')
const few = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 3 })
const tableOf = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>) =>
  fc.dictionary(key, value, { minKeys: 1, maxKeys: 2 })

/** Kinds that neither place nor health decides. */
const { plain } = fc.letrec<{ plain: unknown }>((tie) => {
  const inner = fc.oneof({ maxDepth: 2 }, ip, fc.array(ip, { maxLength: 3 }), tie('plain'))
  const members = few(fc.record({ weight, answer: inner }))
  const rules = few(fc.record({ networks: few(network), answer: inner }))
  const count = fc.integer({ min: 0, max: 3 })
  return {
    plain: fc.oneof(
      { maxDepth: 3 },
      ip,
      fc.array(inner, { maxLength: 3 }),
      fc.record({ kind: fc.constant('random'), of: few(inner), count }, { requiredKeys: ['kind', 'of'] }),
      fc.record({ kind: fc.constant('weighted'), members, count }, { requiredKeys: ['kind', 'members'] }),
      fc.record({ kind: fc.constant('hashed'), of: few(inner) }),
      fc.record({ kind: fc.constantFrom('weighted-hashed', 'name-hashed'), members }),
      fc
        .uniqueArray(fc.constantFrom('a', 'b', '192.0.2.1', 'é\u{1f600}'), { minLength: 1, maxLength: 3 })
        .chain((keys) => fc.tuple(...keys.map((key) => fc.record({ weight, answer: inner, key: fc.constant(key) }))))
        .map((all) => ({ kind: 'consistent-hashed', members: all })),
      fc.record({ kind: fc.constant('view'), rules, otherwise: inner }, { requiredKeys: ['kind', 'rules'] }),
      fc.record(
        { kind: fc.constant('networks'), networks: tableOf(network, inner), otherwise: inner },
        { requiredKeys: ['kind', 'networks'] },
      ),
      fc.constantFrom(
        { kind: 'lua', code: ";if netmask({'10.0.0.0/8'}) then return '192.0.2.7' end return {'192.0.2.8'} -- x" },
        { kind: 'lua', code: "createForward() == 'x' and {} or {'192.0.2.5', '192.0.2.6'}" },
      ),
    ),
  }
})

const places = fc.record(
  {
    kind: fc.constant('geo'),
    networks: tableOf(network, plain),
    asns: tableOf(fc.constantFrom('AS64500', '064501'), plain),
    cities: tableOf(fc.constantFrom('DE/Munich', 'US-TX/Austin', 'us/AUSTIN'), plain),
    regions: tableOf(fc.constantFrom('DE-BY', 'de-be', 'US-TX', 'US-CA'), plain),
    countries: tableOf(fc.constantFrom('DE', 'us', 'AU'), plain),
    continents: tableOf(fc.constantFrom('EU', 'NA', 'oc'), plain),
    otherwise: plain,
  },
  { requiredKeys: ['kind', 'otherwise'] },
)

const check = fc.constantFrom<unknown>(
  'web',
  TCP,
  { kind: 'http', path: '/health', status: 204 },
  { kind: 'https', host: 'www.example.com', first: 'counts', redirects: 'follow' },
)
const fixed = fc.oneof(ip, fc.uniqueArray(ip, { minLength: 1, maxLength: 2 }))
const whenDown = fc.constantFrom<unknown>('all', 'nodata', 'servfail', { answer: ['192.0.2.8', '192.0.2.9'] })
const pools = (select: string, more: Record<string, fc.Arbitrary<unknown>>, ofMember = {}) =>
  fc.record(
    {
      kind: fc.constant('pool'),
      check,
      select: fc.constant(select),
      members: fc.array(fc.record({ answer: fixed, ...ofMember }), { minLength: 2, maxLength: 3 }),
      whenDown,
      minLive: fc.constantFrom(0.3, 0.5, 1),
      ...more,
    },
    { requiredKeys: ['kind', 'select', 'members', 'check'] },
  )
const count = fc.integer({ min: 1, max: 3 })
const spot = { latitude: fc.constantFrom(50.1, 40.7, -33.8), longitude: fc.constantFrom(8.6, -74, 151.2) }
const pool = fc.oneof(
  pools('random', { count }),
  pools('all', { count }),
  pools('first', { count }),
  pools('weighted', { count }, { weight }),
  pools('weighted-multi', {}, { weight }),
  pools('hashed', {}),
  pools('nearest', { count }, spot),
)
const failover = fc.record(
  {
    kind: fc.constant('failover'),
    pools: few(
      fc.oneof(
        fixed,
        pool.map(({ minLive: _, ...rest }) => rest),
        fc.record({ answer: fixed, check }),
      ),
    ),
    whenDown: fc.oneof(whenDown, fc.constant('first')),
  },
  { requiredKeys: ['kind', 'pools'] },
)
const one = fc.oneof(ip, fc.record({ answer: fixed, check }))
const datacenters = fc.oneof(
  fc.record({
    kind: fc.constant('datacenters'),
    map: fc.constant('plain'),
    datacenters: fc.record({ fra: one, nyc: one }),
  }),
  fc.record({
    kind: fc.constant('datacenters'),
    map: fc.constant('world'),
    datacenters: fc.record({ fra: one, nyc: one, syd: one }),
  }),
)
const down = fc.subarray(['192.0.2.1:443', '192.0.2.2:443', '192.0.2.2:80', '192.0.2.3:80', '192.0.2.4'])

describe('document, file, document: the same answers', () => {
  const holds = (of: fc.Arbitrary<unknown>, scopes: Scopes, runs: number) => {
    let exact = 0
    fc.assert(
      fc.property(of, down, (A, targets) => {
        if (expectSame(A, scopes, targets)) exact++
      }),
      { numRuns: runCount(runs) },
    )
    expect(exact).toBeGreaterThan(runCount(runs) / 3)
  }
  test('choices in choices, lists and code in them', () => holds(plain, 'equal', 300))
  test('places', () => holds(places, 'no shorter', 200))
  test('pools', () => holds(pool, 'unless down', 200))
  test('failovers', () => holds(failover, 'any', 100))
  test('maps of datacenters', () => holds(datacenters, 'unless down', 100))
  test('pools inside of choices', () =>
    holds(
      fc.oneof(
        fc.record({ kind: fc.constant('random'), of: few(fc.oneof(pool, ip)) }),
        fc.record({ kind: fc.constant('geo'), countries: tableOf(fc.constantFrom('DE', 'US'), pool), otherwise: ip }),
      ),
      'unless down',
      100,
    ))
})
