import { describe, expect, test } from 'vitest'
import type { Expression } from '../../../src/policy/index.ts'
import { seeded } from '../support.ts'
import { decide, policyOf, texts } from './support.ts'

/**
 * Examples of gdnsd, whose networks decide as ours do, by the longest prefix. It keeps IPv4 inside IPv6 at ::/96,
 * so that its ::/0 stands here as 0.0.0.0/0, and its ::2.2.2.2/128 as 2.2.2.2/32. A list of datacenters is the list of
 * their addresses; their order tells lists apart there, so that [a,b] and [b,a] are different records here.
 */
const ORDERS: Readonly<Record<string, Expression>> = {
  '[]': [],
  '[a]': '192.0.2.1',
  '[b]': '192.0.2.2',
  '[c]': '192.0.2.3',
  '[a,b]': ['192.0.2.1', '192.0.2.2'],
  '[b,a]': ['192.0.2.2', '192.0.2.11'],
  '[a,b,c]': ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  '[d,b]': ['192.0.2.4', '192.0.2.2'],
  '[a,b,c,d,e]': ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'],
}
const every = (first: string[], order: string): Record<string, string> =>
  Object.fromEntries(first.map((net) => [net, order]))

type Map = { readonly otherwise: string; readonly networks: Readonly<Record<string, string>> }
const MAPS: Readonly<Record<string, Map>> = {
  A: { otherwise: '[a,b]', networks: { '192.0.2.128/25': '[b]', '10.0.0.0/8': '[b]', '1234::/16': '[a]' } },
  B: { otherwise: '[a,b]', networks: {} },
  C: { otherwise: '[a,b]', networks: { '0.0.0.0/0': '[b]' } },
  D: {
    otherwise: '[a,b]',
    networks: {
      '0.0.0.0/0': '[a]',
      '::/0': '[a]',
      '1.1.1.1/32': '[b]',
      '10.222.0.0/16': '[b,a]',
      '10.223.0.0/16': '[b,a]',
      ...every(
        [0, 32, 64, 96, 128, 160, 192, 224].map((third) => `10.223.${third}.0/19`),
        '[b,a]',
      ),
      '2.2.2.2/31': '[b]',
      ...every(['2.2.2.2/32', '2.2.2.3/32'], '[a]'),
      '1234::/16': '[b]',
      '1234:8000::/17': '[a]',
      '1234:c000::/18': '[b]',
      '1234:ffff::/32': '[a]',
      '1234:ffff:1234::/48': '[b]',
    },
  },
  E: {
    otherwise: '[a,b,c]',
    networks: {
      '0.0.0.0/0': '[c]',
      '10.0.0.1/8': '[a]',
      '10.129.0.0/9': '[b]',
      '10.220.0.0/16': '[a]',
      ...every(['ffff:ffff::/128', 'ffff:ffff::1/128'], '[b]'),
    },
  },
  F: {
    otherwise: '[a,b]',
    networks: {
      ...every(['192.0.2.128/25', '10.0.0.0/8', '2222::/16', '2600:3c02::/32'], '[b]'),
      ...every(['10.0.10.0/24', '2222:1111::/32'], '[a]'),
    },
  },
  G: {
    otherwise: '[a,b]',
    networks: {
      ...every(['79.125.0.0/17', '10.108.0.0/16'], '[b]'),
      ...every(
        [108, 109, 110, 111].flatMap((second) => [`10.${second}.0.0/17`, `10.${second}.128.0/17`]),
        '[b]',
      ),
    },
  },
  H: { otherwise: '[a,b,c,d,e]', networks: { '10.0.0.0/24': '[d,b]', '10.0.1.0/24': '[]' } },
}

const networksOf = ({ otherwise, networks }: Map): Expression => ({
  kind: 'networks',
  networks: Object.fromEntries(Object.entries(networks).map(([net, order]) => [net, ORDERS[order] as Expression])),
  otherwise: ORDERS[otherwise] as Expression,
})

