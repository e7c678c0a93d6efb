import { describe, expect, test } from 'vitest'
import type { Change, NetworkChange, Plan } from '../../../src/explain/index.ts'
import { Health, liveOverrides } from '../../../src/health/index.ts'
import { MAX_PLAN_SAMPLES } from '../../../src/limits.ts'
import { rrsetText } from '../../../src/zone/index.ts'
import { databaseOf, MUNICH, SYDNEY } from '../geo/support.ts'
import { reopened } from '../stored-zone.ts'
import { SOA, zoneOf } from '../support.ts'
import { planOf, planOfLua, planOfRecords } from './plan-support.ts'

/** A change in one line for each network: `10.0.0.0/8: 192.0.2.1 → 192.0.2.2 1/2, 192.0.2.3 1/2`. */
const rows = ({ changes }: Plan): string[] =>
  changes.flatMap((change) => [
    `${change.name} ${change.type} ${change.change}`,
    ...change.networks.map((network) => `${network.prefix}: ${side(network, 'before')} → ${side(network, 'after')}`),
  ])

function side(network: NetworkChange, of: 'before' | 'after'): string {
  const records = network[of].map(({ data, probability }) => (probability === '1' ? data : `${data} ${probability}`))
  return records.join(', ') || (network.status?.[of].map(({ status }) => status).join() ?? '')
}

const only = ({ changes }: Plan): Change => {
  expect(changes).toHaveLength(1)
  return changes[0] as Change
}

const EVERYONE = ['0.0.0.0/0', '::/0']
const everyone = (before: string, after: string): string[] => EVERYONE.map((net) => `${net}: ${before} → ${after}`)
const weighted = (first: number, second: number) => ({
  kind: 'weighted',
  members: [
    { weight: first, answer: '192.0.2.1' },
    { weight: second, answer: '192.0.2.2' },
  ],
})
const view = (networks: readonly string[], answer: unknown, otherwise: unknown = '192.0.2.9') => ({
  kind: 'view',
  rules: [{ networks, answer }],
  otherwise,
})
const hashed = (...of: readonly string[]) => ({ kind: 'hashed', of })

