import { describe, expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import { explanationText } from '../../../src/explain/index.ts'
import { Health, type TargetState } from '../../../src/health/index.ts'
import { type LocalZone, loadedZones } from '../../../src/zone/index.ts'
import { explain, resolve } from '../both-forms.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, documentOf, must, questionOf, seeded, zoneOf } from '../support.ts'
import { issuesOf } from './support.ts'

const NOW = 1_796_000_000
const load = { target: 70, capacity: 100 }
const checks = { load: { kind: 'push' }, page: { kind: 'http', load: { json: 'load' } } } as const
const places = { fra: [50.11, 8.68], nyc: [40.71, -74.01], syd: [-33.87, 151.21] } as const
const zone = zoneOf(
  {
    '@': { NS: 'ns' },
    pool: { A: { ttl: [20, 300], answer: { kind: 'pool', check: 'load', load, members: ['192.0.2.1', '192.0.2.2'] } } },
    over: { A: { kind: 'failover', check: 'load', load: 'reported', pools: ['192.0.2.1', '192.0.2.2'] } },
    hash: { A: { kind: 'pool', select: 'hashed', check: 'load', load, members: ['192.0.2.1', '192.0.2.2'] } },
    level: {
      A: {
        kind: 'failover',
        pools: [
          {
            answer: { kind: 'pool', members: ['192.0.2.1', '192.0.2.2'] },
            ...{ check: 'load', target: 'fra.example.com', load },
          },
          '192.0.2.9',
        ],
      },
    },
    maps: {
      A: {
        ...{ kind: 'datacenters', map: 'world', check: 'page', load },
        datacenters: { fra: '192.0.2.1', nyc: '192.0.2.2', syd: '192.0.2.3' },
      },
    },
  },
  {
    checks,
    maps: { world: { datacenters: ['fra', 'nyc', 'syd'], coordinates: places, continents: { EU: 'auto' } } },
  },
)

function knowing(said: Readonly<Record<string, Partial<TargetState> | number>>, of: LocalZone = zone): Health {
  const states = of.conditions.flatMap(({ target, probe }) => {
    const one = said[target]
    if (one === undefined) return []
    const state = typeof one === 'number' ? { load: one } : one
    return [[probe.id, stateOf('up', { at: NOW, loadAt: NOW, ...state })] as const]
  })
  const vantages = ['cron', 'push'].map((name) => vantageOf(name, Object.fromEntries(states), NOW))
  return new Health(vantages, [], NOW * 1000)
}

/** Both forms of the zone answer alike: as it was compiled, and as it was stored and read back. */
function ask(name: string, health: Health, client = '198.51.100.1') {
  const asker = { client: address(client), health, random: seeded(1), identity: 'test' }
  const found = resolve(questionOf(`${name}.example.com.`, 'A'), loadedZones([zone]), asker)
  if (found.kind !== 'resolved') throw new Error(found.kind)
  const { answer, scope } = found.response
  return { ttl: answer[0]?.ttl, text: answer[0]?.rdatas[0]?.text, scope }
}

const explained = (name: string, health: Health, client = '198.51.100.1') =>
  explain(
    { name: must(parseName(`${name}.example.com.`)), type: 1, client: address(client), ecs: undefined },
    loadedZones([zone]),
    seeded(1),
    health,
  )
const chancesOf = (...args: Parameters<typeof explained>) =>
  explained(...args).answers.map(({ data, probability }) => `${data} ${probability}`)

const clients = Array.from({ length: 1000 }, (_, i) => `10.${i % 7}.${i % 251}.${(i * 7) % 253}`)
const shareOf = (name: string, health: Health, text: string): number =>
  clients.filter((client) => ask(name, health, client).text === text).length / clients.length

test('a pool: chances, scope and TTL', () => {
  const health = knowing({ '192.0.2.1': 140, '192.0.2.2': 10 })
  expect(chancesOf('pool', health)).toEqual(['192.0.2.1 1/4', '192.0.2.2 3/4'])
  expect(ask('pool', health)).toMatchObject({ ttl: 60, scope: 0 })
  expect(ask('pool', knowing({ '192.0.2.1': 70, '192.0.2.2': 10 })).ttl).toBe(300)
})

test('a failover by what is reported: each client has one answer, and the scope is whole while load is passed on', () => {
  const health = knowing({ '192.0.2.1': { load: 140, limits: load }, '192.0.2.2': 0 })
  expect(shareOf('over', health, '192.0.2.1')).toBeCloseTo(0.5, 1)
  expect(ask('over', health).scope).toBe(32)
  expect(ask('over', knowing({ '192.0.2.1': { load: 60, limits: load }, '192.0.2.2': 0 })).scope).toBe(0)
  expect(chancesOf('over', health)).toHaveLength(1)
})

test('a level that is a pool has a load of its own', () => {
  const health = knowing({ 'fra.example.com': 140 })
  expect(shareOf('level', health, '192.0.2.9')).toBeCloseTo(0.5, 1)
})

test('datacenters: the excess goes to the next one in the order of the client', () => {
  const page = (...loads: number[]) => knowing(Object.fromEntries(loads.map((one, i) => [`192.0.2.${i + 1}:80`, one])))
  expect(shareOf('maps', page(140, 0, 0), '192.0.2.1')).toBeCloseTo(0.5, 1)
  expect(shareOf('maps', page(140, 0, 0), '192.0.2.2')).toBeCloseTo(0.5, 1)
  // The next one has a sixth of it to give.
  expect(shareOf('maps', page(140, 90, 0), '192.0.2.3')).toBeGreaterThan(0.05)
  expect([ask('maps', page(140, 0, 0)).scope, ask('maps', page(70, 0, 0)).scope]).toEqual([32, 0])
})

test('the explanation tells the load, its limits, and what is kept and taken', () => {
  const health = knowing({
    '192.0.2.1': { load: 100, offered: { load: 140, kept: 0.7, received: 0 } },
    '192.0.2.2': 10,
  })
  const text = explanationText(explained('pool', health))
  expect(text).toContain('up, load 100, offered 140 of 70, keeps 0.5 of its clients')
  expect(text).toContain('up, load 10, takes 70 of others up to 100')
  const full = explanationText(explained('pool', knowing({ '192.0.2.1': 140, '192.0.2.2': 100 })))
  expect(full).toContain('offered 140 of 70, nothing has room: keeps all of its clients')
})

describe('what is not valid is refused at its place', () => {
  const of = (answer: unknown): string[] =>
    issuesOf(documentOf({ www: { A: answer } }, { checks: { ...checks, web: { kind: 'tcp', port: 80 } } })).map(
      (issue) => issue.replace(/^records \/ www \/ A( \/ )?/, '').replace(/: \S+ is not valid here; /, ': '),
    )
  const pool = { kind: 'pool', check: 'load', members: ['192.0.2.1', '192.0.2.2'] }
  test.each<[unknown, string]>([
    [{ ...pool, load: 70 }, 'load: expected { "target": 70, "capacity": 100 }, or "reported"'],
    [{ ...pool, load: { target: 70 } }, 'load / capacity: the field "capacity" is missing'],
    [{ ...pool, load: { target: 0, capacity: 9 } }, 'load / target: expected a load above 0'],
    [
      { ...pool, load: { target: 10, capacity: 9 } },
      'load: an object is not valid here; expected a "target" of at most the "capacity"',
    ],
    [{ ...pool, check: 'web', load }, 'load: nothing reports a load here; expected a "check" of kind push'],
    [
      { ...pool, check: 'web', members: ['192.0.2.1', { answer: '192.0.2.2', load }] },
      'members / 1 / load: nothing reports a load here',
    ],
    [{ ...pool, check: 'page', load: 'reported' }, 'members / 0 / load: only applications report the limits'],
    [{ ...pool, select: 'all', load }, 'load: "load" passes clients on from one member to another'],
    [{ ...pool, count: 2, load }, 'load: "load" passes clients on from one member to another'],
    [
      { ...pool, load, members: [{ answer: '192.0.2.1', shed: { low: 1, high: 2 } }, '192.0.2.2'] },
      'members / 0 / shed: "shed" and "load" both move clients by the load; expected one of them',
    ],
  ])('%j', (answer, expected) => {
    const issues = of(answer)
    expect(issues[0]?.startsWith(expected), issues.join('\n')).toBe(true)
  })
})
