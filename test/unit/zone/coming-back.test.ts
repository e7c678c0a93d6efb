import { describe, expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import { Health, liveOverrides, type TargetState } from '../../../src/health/index.ts'
import { type LocalZone, loadedZones, type Step } from '../../../src/zone/index.ts'
import { explain, resolve } from '../both-forms.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, documentOf, must, questionOf, seeded, zoneOf } from '../support.ts'
import { issuesOf } from './support.ts'

const START = Date.parse('2026-12-01T20:00:00Z')
const NOW = START / 1000
const check = { kind: 'tcp', port: 80, interval: 20, fall: 3, rise: 2 }
const shift = { to: [10, 90], start: '2026-12-01T20:00Z', end: '2026-12-01T22:00Z' }
const shifting = {
  kind: 'weighted',
  members: [
    { weight: 90, answer: '192.0.2.1' },
    { weight: 10, answer: '192.0.2.2' },
  ],
  shift,
}

function knowing(zone: LocalZone, said: Readonly<Record<string, Partial<TargetState>>>, now = NOW): Health {
  const states = zone.conditions.flatMap(({ target, probe }) =>
    said[target] ? [[probe.id, stateOf('up', said[target])] as const] : [],
  )
  return new Health([vantageOf('cron', Object.fromEntries(states), now)], liveOverrides([]), now * 1000)
}

const zone = zoneOf({
  ramp: {
    A: {
      ttl: [5, 300],
      answer: { kind: 'pool', select: 'weighted', check, rampUp: '1m', members: ['192.0.2.1', '192.0.2.2'] },
    },
  },
  hash: { A: { kind: 'pool', select: 'hashed', check, rampUp: 60, members: ['192.0.2.1', '192.0.2.2'] } },
  over: {
    A: {
      ...{ kind: 'failover', check, failback: 'manual', trickle: 0.01, whenDown: 'last-known' },
      pools: ['192.0.2.1', { answer: '192.0.2.2', failback: '5m' }],
    },
  },
  shift: { A: { ttl: [60, 3600], answer: shifting } },
})

/** Both forms of the zone answer alike: as it was compiled, and as it was stored and read back. */
function ask(name: string, health: Health, client = '198.51.100.1') {
  const asker = { client: address(client), health, random: seeded(1), identity: 'test' }
  const trace: Step[] = []
  const found = resolve(questionOf(`${name}.example.com.`, 'A'), loadedZones([zone]), asker, trace)
  if (found.kind !== 'resolved') throw new Error(found.kind)
  return { answer: found.response.answer[0], scope: found.response.scope, trace }
}

const back = (seconds: number) => ({
  '192.0.2.1:80': { since: NOW - seconds, changes: 2 },
  '192.0.2.2:80': { since: 1 },
})
const explained = (name: string, health: Health) =>
  explain(
    { name: must(parseName(`${name}.example.com.`)), type: 1, client: address('198.51.100.1'), ecs: undefined },
    loadedZones([zone]),
    seeded(1),
    health,
  )
const chancesOf = (name: string, health: Health) =>
  explained(name, health).answers.map(({ data, probability }) => `${data} ${probability}`)

test('a ramp: chances, factor, scope and TTL', () => {
  const health = knowing(zone, back(15))
  expect(chancesOf('ramp', health)).toEqual(['192.0.2.1 13/53', '192.0.2.2 40/53'])
  const { answer, scope, trace } = ask('ramp', health)
  expect([answer?.ttl, scope]).toEqual([6, 0])
  expect(trace).toContainEqual(
    expect.objectContaining({ step: 'pool', members: [expect.objectContaining({ factor: 0.325 }), expect.anything()] }),
  )
  expect([ask('ramp', knowing(zone, back(60))).answer?.ttl, ask('hash', health).scope]).toEqual([60, 32])
})

test('failback, trickle and last-known', () => {
  expect(chancesOf('over', knowing(zone, back(900)))).toEqual(['192.0.2.2 1'])
  expect(chancesOf('over', knowing(zone, { '192.0.2.1:80': { since: 1 }, '192.0.2.2:80': { since: 1 } }))).toEqual([
    ...['192.0.2.1 99/100', '192.0.2.2 1/100'],
  ])
  const down = { state: 'down', changes: 1 } as const
  const both = { '192.0.2.1:80': { ...down, since: 1 }, '192.0.2.2:80': { ...down, since: 900 } }
  expect(chancesOf('over', knowing(zone, both))).toEqual(['192.0.2.2 1'])
})

test('a shift: the scope is whole while it lasts, and only then', () => {
  const at = (seconds: number): Health => knowing(zone, {}, NOW + seconds)
  expect([-600, 0, 3600, 7199, 7200].map((seconds) => ask('shift', at(seconds)).scope)).toEqual([0, 32, 32, 32, 0])
  expect([-600, 0, 3600, 7100, 7200].map((seconds) => ask('shift', at(seconds)).answer?.ttl)).toEqual([
    ...[600, 720, 720, 100, 3600],
  ])
  expect(chancesOf('shift', at(-1))).toEqual(['192.0.2.1 9/10', '192.0.2.2 1/10'])
  expect(chancesOf('shift', at(7200))).toEqual(['192.0.2.1 1/10', '192.0.2.2 9/10'])
})

describe('what is not valid is refused at its place', () => {
  const of = (answer: unknown): string[] =>
    issuesOf(documentOf({ www: { A: answer } })).map((issue) =>
      issue.replace(/^records \/ www \/ A( \/ )?/, '').replace(/: \S+ is not valid here; /, ': '),
    )
  const failover = { kind: 'failover', check, pools: ['192.0.2.1', '192.0.2.2'] }
  const pool = { kind: 'pool', check, members: ['192.0.2.1', '192.0.2.2'] }
  const bare = { kind: 'pool', members: ['192.0.2.1', '192.0.2.2'] }
  test.each<[unknown, string]>([
    [{ ...failover, failback: 'never' }, 'failback: expected seconds from 0 to 604800, or units as in "5m"'],
    [{ ...failover, rampUp: '8d' }, 'rampUp: expected seconds from 0 to 604800'],
    [{ ...failover, rampUp: -1 }, 'rampUp: expected seconds from 0 to 604800'],
    [{ ...failover, trickle: 0.6 }, 'trickle: expected a share from 0.001 to 0.5'],
    [{ ...pool, trickle: 0.1 }, 'trickle: unknown field "trickle"'],
    [
      { ...bare, rampUp: 60 },
      ': nothing is probed here, so that nothing comes back; expected a "check", or no "failback"',
    ],
    [{ ...bare, members: [{ answer: '192.0.2.1', failback: 9 }] }, 'members / 0 / failback: nothing is probed here'],
    [{ ...shifting, shift: { ...shift, start: 'soon' } }, 'shift / start: expected a time like "2026-12-01T20:00Z"'],
    [{ ...shifting, shift: { ...shift, to: [1, -1] } }, 'shift / to / 1: expected a whole number from 0'],
  ])('%j', (answer, expected) => {
    expect(of(answer)).toEqual([expect.stringContaining(expected)])
  })
})