describe('plan', () => {
  test.each<[what: string, before: object, after: object, expected: readonly string[]]>([
    [
      'the same records in another order are no change',
      { a: { A: ['192.0.2.1', '192.0.2.2'] } },
      { a: { A: ['192.0.2.2', '192.0.2.1'] } },
      [],
    ],
    [
      'another way to write the same chances is no change',
      { a: { A: weighted(1, 1) } },
      { a: { A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } } },
      [],
    ],
    ['a name that appears', {}, { a: { A: '192.0.2.1' } }, ['a.example.com. A added', ...everyone('', '192.0.2.1')]],
    ['a name that goes', { a: { A: '192.0.2.1' } }, {}, ['a.example.com. A removed', ...everyone('192.0.2.1', '')]],
    [
      'other weights are other chances',
      { a: { A: weighted(1, 2) } },
      { a: { A: weighted(1, 100) } },
      ['a.example.com. A changed', ...everyone('192.0.2.1 1/3, 192.0.2.2 2/3', '192.0.2.1 1/101, 192.0.2.2 100/101')],
    ],
    [
      'the networks of a view, merged with their neighbours',
      { a: { A: view(['10.0.0.0/9', '10.128.0.0/9'], '192.0.2.1') } },
      { a: { A: view(['10.0.0.0/8'], '192.0.2.2') } },
      ['a.example.com. A changed', '10.0.0.0/8: 192.0.2.1 → 192.0.2.2'],
    ],
    [
      'only the part of a network that moves',
      { a: { A: view(['10.0.0.0/8', '2001:db8::/32'], '192.0.2.1') } },
      { a: { A: view(['10.0.0.0/10', '2001:db8::/33'], '192.0.2.1') } },
      [
        'a.example.com. A changed',
        '10.64.0.0/10: 192.0.2.1 → 192.0.2.9',
        '10.128.0.0/9: 192.0.2.1 → 192.0.2.9',
        '2001:db8:8000::/33: 192.0.2.1 → 192.0.2.9',
      ],
    ],
    [
      'a view that leaves clients without an answer',
      { a: { A: '192.0.2.1' } },
      { a: { A: { kind: 'view', rules: [{ networks: ['0.0.0.0/0'], answer: '192.0.2.1' }] } } },
      ['a.example.com. A changed', '::/0: 192.0.2.1 → SERVFAIL'],
    ],
    [
      'a name in place of what a wildcard gave it, and the types that it no longer has',
      { '*': { A: '192.0.2.1', TXT: 'x' } },
      { '*': { A: '192.0.2.1', TXT: 'x' }, a: { A: '192.0.2.2' } },
      [
        'a.example.com. A changed',
        ...everyone('192.0.2.1', '192.0.2.2'),
        'a.example.com. TXT removed',
        ...everyone('"x"', ''),
      ],
    ],
    [
      'the addresses at the end of an ALIAS',
      { a: { ALIAS: 'b' }, b: { A: view(['10.0.0.0/8'], '192.0.2.1') } },
      { a: { ALIAS: 'b' }, b: { A: view(['10.0.0.0/8'], '192.0.2.2') } },
      [
        'a.example.com. A changed',
        '10.0.0.0/8: 192.0.2.1 → 192.0.2.2',
        'b.example.com. A changed',
        '10.0.0.0/8: 192.0.2.1 → 192.0.2.2',
      ],
    ],
    [
      'a CNAME by itself, without the names that it leads to',
      { a: { CNAME: 'b' }, b: { A: '192.0.2.1' } },
      { a: { CNAME: 'b' }, b: { A: '192.0.2.2' } },
      ['b.example.com. A changed', ...everyone('192.0.2.1', '192.0.2.2')],
    ],
    [
      'the servers of a delegation, and their addresses',
      { sub: { NS: 'ns.sub' }, 'ns.sub': { A: '192.0.2.1' } },
      { sub: { NS: ['ns.sub', 'ns.example.net.'] }, 'ns.sub': { A: '192.0.2.2' } },
      [
        'sub.example.com. NS changed',
        ...everyone('ns.sub.example.com.', 'ns.example.net., ns.sub.example.com.'),
        'ns.sub.example.com. A changed',
        ...everyone('192.0.2.1', '192.0.2.2'),
      ],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(rows(planOfRecords(before, after))).toEqual(expected)
  })

  test('a serial alone is no change of an answer, and any other field of the SOA is one', () => {
    const before = [zoneOf({})]
    const serial = planOf(before, [zoneOf({}, { soa: { ...SOA, serial: 8 } })])
    expect(serial).toEqual({ changes: [], serials: [{ zone: 'example.com.', before: 7, after: 8 }], cut: false })
    const minimum = planOf(before, [zoneOf({}, { soa: { ...SOA, serial: 8, minimum: 61 } })])
    expect(only(minimum)).toMatchObject({ name: 'example.com.', type: 'SOA', change: 'changed' })
  })

  test('a TTL alone is a change without networks, and nobody gets another answer', () => {
    const ttl = (seconds: number) => ({ a: { A: { ttl: seconds, answer: '192.0.2.1' } } })
    expect(only(planOfRecords(ttl(60), ttl(300)))).toEqual({
      name: 'a.example.com.',
      type: 'A',
      change: 'changed',
      networks: [],
      share: { ipv4: 0 },
      ttl: { before: 60, after: 300 },
    })
  })

  test('the share of IPv4 counts addresses, and no IPv6', () => {
    const plan = planOfRecords(
      { a: { A: view(['10.0.0.0/8', '2001:db8::/32'], '192.0.2.1') } },
      { a: { A: view(['10.0.0.0/8', '2001:db8::/32'], '192.0.2.2') } },
    )
    expect(only(plan).share).toEqual({ ipv4: 1 / 256 })
  })

  test('a zone that appears, and one that goes, are all of their names', () => {
    const zone = zoneOf({ a: { A: '192.0.2.1' } })
    const names = (plan: Plan) => plan.changes.map(({ name, type, change }) => `${name} ${type} ${change}`)
    expect(names(planOf([], [zone]))).toEqual(['example.com. SOA added', 'a.example.com. A added'])
    expect(names(planOf([zone], []))).toEqual(['example.com. SOA removed', 'a.example.com. A removed'])
    expect(planOf([], [zone]).serials).toEqual([{ zone: 'example.com.', before: null, after: 7 }])
  })
})

