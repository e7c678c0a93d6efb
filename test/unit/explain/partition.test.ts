import { describe, expect, test } from 'vitest'
import { parseName, parseType } from '../../../src/dns/index.ts'
import { type Part, type PartitionOptions, partition } from '../../../src/explain/index.ts'
import { Health } from '../../../src/health/index.ts'
import { type Address, formatAddress, formatPrefix, maskAddress } from '../../../src/net/index.ts'
import { type LocalZone, loadedZones, type Zone } from '../../../src/zone/index.ts'
import { isSoak, runCount } from '../../effort.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH, SYDNEY } from '../geo/support.ts'
import { luaZone } from '../lua/support.ts'
import { reopened } from '../stored-zone.ts'
import { must, prefix, zoneOf } from '../support.ts'
import { answersOf, bordersOf, explained, finderOf, NO_CONDITIONS, parts, randomClients } from './partition-support.ts'

/** A part in one line: `10.0.0.0/8 view:10.0.0.0/8 → 192.0.2.1 1/2, 192.0.2.2 1/2`. */
const line = ({ prefix: network, branch, answers, status }: Part): string => {
  const records = answers.map(({ data, probability }) => (probability === '1' ? data : `${data} ${probability}`))
  const ends = status?.map(({ ending, probability }) => `${ending} ${probability}`) ?? []
  return `${network} ${branch} → ${[...records, ...ends].join(', ')}`
}

type Asked = {
  readonly zones: readonly LocalZone[]
  readonly name?: string
  readonly type?: string
} & Partial<PartitionOptions>

function partsIn({ zones, name = 'a.example.com.', type = 'A', ...options }: Asked): Part[] {
  const asked = (of: readonly Zone[]): Part[] =>
    parts(must(parseName(name)), must(parseType(type)), loadedZones(of), options)
  const found = asked(zones)
  expect(asked(zones.map((zone) => reopened(zone)))).toEqual(found)
  return found
}

const lines = (asked: Asked): string[] => partsIn(asked).map(line)
const zoneA = (A: unknown, more: Readonly<Record<string, unknown>> = {}): readonly LocalZone[] => [
  zoneOf({ a: { A } }, more),
]
const database = databaseOf([
  ['10.0.0.0/9', MUNICH],
  ['10.128.0.0/9', BERLIN],
  ['11.0.0.0/8', AUSTIN],
  ['2001:db8::/32', SYDNEY],
])
const rule = (networks: readonly string[], answer: unknown) => ({ networks, answer })
const everybody = (told: string): string[] => [`0.0.0.0/0 everybody → ${told}`, `::/0 everybody → ${told}`]

/** IPv4 but for 10.0.0.0/8, as the fewest networks. */
const BUT_TEN = [
  '0.0.0.0/5',
  '8.0.0.0/7',
  '11.0.0.0/8',
  '12.0.0.0/6',
  '16.0.0.0/4',
  '32.0.0.0/3',
  '64.0.0.0/2',
  '128.0.0.0/1',
]
const splitTen = (ten: string, others: string): string[] => [
  ...BUT_TEN.slice(0, 2).map((net) => `${net} ${others}`),
  `10.0.0.0/8 ${ten}`,
  ...BUT_TEN.slice(2).map((net) => `${net} ${others}`),
]