describe('scopes that gdnsd gives, worked out', () => {
  test.each([
    ['A', '192.0.2.1', '[a,b]', 25],
    ['A', '192.0.0.1', '[a,b]', 23],
    ['A', '192.0.15.1', '[a,b]', 21],
    ['A', '79.125.18.68', '[a,b]', 2],
    ['A', '10.1.2.3', '[b]', 8],
    ['B', '192.0.2.1', '[a,b]', 0],
    ['C', '192.0.2.1', '[b]', 0],
    ['D', '192.0.2.1', '[a]', 1],
    ['D', '10.223.128.177', '[b,a]', 15],
    ['E', '10.0.0.0', '[a]', 9],
    ['E', '10.128.0.1', '[b]', 10],
    ['F', '10.1.2.3', '[b]', 16],
    ['F', '10.0.10.5', '[a]', 24],
    ['G', '10.111.1.1', '[b]', 14],
    ['H', '10.0.1.44', '[]', 24],
    // IPv6, where gdnsd's reserved holes play no part
    ['D', '1234:ffff::1', '[a]', 36],
    ['F', '2222:1110:ffff:ffff:ffff:ffff:ffff:ffff', '[b]', 32],
  ])('map %s, client %s: %s, scope %i', (map, client, order, scope) => {
    const decision = decide(policyOf(networksOf(MAPS[map] as Map)), client)
    expect(decision.scope).toBe(scope)
    expect(texts(decision)).toEqual([ORDERS[order]].flat())
    expect(decision.byChance).toBe(false)
  })
  test('as a view of the same networks, longest first, all is the same', () => {
    const length = (net: string): number => Number(net.split('/')[1]) + (net.includes(':') ? 0 : 96)
    for (const map of Object.values(MAPS)) {
      const sorted = Object.entries(map.networks).toSorted(([a], [b]) => length(b) - length(a))
      const rules = sorted.map(([net, order]) => ({ networks: [net], answer: ORDERS[order] as Expression }))
      if (rules.length === 0) continue
      const view = policyOf({ kind: 'view', rules, otherwise: ORDERS[map.otherwise] as Expression })
      const networks = policyOf(networksOf(map))
      for (const client of [
        '192.0.2.1',
        '10.0.10.5',
        '10.0.1.44',
        '1.1.1.1',
        '2.2.2.2',
        '1234:ffff::1',
        '2222:1111::',
      ]) {
        const [a, b] = [decide(view, client), decide(networks, client)]
        expect([client, texts(a), a.scope]).toEqual([client, texts(b), b.scope])
      }
    }
  })
})

describe('a view takes the first rule, not the longest network', () => {
  const view: Expression = {
    kind: 'view',
    rules: [
      { networks: ['10.0.0.0/8', '2001:db8::/32'], answer: '192.0.2.1' },
      { networks: ['10.1.0.0/16', '172.16.0.0/12'], answer: '192.0.2.2' },
      { networks: ['0.0.0.0/0'], answer: '192.0.2.3' },
    ],
  }
  test.each([
    ['10.1.2.3', '192.0.2.1', 8, '10.0.0.0/8', 0],
    ['172.16.0.1', '192.0.2.2', 12, '172.16.0.0/12', 1],
    ['192.0.2.1', '192.0.2.3', 2, '0.0.0.0/0', 2],
    ['2001:db8::1', '192.0.2.1', 32, '2001:db8::/32', 0],
    ['::ffff:10.1.2.3', '192.0.2.1', 104, '10.0.0.0/8', 0],
  ])('client %s: %s, scope %i', (client, picked, scope, matched, branch) => {
    const decision = decide(policyOf(view), client)
    expect(texts(decision)).toEqual([picked])
    expect(decision.scope).toBe(scope)
    expect(decision.trace[0]).toEqual({ step: 'view', matched, branch, scope })
  })
  test('a client in no network fails, as in PowerDNS, and the scope says for whom', () => {
    const decision = decide(policyOf(view), '2001:db9::1')
    expect(decision).toMatchObject({ rdatas: [], scope: 32, failure: { why: expect.stringContaining('no network') } })
    expect(decision.trace).toContainEqual({ step: 'view', matched: null, branch: 'otherwise', scope: 32 })
  })
})