describe('plan: hashes', () => {
  test('tell the chances over clients, and the part of them that moves', () => {
    const change = only(
      planOfRecords({ a: { A: hashed('192.0.2.1', '192.0.2.2') } }, { a: { A: hashed('192.0.2.2', '192.0.2.1') } }),
    )
    const half = [
      { data: '192.0.2.1', probability: '1/2' },
      { data: '192.0.2.2', probability: '1/2' },
    ]
    expect(change.networks).toEqual(
      EVERYONE.map((prefix) => ({ prefix, before: half, after: half, byHash: true, moved: 1 })),
    )
    expect(change.share).toEqual({ ipv4: 1 })
  })

  test('a consistent hash moves few clients to a new member', () => {
    const servers = (count: number) => ({
      a: {
        A: {
          kind: 'consistent-hashed',
          members: Array.from({ length: count }, (_, i) => ({ weight: 100, answer: `192.0.2.${i}`, key: `k${i}` })),
        },
      },
    })
    const { share } = only(planOfRecords(servers(9), servers(10)))
    expect(share.ipv4).toBeGreaterThan(0.02)
    expect(share.ipv4).toBeLessThan(0.25)
  })

  test('all clients of a small network are counted, and other networks are not named', () => {
    const records = (...of: string[]) => ({
      a: { A: view(['192.0.2.0/29'], hashed(...of), hashed('192.0.2.7', '192.0.2.8')) },
    })
    const [network, ...others] = only(
      planOfRecords(records('192.0.2.1', '192.0.2.2'), records('192.0.2.1', '192.0.2.3')),
    ).networks
    expect(others).toEqual([])
    expect(network).toMatchObject({ prefix: '192.0.2.0/29', byHash: true })
    expect([1, 2, 3, 4, 5, 6, 7].map((moved) => moved / 8)).toContain(network?.moved)
    expect(8).toBeLessThan(MAX_PLAN_SAMPLES)
  })

  test('two hashes of one client have no known chances together', () => {
    const nested = (last: string) => ({ a: { A: { kind: 'hashed', of: [hashed('192.0.2.1', '192.0.2.2'), last] } } })
    const [network] = only(planOfRecords(nested('192.0.2.3'), nested('192.0.2.4'))).networks
    expect(network?.before.map(({ probability }) => probability)).toEqual([null, null, null])
  })
})

describe('plan: scripts', () => {
  const netmask = (network: string) =>
    `a LUA A ";if netmask({'${network}'}) then return '192.0.2.1' end return '192.0.2.2'"`

  test('the networks that they read', () => {
    expect(rows(planOfLua(netmask('10.0.0.0/8'), netmask('10.0.0.0/9')))).toEqual([
      'a.example.com. A changed',
      '10.128.0.0/9: 192.0.2.1 → 192.0.2.2',
    ])
  })

  test('code that reads all of an address is not compared for each, and the plan says so', () => {
    const last = (text: string) => `a LUA A ";return bestwho:toString() == '192.0.2.7' and '192.0.2.1' or '${text}'"`
    const plan = planOfLua(last('192.0.2.2'), last('192.0.2.3'))
    expect(plan.cut).toBe(true)
    expect(only(plan)).toMatchObject({ change: 'changed', cut: true })
    expect(planOfLua(last('192.0.2.2'), last('192.0.2.2'))).toMatchObject({ changes: [], cut: false })
  })

  test('exact chances of their picks', () => {
    const pick = (weight: number) =>
      `a LUA A ";if netmask({'10.0.0.0/8'}) then return '192.0.2.9' end return pickwrandom({{1, '192.0.2.1'}, {${weight}, '192.0.2.2'}})"`
    const plan = planOfLua(pick(1), pick(3))
    expect(only(plan).networks).toHaveLength(9)
    expect(only(plan).networks.every(({ after }) => after[0]?.probability === '1/4')).toBe(true)
  })
})

describe('plan: health', () => {
  const failover = (second: string) => ({
    a: { A: { kind: 'failover', pools: [{ answer: '192.0.2.1', check: 'web' }, second] } },
  })
  const zone = (second: string) =>
    zoneOf(failover(second), { checks: { web: { kind: 'tcp', port: 80, interval: 20 } } })
  const down = new Health([], liveOverrides([{ target: '192.0.2.1*', force: 'down', by: 'test', why: 'test' }]), 0)

  test('a change that shows only when something is down is told with that state', () => {
    const now = new Health([], [], 0)
    const states = [
      { name: undefined, health: now },
      { name: '192.0.2.1:80 is down', health: down },
    ] as const
    expect(planOf([zone('192.0.2.2')], [zone('192.0.2.3')], { states: [states[0]] }).changes).toEqual([])
    const plan = planOf([zone('192.0.2.2')], [zone('192.0.2.3')], { states })
    expect(only(plan)).toMatchObject({ health: '192.0.2.1:80 is down' })
    expect(rows(plan)).toEqual(['a.example.com. A changed', ...everyone('192.0.2.2', '192.0.2.3')])
  })
})