describe('partition: what it tells', () => {
  test('of fixed records, of chance, and of what is not there', () => {
    const zones = [
      zoneOf({ a: { A: ['192.0.2.1', '192.0.2.2'] }, b: { A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } } }),
    ]
    expect(lines({ zones })).toEqual(everybody('192.0.2.1, 192.0.2.2'))
    expect(lines({ zones, name: 'b.example.com.' })).toEqual(everybody('192.0.2.1 1/2, 192.0.2.2 1/2'))
    expect(lines({ zones, type: 'AAAA' })).toEqual(everybody('no data 1'))
    expect(lines({ zones, name: 'x.example.com.' })).toEqual(everybody('no such name 1'))
    expect(lines({ zones, name: 'a.example.net.' })).toEqual(everybody('not our zone 1'))
    expect(lines({ zones, name: 'example.com.', type: 'SOA' })[0]).toContain(' 7 3600 ')
  })

  test('of a view: rules that answer alike are one branch, and one that answers as all others do is none', () => {
    const rules = [
      rule(['10.0.0.0/8'], '192.0.2.1'),
      rule(['11.0.0.0/8'], '192.0.2.1'),
      rule(['12.0.0.0/8'], '192.0.2.9'),
    ]
    const all = lines({ zones: zoneA({ kind: 'view', rules, otherwise: '192.0.2.9' }) })
    const others = 'view:otherwise → 192.0.2.9'
    expect(all).toEqual([
      `0.0.0.0/5 ${others}`,
      `8.0.0.0/7 ${others}`,
      '10.0.0.0/7 view:10.0.0.0/8,11.0.0.0/8 → 192.0.2.1',
      `12.0.0.0/6 ${others}`,
      ...['16.0.0.0/4', '32.0.0.0/3', '64.0.0.0/2', '128.0.0.0/1', '::/0'].map((net) => `${net} ${others}`),
    ])
  })

  test('of a view without a rule for the rest: a failure, which has no answers', () => {
    const all = lines({ zones: zoneA({ kind: 'view', rules: [rule(['10.0.0.0/8'], '192.0.2.1')] }) })
    const others = 'view:otherwise → failure 1'
    expect(all).toEqual([...splitTen('view:10.0.0.0/8 → 192.0.2.1', others), `::/0 ${others}`])
  })

  test('of places, with a database and without', () => {
    const geo = { kind: 'geo', countries: { DE: '192.0.2.1', US: '192.0.2.2' }, otherwise: '192.0.2.9' }
    const found = partsIn({ zones: zoneA(geo), database })
    expect(found.filter(({ branch }) => branch !== 'geo:otherwise').map(line)).toEqual([
      '10.0.0.0/8 geo:DE → 192.0.2.1',
      '11.0.0.0/8 geo:US → 192.0.2.2',
    ])
    expect(lines({ zones: zoneA(geo) })).toEqual([
      '0.0.0.0/0 geo:otherwise → 192.0.2.9',
      '::/0 geo:otherwise → 192.0.2.9',
    ])
  })

  test('of many keys: a branch names four, and counts the others', () => {
    const countries = Object.fromEntries(['AT', 'BE', 'CH', 'DE', 'ES', 'FR'].map((key) => [key, '192.0.2.1']))
    const found = partsIn({ zones: zoneA({ kind: 'geo', countries, otherwise: '192.0.2.9' }), database })
    expect(found.map(({ branch }) => branch)).toContain('geo:AT,BE,CH,DE and 2 more')
  })

  test('of distance: the order of the members, or of the datacenters of a map', () => {
    const at = (answer: string, latitude: number, longitude: number) => ({ answer, latitude, longitude })
    const members = [at('192.0.2.1', 50, 8), at('192.0.2.2', 30, -97)]
    const nearest = { kind: 'pool', select: 'nearest', count: 1, members }
    expect(
      partsIn({ zones: zoneA(nearest), database })
        .filter(({ prefix: net }) => net.startsWith('11.'))
        .map(line),
    ).toEqual(['11.0.0.0/8 nearest:2 → 192.0.2.2'])
    const maps = { world: { datacenters: ['fra', 'nyc'], coordinates: { fra: [50, 8], nyc: [40, -74] } } }
    const datacenters = { kind: 'datacenters', map: 'world', datacenters: { fra: '192.0.2.1', nyc: '192.0.2.2' } }
    const found = partsIn({ zones: zoneA(datacenters, { maps }), database })
    expect(found.filter(({ prefix: net }) => net === '11.0.0.0/8').map(line)).toEqual([
      '11.0.0.0/8 datacenters:nyc,fra → 192.0.2.2',
    ])
  })

  test('of a hash: it says so, with the chances over the clients of a network; of one address it is exact', () => {
    const hashed = { kind: 'hashed', of: ['192.0.2.1', '192.0.2.2'] }
    expect(lines({ zones: zoneA(hashed) })).toEqual(
      ['0.0.0.0/0', '::/0'].map((net) => `${net} hashed:each address → 192.0.2.1 1/2, 192.0.2.2 1/2`),
    )
    const rules = [rule(['10.1.2.3'], hashed)]
    const one = partsIn({ zones: zoneA({ kind: 'view', rules, otherwise: '192.0.2.9' }) }).find(
      ({ prefix: net }) => net === '10.1.2.3/32',
    )
    expect(one?.branch).toBe('view:10.1.2.3 hashed:each address')
    expect(one?.answers.map(({ probability }) => probability)).toEqual(['1'])
  })

  test('of a chain through two zones: each name stands before its choices', () => {
    const cname = (target: string) => `${target}.example.net.`
    const first = zoneOf({
      a: { CNAME: { kind: 'view', rules: [rule(['10.0.0.0/8'], cname('x'))], otherwise: cname('y') } },
    })
    const second = zoneOf(
      {
        x: { A: { kind: 'view', rules: [rule(['10.0.0.0/9'], '192.0.2.1')], otherwise: '192.0.2.2' } },
        y: { A: '192.0.2.3' },
      },
      { origin: 'example.net.' },
    )
    const found = partsIn({ zones: [first, second] }).filter(({ prefix: net }) => net.startsWith('10.'))
    expect(found.map(({ prefix: net, branch }) => `${net} ${branch}`)).toEqual([
      '10.0.0.0/9 a.example.com. view:10.0.0.0/8; x.example.net. view:10.0.0.0/9',
      '10.128.0.0/9 a.example.com. view:10.0.0.0/8; x.example.net. view:otherwise',
    ])
    expect(found[0]?.answers).toEqual([
      { data: 'x.example.net.', probability: '1', type: 'CNAME' },
      { data: '192.0.2.1', probability: '1', name: 'x.example.net.' },
    ])
  })

  test('of a zone that is not for everybody: others are refused, and a token opens it', () => {
    const zones = zoneA('192.0.2.1', { access: { networks: ['10.0.0.0/8'], token: true } })
    const found = lines({ zones })
    expect(found).toEqual([
      ...splitTen('everybody → 192.0.2.1', 'access:refused → refused 1'),
      '::/0 access:refused → refused 1',
    ])
    expect(lines({ zones, hasToken: true })).toEqual(everybody('192.0.2.1'))
  })

  test('of code that reads who asks', () => {
    const code = ";if netmask({ '10.0.0.0/8' }) then return '192.0.2.1' else return { '192.0.2.2' } end"
    const zones = [luaZone(`a LUA A "${code}"`)]
    const found = partsIn({ zones })
    expect(found.filter(({ prefix: net }) => net === '10.0.0.0/8').map(line)).toEqual([
      '10.0.0.0/8 script:by client → 192.0.2.1',
    ])
    expect(
      new Set(found.filter(({ prefix: net }) => net !== '10.0.0.0/8').map(({ answers }) => answers[0]?.data)),
    ).toEqual(new Set(['192.0.2.2']))
  })

  test('of weights that go over: each address by itself, with the chances of the moment', () => {
    const shift = { to: [1, 3], start: '2026-12-01T20:00Z', end: '2026-12-01T22:00Z' }
    const members = [3, 1].map((weight, i) => ({ weight, answer: `192.0.2.${i + 1}` }))
    const zones = zoneA({ kind: 'weighted', members, shift })
    const at = (time: string): string[] => lines({ zones, health: new Health([], [], Date.parse(time)) })
    expect(at('2026-12-01T19:00Z')).toEqual(everybody('192.0.2.1 3/4, 192.0.2.2 1/4'))
    expect(at('2026-12-01T21:00Z')[0]).toBe('0.0.0.0/0 shift:each address → 192.0.2.1 1/2, 192.0.2.2 1/2')
    expect(at('2026-12-01T23:00Z')).toEqual(everybody('192.0.2.1 1/4, 192.0.2.2 3/4'))
  })
})

