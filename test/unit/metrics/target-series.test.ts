import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  distinctNames,
  Health,
  liveOverrides,
  type ProbeCondition,
  sinceOf,
  type Vantage,
  zoneOfCheck,
} from '../../../src/health/index.ts'
import { exposition, type MetricsInput, metricsOf, TargetLabels } from '../../../src/metrics/index.ts'
import { runCount } from '../../effort.ts'
import { conditionOf, stateOf, vantageOf } from '../health/support.ts'

const NOW = 1_796_000_000_000

const NAMES = ['edge_gslb_target_up', 'edge_gslb_target_effective_up', 'edge_gslb_target_latency_seconds']
const TIMES = ['edge_gslb_target_since_timestamp_seconds', 'edge_gslb_target_changes_total']

/** Writes the series of targets one at a time, each from what health says of it. */
function plainly(conditions: readonly ProbeCondition[], health: Health, origins: ReadonlySet<string>): string[] {
  const nameOf = distinctNames(conditions)
  const lines = new Map<string, string>()
  const escaped = (text: string) => JSON.stringify(text).slice(1, -1)
  for (const condition of conditions) {
    const { check, target, probe, stale } = condition
    const zone = zoneOfCheck(check, origins)
    const labels = `zone="${escaped(zone)}",check="${escaped(nameOf(condition))}",target="${escaped(target)}"`
    const effective = `edge_gslb_target_effective_up{${labels}}`
    if (lines.has(effective)) continue
    const { state, real } = health.status(condition)
    const witnesses = health.witnesses(probe, stale)
    lines.set(effective, state === 'up' ? '1' : '0')
    const since = sinceOf(probe, real, witnesses)
    if (since !== undefined) lines.set(`edge_gslb_target_since_timestamp_seconds{${labels}}`, String(since))
    for (const { vantage, state: seen, silent } of witnesses) {
      const own = `{${labels},vantage="${vantage}"}`
      lines.set(`edge_gslb_target_changes_total${own}`, String(seen.changes ?? 0))
      if (silent || seen.state === 'unknown') continue
      lines.set(`edge_gslb_target_up${own}`, seen.state === 'up' ? '1' : '0')
      lines.set(`edge_gslb_target_latency_seconds${own}`, String(seen.ms / 1000))
    }
  }
  return Array.from(lines, ([series, value]) => `${series} ${value}`).sort()
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => [...NAMES, ...TIMES].some((name) => line.startsWith(`${name}{`)))
    .sort()

const someCondition = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    check: fc.constantFrom('example.com/web', 'example.com/tcp', '0/25.example/web', 'tcp', 'example.com/"w"'),
    alias: fc.constantFrom(undefined, 'tcp:443', 'example.com/web'),
    target: fc.constantFrom('192.0.2.1:80', '192.0.2.2:80', 'quo"te\\\n'),
    quorum: fc.constantFrom('any', 'all', 'majority', 2),
    after: fc.constantFrom(60, 600),
  })
  .map(({ id, check, alias, target, quorum, after }): ProbeCondition => {
    const one = conditionOf(id, { check, target, ...(alias !== undefined && { aliases: [alias] }) })
    return { ...one, probe: { ...one.probe, quorum: quorum as 'any' }, stale: { after, policy: 'keep' } }
  })

const someVantages = fc
  .array(
    fc.record({
      rows: fc.dictionary(
        fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        fc.record({
          state: fc.constantFrom('up', 'down', 'unknown'),
          ms: fc.nat(5000).map((ms) => ms / 7),
          since: fc.nat(1000).map((ago) => NOW / 1000 - ago),
          changes: fc.option(fc.nat(9), { nil: undefined }),
        }),
      ),
      age: fc.constantFrom(5, 100, 1000),
    }),
    { maxLength: 3 },
  )
  .map((all): Vantage[] =>
    all.map(({ rows, age }, i) => {
      const states = Object.entries(rows).map(([id, { state, ms, since, changes }]) => [
        id,
        stateOf(state as 'up', { ms, since, ...(changes !== undefined && { changes }) }),
      ])
      return vantageOf(['cron', 'fra', 'nyc'][i] as string, Object.fromEntries(states), NOW / 1000 - age)
    }),
  )

test('the series of targets are those that each target has by itself, in every scrape of a process', () => {
  const labels = new TargetLabels()
  const some = fc.array(someCondition, { maxLength: 12 })
  let seen = 0
  fc.assert(
    fc.property(some, someVantages, fc.boolean(), (conditions, vantages, isForced) => {
      const forced = { target: '192.0.2.1*', force: 'drained', by: 'a', why: 'b' } as const
      const health = new Health(vantages, liveOverrides(isForced ? [forced] : []), NOW)
      const zones = new Map(['example.com', '0/25.example'].map((origin) => [origin, { serial: 1 }]))
      const input: MetricsInput = {
        ...{ version: '1', health, conditions, guards: new Map(), pools: new Map(), zones, refused: [], askedFull: [] },
        ...{ isComplete: true, settingProblems: 0, apiWrites: new Map() },
        deployment: { platform: 'workerd', defaultVantages: ['cron'], vantages: ['cron'] },
      }
      const expected = plainly(conditions, health, new Set(zones.keys()))
      // The second scrape has the labels of the first, and the next case changes the checks or the zones.
      for (let scrape = 0; scrape < 2; scrape++) {
        expect(linesOf(exposition(metricsOf(input, labels), 'prometheus'))).toEqual(expected)
      }
      const fewer = { ...input, zones: new Map([['example.com', { serial: 1 }]]) }
      expect(linesOf(exposition(metricsOf(fewer, labels), 'openmetrics'))).toEqual(
        plainly(conditions, health, new Set(['example.com'])),
      )
      seen += expected.length
    }),
    { numRuns: runCount(300) },
  )
  expect(seen).toBeGreaterThan(500)
})