describe('plan: places', () => {
  const geo = (de: string, otherwise = '192.0.2.9') => ({
    a: { A: { kind: 'geo', countries: { DE: de }, continents: { OC: '192.0.2.5' }, otherwise } },
  })

  test('without a database it asks from each place that the policies name', () => {
    const { networks, share } = only(planOfRecords(geo('192.0.2.1'), geo('192.0.2.2')))
    expect(networks.map(({ prefix, place }) => [prefix, place])).toEqual(EVERYONE.map((prefix) => [prefix, 'DE']))
    expect(share).toEqual({ ipv4: null })
  })

  test('a country keeps the answer of its continent where only one side names it', () => {
    const continents = { a: { A: { kind: 'geo', continents: { EU: '192.0.2.1' }, otherwise: '192.0.2.9' } } }
    const both = {
      a: {
        A: { kind: 'geo', countries: { DE: '192.0.2.1' }, continents: { EU: '192.0.2.2' }, otherwise: '192.0.2.9' },
      },
    }
    const { networks } = only(planOfRecords(continents, both))
    expect(new Set(networks.map(({ place }) => place))).toEqual(new Set(['continent EU']))
  })

  test('with a database it tells the networks', () => {
    const database = databaseOf([
      ['10.0.0.0/8', MUNICH],
      ['192.0.2.0/24', SYDNEY],
    ])
    const { networks, share } = only(planOfRecords(geo('192.0.2.1'), geo('192.0.2.2'), { database }))
    expect(networks.map(({ prefix, place }) => [prefix, place])).toEqual([['10.0.0.0/8', undefined]])
    expect(share).toEqual({ ipv4: 1 / 256 })
  })
})

describe('plan: limits', () => {
  const networks = (answer: (i: number) => string, count: number) => ({
    a: {
      A: {
        kind: 'networks',
        networks: Object.fromEntries(
          Array.from({ length: count }, (_, i) => [`10.${i >> 8}.${i & 255}.0/24`, answer(i)]),
        ),
        otherwise: '192.0.2.9',
      },
    },
  })

  test('one of 16,384 networks is found, within the steps', () => {
    const answer = (other: string) => (i: number) => (i === 10_000 ? other : `192.0.2.${i % 7}`)
    const plan = planOfRecords(networks(answer('192.0.2.200'), 16_384), networks(answer('192.0.2.201'), 16_384))
    expect(rows(plan)).toEqual(['a.example.com. A changed', '10.39.16.0/24: 192.0.2.200 → 192.0.2.201'])
    expect(plan.cut).toBe(false)
  })

  test('many single addresses after each other are compared, each with its own answer', () => {
    const singles = (last: string) =>
      Object.fromEntries(
        Array.from({ length: 1000 }, (_, i) => [`10.0.${i >> 8}.${i & 255}/32`, i === 999 ? last : `192.0.2.${i % 7}`]),
      )
    const records = (last: string) => ({
      a: { A: { kind: 'networks', networks: singles(last), otherwise: '192.0.2.9' } },
    })
    expect(rows(planOfRecords(records('192.0.2.100'), records('192.0.2.101')))).toEqual([
      'a.example.com. A changed',
      '10.0.3.231/32: 192.0.2.100 → 192.0.2.101',
    ])
  })

  test('a plan that runs out of steps says so', () => {
    const plan = planOfRecords(
      networks((i) => `192.0.2.${i % 7}`, 1000),
      networks((i) => `192.0.2.${i % 11}`, 1000),
      {
        budget: { left: 500 },
      },
    )
    expect([plan.cut, only(plan).cut]).toEqual([true, true])
  })

  test('a plan counts the networks that it does not list', () => {
    const made = planOfRecords(
      networks((i) => `192.0.2.${i % 7}`, 100),
      networks((i) => `192.0.2.${(i + 1) % 7}`, 100),
      {
        maxNetworks: 10,
      },
    )
    expect(only(made).networks).toHaveLength(10)
    expect(only(made).more).toBe(90)
  })
})

test('rrsetText: the same for an rrset as compiled, and as stored and read back', () => {
  const zone = zoneOf({
    a: { A: view(['10.0.0.0/8'], weighted(1, 2)) },
    b: { A: hashed('192.0.2.1', '192.0.2.2') },
    c: {
      A: {
        kind: 'consistent-hashed',
        members: [
          { weight: 30, answer: '192.0.2.1' },
          { weight: 3, answer: '192.0.2.2' },
        ],
      },
    },
  })
  const stored = reopened(zone)
  let compared = 0
  for (const { key, rrsets } of zone.names.all()) {
    rrsets.forEach((rrset, i) => {
      const other = stored.names.find(key)?.rrsets[i]
      expect(other && rrsetText(other)).toBe(rrsetText(rrset))
      compared++
    })
  }
  expect(compared).toBeGreaterThan(3)
})