describe('partition: its bounds', () => {
  const policy = { kind: 'view', rules: [rule(['10.0.0.0/8', '2001:db8::/32'], '192.0.2.1')], otherwise: '192.0.2.9' }

  test('within a network: the clients of it alone', () => {
    const zones = zoneA(policy)
    const within = (text: string): string[] => partsIn({ zones, within: prefix(text) }).map(({ prefix: net }) => net)
    expect(within('10.0.0.0/7')).toEqual(['10.0.0.0/8', '11.0.0.0/8'])
    expect(within('10.1.0.0/16')).toEqual(['10.1.0.0/16'])
    expect(within('2001:db8::/31')).toEqual(['2001:db8::/32', '2001:db9::/32'])
    expect(within('::ffff:0:0/95')).toEqual(['::fffe:0:0/95'])
  })

  test('without steps it says how far it came', () => {
    const asked = { ...NO_CONDITIONS, budget: { left: 6 } }
    const { pieces, cut } = partition(must(parseName('a.example.com.')), 1, loadedZones(zoneA(policy)), asked)
    expect(pieces).toHaveLength(2)
    expect([cut?.why, cut && formatAddress(cut.at)]).toEqual(['steps', '11.0.0.0'])
  })

  test('code that reads all of an address ends it', () => {
    const zones = [luaZone('a LUA A ";return { \'192.0.2.\' .. (bestwho:getRaw():byte(4) % 2) }"')]
    const asked = { ...NO_CONDITIONS, budget: { left: 1_000_000 } }
    const { cut } = partition(must(parseName('a.example.com.')), 1, loadedZones(zones), asked)
    expect(cut?.why).toBe('addresses')
  })
})