describe('what adds to the scope, and what does not', () => {
  const ten = (answer: Expression, otherwise: Expression): Expression => ({
    kind: 'view',
    rules: [{ networks: ['10.0.0.0/8'], answer }],
    otherwise,
  })
  const hashed: Expression = { kind: 'hashed', of: ['192.0.2.1', '192.0.2.2'] }
  const ring: Expression = {
    kind: 'consistent-hashed',
    members: ['192.0.2.1', '192.0.2.2'].map((answer) => ({ weight: 1, answer })),
  }
  const byName: Expression = {
    kind: 'name-hashed',
    members: ['192.0.2.1', '192.0.2.2'].map((answer) => ({ weight: 1, answer })),
  }
  const random: Expression = { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] }
  test.each<[string, Expression, string, number]>([
    ['static', '192.0.2.1', '10.1.2.3', 0],
    ['static list', ['192.0.2.1', '192.0.2.2'], '10.1.2.3', 0],
    ['random', random, '10.1.2.3', 0],
    [
      'weighted',
      {
        kind: 'weighted',
        members: [
          { weight: 1, answer: '192.0.2.1' },
          { weight: 2, answer: '192.0.2.2' },
        ],
      },
      '10.1.2.3',
      0,
    ],
    ['name-hashed', byName, '10.1.2.3', 0],
    ['hashed', hashed, '10.1.2.3', 32],
    ['hashed, IPv6', hashed, '2001:db8::1', 128],
    ['consistent-hashed', ring, '10.1.2.3', 32],
    [
      'weighted-hashed',
      {
        kind: 'weighted-hashed',
        members: [
          { weight: 1, answer: '192.0.2.1' },
          { weight: 2, answer: '192.0.2.2' },
        ],
      },
      '10.1.2.3',
      32,
    ],
    ['hashed over one', { kind: 'hashed', of: ['192.0.2.1'] }, '10.1.2.3', 0],
    [
      'weighted-hashed over one',
      { kind: 'weighted-hashed', members: [{ weight: 9, answer: '192.0.2.1' }] },
      '10.1.2.3',
      0,
    ],
    ['random inside a view', ten(random, '192.0.2.3'), '10.1.2.3', 8],
    ['a hash in the branch taken', ten(hashed, '192.0.2.3'), '10.1.2.3', 32],
    ['a hash in the branch not taken', ten(hashed, '192.0.2.3'), '11.1.2.3', 8],
    ['a hash of one view, of another none', ten('192.0.2.3', hashed), '192.0.2.1', 32],
    [
      'several decisions: the longest',
      [
        ten('192.0.2.1', '192.0.2.2'),
        { kind: 'networks', networks: { '10.1.2.0/24': '192.0.2.3' }, otherwise: '192.0.2.4' },
      ],
      '10.1.2.3',
      24,
    ],
    [
      'several decisions: the longest, elsewhere',
      [
        ten('192.0.2.1', '192.0.2.2'),
        { kind: 'networks', networks: { '10.1.2.0/24': '192.0.2.3' }, otherwise: '192.0.2.4' },
      ],
      '10.128.0.1',
      9,
    ],
    [
      'a view inside a view',
      ten({ kind: 'networks', networks: { '10.128.0.0/9': '192.0.2.1' }, otherwise: '192.0.2.2' }, '192.0.2.3'),
      '10.1.2.3',
      9,
    ],
    ['NODATA by network', ten([], '192.0.2.1'), '10.1.2.3', 8],
    ['a sample of none', ten({ kind: 'random', of: ['192.0.2.1'], count: 0 }, '192.0.2.1'), '10.1.2.3', 8],
    ['branches that are the same limit nothing', ten('192.0.2.1', '192.0.2.1'), '10.1.2.3', 0],
    [
      'the same records in another order are the same',
      ten(['192.0.2.1', '192.0.2.2'], ['192.0.2.2', '192.0.2.1']),
      '10.1.2.3',
      0,
    ],
    ['the same choice in two branches', ten(random, { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] }), '10.1.2.3', 0],
    [
      'the same spelled otherwise',
      ten(['192.0.2.1', '192.0.2.1'], { kind: 'random', of: ['192.0.2.1'] }),
      '10.1.2.3',
      0,
    ],
  ])('%s', (_what, expression, client, scope) => {
    expect(decide(policyOf(expression), client).scope).toBe(scope)
  })

  const unlike: [string, Expression, Expression][] = [
    [
      'other counts',
      { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] },
      { kind: 'random', of: ['192.0.2.1', '192.0.2.2'], count: 2 },
    ],
    [
      'other weights',
      {
        kind: 'weighted',
        members: [
          { weight: 1, answer: '192.0.2.1' },
          { weight: 2, answer: '192.0.2.2' },
        ],
      },
      {
        kind: 'weighted',
        members: [
          { weight: 2, answer: '192.0.2.1' },
          { weight: 1, answer: '192.0.2.2' },
        ],
      },
    ],
    ['another kind', hashed, random],
    ['hashed in another order', hashed, { kind: 'hashed', of: ['192.0.2.2', '192.0.2.1'] }],
    [
      'other networks inside',
      { kind: 'view', rules: [{ networks: ['10.1.0.0/16'], answer: '192.0.2.1' }], otherwise: '192.0.2.2' },
      { kind: 'view', rules: [{ networks: ['10.2.0.0/16'], answer: '192.0.2.1' }], otherwise: '192.0.2.2' },
    ],
    [
      'networks inside that lead elsewhere',
      { kind: 'view', rules: [{ networks: ['10.1.0.0/16'], answer: '192.0.2.1' }], otherwise: '192.0.2.2' },
      { kind: 'view', rules: [{ networks: ['10.1.0.0/16'], answer: '192.0.2.2' }], otherwise: '192.0.2.1' },
    ],
    [
      'keys that belong to other answers',
      {
        kind: 'consistent-hashed',
        members: [
          { weight: 5, answer: '192.0.2.1', key: 'x' },
          { weight: 5, answer: '192.0.2.2', key: 'y' },
        ],
      },
      {
        kind: 'consistent-hashed',
        members: [
          { weight: 5, answer: '192.0.2.1', key: 'y' },
          { weight: 5, answer: '192.0.2.2', key: 'x' },
        ],
      },
    ],
  ]
  test.each(unlike)('branches with %s are not alike: each client gets its own', (_what, inside, outside) => {
    const policy = policyOf(ten(inside, outside))
    expect(policy.kind).toBe('view')
    for (const [client, own] of [
      ['10.1.2.3', inside],
      ['11.1.2.3', outside],
    ] as const) {
      expect(decide(policy, client).scope).toBeGreaterThanOrEqual(8)
      expect(texts(decide(policy, client, seeded(3)))).toEqual(texts(decide(policyOf(own), client, seeded(3))))
    }
  })
})
