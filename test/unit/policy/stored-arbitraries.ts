import fc from 'fast-check'
import type { Database } from '../../../src/geo/index.ts'
import { Health, liveOverrides, type TargetState, UNPROBED } from '../../../src/health/index.ts'
import { type Expression, type Policy, Work } from '../../../src/policy/index.ts'
import { compileZone, type LocalZone } from '../../../src/zone/index.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH, SYDNEY } from '../geo/support.ts'
import { address, documentOf, seeded } from '../support.ts'
import { type Traced, traced } from './support.ts'

/** Answers of all kinds, in a zone with checks and maps, and all that may decide about them. */

const number = fc.integer({ min: 1, max: 8 })
const ip = number.map((n) => `192.0.2.${n}`)
const NETWORKS = ['10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '::/0', '2001:db8::/32', '192.0.2.7', '::ffff:10.0.0.0/104']
const network = fc.constantFrom(...NETWORKS)
const LOCATIONS = {
  asns: fc.constantFrom('64500', 'AS64501'),
  cities: fc.constantFrom('DE/Munich', 'US-TX/Austin', 'DE/BERLIN'),
  regions: fc.constantFrom('DE-BY', 'US-TX'),
  countries: fc.constantFrom('DE', 'US', 'AU'),
  continents: fc.constantFrom('EU', 'OC', 'AF'),
}
const label = fc.constantFrom('fra', 'ams')
/** Leaves out fields without a value, as documents do. */
const defined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const some = <T>(arbitrary: fc.Arbitrary<T>, most = 3) => fc.array(arbitrary, { minLength: 1, maxLength: most })

export const CHECKS = {
  web: { kind: 'tcp', port: 80, interval: 20 },
  page: {
    kind: 'https',
    path: '/health',
    host: 'www.example.com',
    headers: { 'X-A': 'b' },
    status: '200-299',
    body: { contains: 'ok' },
    weight: 'body',
    initially: 'down',
    damping: { changes: 3, within: '10m', hold: '5m' },
    from: ['fra-1', 'weur'],
    quorum: 2,
  },
  load: { kind: 'push' },
  both: { kind: 'calculated', of: ['web', 'load'], need: 'any' },
}
export const MAPS = {
  plain: {
    datacenters: ['fra', 'nyc'],
    networks: { '10.0.0.0/8': [], '192.0.2.0/24': ['nyc'] },
    continents: { NA: ['nyc', 'fra'] },
  },
  world: {
    datacenters: ['fra', 'nyc', 'syd'],
    coordinates: { fra: [50.11, 8.68], nyc: [40.71, -74.01], syd: [-33.87, 151.21] },
    countries: { US: ['syd', 'fra'], AU: 'auto' },
    auto: 2,
  },
}

const check = fc.oneof(fc.constantFrom('web', 'page', 'load', 'both'), fc.constant(['web', 'load']))
const health = {
  name: optional(fc.constantFrom('main', 'backup')),
  check: optional(check),
  whenUnknown: optional(fc.constant('servfail')),
}
const silence = fc.constantFrom('nodata', 'servfail', 'refused')
/** A pool that passes clients on. The loads of `healthOf` are up to 7. */
const spilling = {
  check: fc.constant('load'),
  load: fc.constantFrom<unknown>({ target: 2, capacity: 5 }, { target: 3, capacity: 3 }, 'reported'),
  trickle: optional(fc.constant(0.25)),
  failback: optional(fc.constantFrom<unknown>(30, 'manual')),
  rampUp: optional(fc.constant(300)),
}

/** Expressions; a few combinations of their fields are refused when a zone is compiled. */
export const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const weighted = (more: Record<string, fc.Arbitrary<unknown>> = {}) =>
    some(fc.record({ weight: fc.integer({ min: 1, max: 90 }), answer: tie('expression'), ...more }))
  const kind = (name: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record({ kind: fc.constant(name), ...fields }).map(defined)
  const member = {
    check: optional(check),
    target: optional(fc.constantFrom('192.0.2.9', '192.0.2.1:81')),
    datacenter: optional(label),
  }
  const whenDown = (...words: string[]) =>
    optional(fc.oneof(fc.constantFrom(...words), silence, fc.record({ answer: tie('expression') })))
  const failoverMember = fc.oneof(
    tie('expression'),
    fc.record({ answer: tie('expression'), ...member, shed: optional(fc.constant({ low: 1, high: 5 })) }).map(defined),
  )
  return {
    expression: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'stored' },
      { weight: 3, arbitrary: ip },
      some(tie('expression')),
      fc.constant([]),
      kind('random', { of: some(tie('expression')), count: optional(fc.integer({ min: 0, max: 4 })) }),
      kind('weighted', { members: weighted(), count: optional(fc.integer({ min: 0, max: 4 })) }),
      kind('hashed', { of: some(tie('expression')) }),
      kind('weighted-hashed', { members: weighted() }),
      kind('name-hashed', { members: weighted() }),
      kind('consistent-hashed', { members: weighted({ key: fc.constantFrom('a', 'b', 'c') }) }),
      kind('view', {
        rules: some(fc.record({ networks: fc.array(network, { maxLength: 20 }), answer: tie('expression') })),
        otherwise: optional(tie('expression')),
      }),
      kind('networks', {
        networks: fc.dictionary(network, tie('expression'), { maxKeys: 4 }),
        otherwise: optional(tie('expression')),
      }),
      kind('geo', {
        networks: optional(fc.dictionary(network, tie('expression'), { maxKeys: 2 })),
        ...Object.fromEntries(
          Object.entries(LOCATIONS).map(([level, key]) => [
            level,
            optional(fc.dictionary(key, tie('expression'), { maxKeys: 2 })),
          ]),
        ),
        otherwise: tie('expression'),
      }),
      kind('datacenters', {
        map: fc.constant('plain'),
        datacenters: fc.record({ fra: failoverMember, nyc: failoverMember }),
        ...health,
        whenDown: whenDown('first', 'all'),
      }),
      kind('datacenters', {
        map: fc.constant('world'),
        datacenters: fc.record({ fra: failoverMember, nyc: failoverMember, syd: tie('expression') }),
        ...health,
        whenDown: whenDown('first', 'all'),
      }),
      kind('computed', { records: some(ip) }),
      kind('failover', {
        pools: some(fc.oneof(ip, fc.record({ answer: tie('expression'), check: fc.constant('load') }))),
        ...spilling,
      }),
      kind('datacenters', {
        map: fc.constantFrom('world'),
        datacenters: fc.record({ fra: ip, nyc: ip, syd: ip }),
        ...spilling,
      }),
      kind('pool', {
        members: some(ip, 4),
        select: fc.constantFrom('random', 'weighted', 'first', 'hashed', 'weighted-hashed', 'pickclosest'),
        ...{ ...spilling, trickle: fc.constant(undefined) },
      }),
      kind('failover', { pools: some(failoverMember), ...health, whenDown: whenDown('first', 'all') }),
      kind('pool', {
        members: some(fc.oneof(tie('expression'), fc.record({ answer: tie('expression'), ...member }).map(defined)), 4),
        select: optional(fc.constantFrom('random', 'all', 'first', 'hashed')),
        ...health,
        whenDown: whenDown('all'),
        minLive: optional(fc.constantFrom(0.1, 0.5, 1)),
        ignoreHealth: optional(fc.boolean()),
      }),
      kind('pool', {
        members: some(
          fc
            .record({
              answer: fc.oneof(ip, tie('expression')),
              ...member,
              weight: optional(number),
              key: fc.constantFrom('a', 'b'),
              group: optional(label),
            })
            .map(defined),
          4,
        ),
        select: fc.constantFrom('grouped', 'grouped-multi'),
        ...health,
        lost: optional(fc.constantFrom('spread', 'next')),
      }),
      kind('pool', {
        members: some(
          fc
            .record({ answer: ip, weight: number, key: fc.constantFrom('a', 'b'), check: optional(check) })
            .map(defined),
        ),
        select: fc.constantFrom('weighted', 'weighted-multi', 'weighted-hashed', 'consistent-hashed'),
      }),
      kind('pool', {
        members: some(
          fc
            .record({
              answer: ip,
              latitude: fc.constantFrom(50, -33.5),
              longitude: fc.constantFrom(8.25, -97),
              ...member,
            })
            .map(defined),
          4,
        ),
        select: fc.constant('nearest'),
        count: optional(number),
      }),
      kind('pool', { members: some(ip, 4), select: fc.constant('pickclosest'), check: optional(check) }),
    ) as fc.Arbitrary<Expression>,
  }
})