const networks = Array.from({ length: 300 }, (_, i) => `${i % 220}.${(i * 37) % 256}.0.0/${9 + (i % 16)}`)

test.each<[what: string, zones: readonly LocalZone[]]>([
  [
    'a view of 300 networks over places',
    zoneA({
      kind: 'view',
      rules: networks.map((network, i) => rule([network], `192.0.2.${i % 7}`)),
      otherwise: {
        kind: 'geo',
        countries: { DE: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] }, US: '192.0.2.3' },
        continents: { OC: '192.0.2.4' },
        otherwise: '192.0.2.5',
      },
    }),
  ],
  [
    'a chain by chance and by networks, through two zones',
    [
      zoneOf({
        a: {
          CNAME: {
            kind: 'weighted',
            members: [
              { weight: 1, answer: 'x.example.net.' },
              { weight: 2, answer: 'y.example.net.' },
            ],
          },
        },
      }),
      zoneOf(
        {
          x: {
            A: {
              kind: 'networks',
              networks: Object.fromEntries(networks.slice(0, 40).map((net, i) => [net, `192.0.2.${i % 3}`])),
              otherwise: '192.0.2.9',
            },
          },
          y: { A: { kind: 'geo', regions: { 'DE-BY': '192.0.2.7' }, otherwise: '192.0.2.8' } },
        },
        { origin: 'example.net.' },
      ),
    ],
  ],
  [
    'a script by netmask and country',
    [
      luaZone(
        `a LUA A ";if netmask({'10.0.0.0/10', '2001:db8:4000::/34'}) then return pickrandom({'192.0.2.1', '192.0.2.2'}) elseif country('DE') then return '192.0.2.3' else return '192.0.2.4' end"`,
      ),
    ],
  ],
  ['a zone for some networks', zoneA('192.0.2.1', { access: { networks: networks.slice(0, 20) } })],
])(
  'partition of %s: random clients are each in one network, with the branch and the chances of explain',
  (_, zones) => {
    const all = loadedZones(zones)
    const name = must(parseName('a.example.com.'))
    const list = partsIn({ zones, database })
    expect(list.length).toBeGreaterThan(2)
    const find = finderOf(list)
    const borders = bordersOf(list.map(({ prefix: net }) => net)).slice(0, 400)
    for (const client of [...randomClients(runCount(5000, 10_000), 7), ...borders]) {
      const [part, ...more] = find(client)
      const text = formatAddress(client)
      const is = explained(name, 1, client, all, { database })
      expect([text, more.length, part?.branch, answersOf(part?.answers ?? [])]).toEqual([
        text,
        0,
        is.branch,
        is.answers,
      ])
    }
  },
)

test('partition: neighbours with the same branch and answers are one network', () => {
  const list = partsIn({
    zones: zoneA({
      kind: 'view',
      rules: networks.map((net, i) => rule([net], `192.0.2.${i % 3}`)),
      otherwise: '192.0.2.9',
    }),
  })
  expect(list.length).toBeGreaterThan(500)
  const idOf = ({ branch, answers }: Part): string => JSON.stringify([branch, answers])
  const siblings = new Map(list.map((part) => [part.prefix, idOf(part)]))
  for (const part of list) {
    const { family, bytes, length } = prefix(part.prefix)
    if (length === 0) continue
    const other = Uint8Array.from(bytes)
    other[(length - 1) >> 3] = (other[(length - 1) >> 3] as number) ^ (128 >> ((length - 1) & 7))
    const sibling = siblings.get(`${formatAddress({ family, bytes: other })}/${length}`)
    if (sibling !== undefined) expect([part.prefix, sibling === idOf(part)]).toEqual([part.prefix, false])
  }
})

test.each([8, 12, 16, 18])(
  'partition to a depth of %i: each network has one share, or is told to have several',
  (depth) => {
    const policy = {
      kind: 'view',
      rules: networks.map((net, i) => rule([net], `192.0.2.${i % 3}`)),
      otherwise: '192.0.2.9',
    }
    const zones = zoneA(policy)
    const all = partsIn({ zones })
    const find = finderOf(all)
    const coarse = partsIn({ zones, depth })
    const findCoarse = finderOf(coarse)
    expect(coarse.some(({ several }) => several)).toBe(true)
    expect(Math.max(...coarse.map((part) => prefix(part.prefix).length))).toBeLessThanOrEqual(depth)
    // A cell has several shares if a network inside it is longer, since neighbours with the same share are one network.
    const longer = new Set(
      all.flatMap((part) => {
        const { family, bytes, length } = prefix(part.prefix)
        return length > depth ? [formatPrefix(maskAddress({ family, bytes }, depth))] : []
      }),
    )
    const cellOf = (client: Address): string => formatPrefix(maskAddress(client, depth))
    for (const client of [...randomClients(runCount(2000), 5), ...bordersOf(all.map((part) => part.prefix))]) {
      const [part, ...more] = findCoarse(client)
      const [exact] = find(client)
      const told = longer.has(cellOf(client)) ? 'several branches' : exact?.branch
      expect([formatAddress(client), more.length, part?.branch]).toEqual([formatAddress(client), 0, told])
    }
  },
)

test('partition: no more pieces than asked for, of both families together', () => {
  const zones = zoneA({ kind: 'view', rules: [rule(networks, '192.0.2.1')], otherwise: '192.0.2.9' })
  const pieces = (most?: number) => {
    const asked = { ...NO_CONDITIONS, budget: { left: 1_000_000 }, ...(most !== undefined && { most }) }
    const found = partition(must(parseName('a.example.com.')), 1, loadedZones(zones), asked)
    return [found.pieces.length, found.cut?.why]
  }
  const [all] = pieces() as [number]
  expect(pieces(all)).toEqual([all, undefined])
  for (let most = 1; most < all; most += isSoak ? 1 : 7) expect(pieces(most)).toEqual([most, 'spans'])
  expect(pieces(all - 1)).toEqual([all - 1, 'spans'])
})