export type WwwPolicy = { readonly policy: Policy; readonly zone: LocalZone }

/** The policy of the A records of `www`; undefined if the zone is refused. */
export function wwwPolicy(A: Expression): WwwPolicy | undefined {
  const compiled = compileZone(documentOf({ '@': { NS: 'ns' }, www: { A } }, { checks: CHECKS, maps: MAPS }))
  if (!compiled.ok) return undefined
  const { zone } = compiled.value
  const policy = zone.names.nodes.get(NAME)?.rrsets[0]?.policy
  if (!policy) throw new Error('no policy')
  return { policy, zone }
}

export const NAME = '\x03www\x07example\x03com\0'
export const CLIENTS = ['10.1.2.3', '11.0.0.1', '192.0.2.7', '203.0.113.9', '2001:db8::1', '::ffff:10.1.2.3']
export const database: Database = databaseOf([
  ['10.0.0.0/8', { ...MUNICH, asn: 64_500 }],
  ['11.0.0.0/8', { ...BERLIN, asn: 64_501 }],
  ['192.0.2.0/24', AUSTIN],
  ['2001:db8::/32', SYDNEY],
])

const NOW = 1_000_000
const state = fc.record({
  state: fc.constantFrom<TargetState['state']>('up', 'up', 'down', 'unknown'),
  weight: optional(fc.integer({ min: 0, max: 9 })),
  load: optional(fc.integer({ min: 0, max: 7 })),
  limits: optional(fc.constant({ target: 1, capacity: 4 })),
  offered: optional(fc.constant({ load: 6, kept: 0.5, received: 0 })),
  changes: optional(fc.constant(2)),
  count: fc.nat({ max: 2 }),
})
const override = fc.record({
  force: fc.constantFrom<'up' | 'down' | 'drained'>('up', 'down', 'drained'),
  subject: fc.constantFrom<object>({ pool: 'www.example.com/A*' }, { datacenter: 'fra' }, { target: '192.0.2.1*' }),
})

/** Returns a health of a zone's targets: states in turn, and overrides. */
export const healthOf = fc
  .record({ states: some(state, 6), overrides: fc.array(override, { maxLength: 2 }) })
  .map(({ states, overrides }) => ({ conditions }: LocalZone): Health => {
    const targets = conditions.map(({ probe }, i): [string, TargetState] => [
      probe.id,
      { ...UNPROBED, ...defined(states[i % states.length] as object), since: NOW - 100, at: NOW },
    ])
    const all = new Map(targets)
    const vantages = ['cron', 'push', 'weur', 'fra-1'].map((name) => ({ name, at: NOW * 1000, targets: all }))
    const forced = overrides.map(({ force, subject }) => ({ force, by: 'ada', why: 'a test', ...subject }))
    return new Health(vantages, liveOverrides(forced), NOW * 1000)
  })

/** All that decides about an answer but the policy. */
export const asking = fc.record({ client: fc.constantFrom(...CLIENTS), seed: fc.nat(), connected: fc.boolean() })
export type Asking = typeof asking extends fc.Arbitrary<infer T> ? T : never

export const inputOf = ({ client, connected }: Asking, health: Health) => ({
  client: address(client),
  name: NAME,
  health,
  places: connected ? { database, connection: AUSTIN } : { database },
})

export const decisionOf = (policy: Policy, asked: Asking, health: Health): Traced =>
  traced(policy, { ...inputOf(asked, health), random: seeded(asked.seed), work: new Work() })
