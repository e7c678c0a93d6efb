import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  Health,
  liveOverrides,
  type Override,
  type PoolOfMembers,
  type ProbeCondition,
  type ZoneGuard,
} from '../../../src/health/index.ts'
import {
  MAX_METRIC_OVERRIDES,
  MAX_METRIC_POOLS,
  MAX_METRIC_TARGETS,
  MAX_METRIC_ZONES,
  MAX_WATCHED_ZONES,
} from '../../../src/limits.ts'
import { exposition, type MetricsInput, metricsOf } from '../../../src/metrics/index.ts'
import { appliedShares, followsLoads } from '../../../src/policy/applied-shares.ts'
import { conditionOf, stateOf, vantageOf } from '../health/support.ts'
import { zoneOf } from '../support.ts'

const NOW = 1_796_000_000_000

const zone = zoneOf(
  { '@': { NS: 'ns' }, www: { A: { kind: 'failover', check: 'web', pools: ['192.0.2.1', '192.0.2.2'] } } },
  { checks: { web: { kind: 'tcp', port: 80, from: ['cron', 'fra'], quorum: 'any' } } },
)
const idOf = (host: string): string =>
  (zone.conditions.find(({ probe }) => probe.host === host) as ProbeCondition).probe.id

const base: MetricsInput = {
  version: '1.2.3',
  health: new Health([], [], NOW),
  deployment: { platform: 'workerd', defaultVantages: ['cron'], vantages: ['cron', 'fra', 'push'] },
  conditions: zone.conditions,
  pools: new Map([['example.com', zone.pools]]),
  guards: new Map(),
  zones: new Map([['example.com', { serial: 7, since: NOW - 60_000 }]]),
  refused: [],
  askedFull: [],
  isComplete: true,
  settingProblems: 0,
  apiWrites: new Map(),
}

const textOf = (more: Partial<MetricsInput> = {}, form: 'prometheus' | 'openmetrics' = 'prometheus'): string =>
  exposition(metricsOf({ ...base, ...more }), form)

/** Returns the values of a metric by their labels. */
function valuesOf(text: string, name: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(name.length, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}

const TARGET = (n: number) => `zone="example.com",check="example.com/web",target="192.0.2.${n}:80"`

describe('targets', () => {
  const cron = vantageOf(
    'cron',
    {
      [idOf('192.0.2.1')]: stateOf('down', { since: 1_795_999_000, at: 1_795_999_990, ms: 12, changes: 3 }),
      [idOf('192.0.2.2')]: stateOf('unknown'),
    },
    NOW / 1000 - 5,
  )
  const fra = vantageOf(
    'fra',
    { [idOf('192.0.2.1')]: stateOf('up', { since: 1_795_998_000, at: 1_795_999_990, ms: 40 }) },
    NOW / 1000 - 7,
  )
  const overrides: readonly Override[] = [{ target: '192.0.2.1*', force: 'drained', by: 'ann', why: 'kernel' }]
  const text = textOf({ health: new Health([cron, fra], liveOverrides(overrides), NOW) })

  test('the state of each vantage point; absent while it is unknown', () => {
    expect(valuesOf(text, 'edge_gslb_target_up')).toEqual({
      [`{${TARGET(1)},vantage="cron"}`]: 0,
      [`{${TARGET(1)},vantage="fra"}`]: 1,
    })
    expect(valuesOf(text, 'edge_gslb_target_latency_seconds')).toEqual({
      [`{${TARGET(1)},vantage="cron"}`]: 0.012,
      [`{${TARGET(1)},vantage="fra"}`]: 0.04,
    })
    expect(valuesOf(text, 'edge_gslb_target_changes_total')[`{${TARGET(1)},vantage="cron"}`]).toBe(3)
  })

  test('the state after quorum and overrides, and since when the measured one counts', () => {
    expect(valuesOf(text, 'edge_gslb_target_effective_up')).toEqual({ [`{${TARGET(1)}}`]: 0, [`{${TARGET(2)}}`]: 1 })
    // The verdict is up since the first of two is, whose quorum is any.
    expect(valuesOf(text, 'edge_gslb_target_since_timestamp_seconds')).toEqual({ [`{${TARGET(1)}}`]: 1_795_998_000 })
    expect(valuesOf(text, 'edge_gslb_override_active')).toEqual({ '{pattern="target 192.0.2.1*",state="drained"}': 1 })
  })

  test('pools and levels follow', () => {
    const POOL = '{zone="example.com",pool="www.example.com/A"}'
    expect(valuesOf(text, 'edge_gslb_pool_members')).toEqual({ [POOL]: 2 })
    expect(valuesOf(text, 'edge_gslb_pool_live_members')).toEqual({ [POOL]: 1 })
    expect(valuesOf(text, 'edge_gslb_failover_active_level')).toEqual({ [POOL]: 2 })
  })

  test('a silent vantage point says nothing of now', () => {
    const later = textOf({ health: new Health([cron, fra], [], NOW + 3_600_000) })
    expect(valuesOf(later, 'edge_gslb_target_up')).toEqual({})
    expect(valuesOf(later, 'edge_gslb_vantage_silent')).toEqual({ '{vantage="cron"}': 1, '{vantage="fra"}': 1 })
    expect(valuesOf(later, 'edge_gslb_vantage_age_seconds')['{vantage="cron"}']).toBe(3605)
  })
})

describe('loads', () => {
  const limits = { target: 70, capacity: 100 }
  const loaded = zoneOf(
    {
      '@': { NS: 'ns' },
      www: { A: { kind: 'failover', check: 'load', load: limits, pools: ['192.0.2.1', '192.0.2.2', '192.0.2.1'] } },
      all: { A: { kind: 'pool', check: 'load', load: 'reported', members: ['192.0.2.1', '192.0.2.3'] } },
    },
    { checks: { load: { kind: 'push' } } },
  )
  const idAt = (host: string): string => loaded.conditions.find(({ probe }) => probe.host === host)?.probe.id ?? ''
  const at = NOW / 1000 - 60
  const push = vantageOf(
    'push',
    {
      [idAt('192.0.2.1')]: stateOf('up', {
        ...{ at, load: 80, loadAt: at },
        offered: { load: 140, kept: 0.6, received: 0 },
      }),
      [idAt('192.0.2.2')]: stateOf('up', { at, load: 10 }),
      [idAt('192.0.2.3')]: stateOf('up', { at: at - 900, load: 10, loadAt: at - 900 }),
    },
    at,
  )
  const health = new Health([push], [], NOW)
  const input = { conditions: loaded.conditions, pools: new Map([['example.com', loaded.pools]]), health }
  const of = (n: number) => `zone="example.com",check="example.com/load",target="192.0.2.${n}"`

  test('the reported load, and the offered one; none while it is stale', () => {
    const text = textOf(input)
    expect(valuesOf(text, 'edge_gslb_target_load')).toEqual({ [`{${of(1)}}`]: 80, [`{${of(2)}}`]: 10 })
    expect(valuesOf(text, 'edge_gslb_target_offered_load')).toEqual({ [`{${of(1)}}`]: 140 })
  })

  test('the share that a member keeps, and what comes to it; one series for a target that is there twice', () => {
    const text = textOf(input)
    const member = (n: number) => `{zone="example.com",pool="www.example.com/A",target="192.0.2.${n}"}`
    expect(valuesOf(text, 'edge_gslb_member_kept_ratio')).toEqual({ [member(1)]: 1, [member(2)]: 1 })
    expect(valuesOf(text, 'edge_gslb_member_received_load')).toEqual({ [member(1)]: 0, [member(2)]: 70 })
  })

  test('members beyond those that are told are counted, each target of a pool once', () => {
    const failover = loaded.pools.find((shape) => 'name' in shape && shape.name.startsWith('www.'))
    if (!failover) throw new Error('there is no failover')
    const length = MAX_METRIC_TARGETS / 2 + 2
    const many = Array.from({ length }, (_, i) => ({ ...failover, name: `www${i}.example.com/A` }))
    const text = textOf({ ...input, pools: new Map([['example.com', many]]) })
    expect(valuesOf(text, 'edge_gslb_left_out')['{what="members"}']).toBe(4)
    expect(Object.keys(valuesOf(text, 'edge_gslb_member_kept_ratio'))).toHaveLength(MAX_METRIC_TARGETS)
  })

  test('answers do to each target what they do on the mean of its pools', () => {
    const applied = appliedShares(input.pools, new Map(), health)
    expect(applied.get(idAt('192.0.2.2'))).toEqual({ kept: 1, received: 70 })
    // It keeps half in the failover, where it is there twice, and all in the pool, for which nothing is known.
    expect(applied.get(idAt('192.0.2.1'))?.kept).toBeCloseTo((0.5 + 1 + 1) / 3, 9)
    expect(applied.get(idAt('192.0.2.3'))).toEqual({ kept: 1, received: 0 })
    expect([followsLoads(input.pools), followsLoads(base.pools)]).toEqual([true, false])
    expect(appliedShares(base.pools, new Map(), health).size).toBe(0)
  })

  test('a target that the guard holds up takes clients, as in answers', () => {
    const guarded = zoneOf(
      {
        '@': { NS: 'ns' },
        www: { A: { kind: 'pool', check: 'load', load: limits, members: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] } },
      },
      {
        checks: { load: { kind: 'http', path: '/load', load: 'body' } },
        guard: { share: 0.5, within: 60, for: 600, least: 2 },
      },
    )
    const [one, two, three] = guarded.conditions.map(({ probe }) => probe.id) as [string, string, string]
    const fallen = stateOf('down', { at, since: at, changes: 1, load: 0, loadAt: at })
    const states = { [one]: stateOf('up', { at, load: 140, loadAt: at }), [two]: fallen, [three]: fallen }
    const now = new Health([vantageOf('cron', states, at)], [], NOW)
    const pools = new Map([['example.com', guarded.pools]])
    const guards = new Map([['example.com', guarded.guard as ZoneGuard]])
    expect(appliedShares(pools, new Map(), now).get(one)).toEqual({ kept: 1, received: 0 })
    expect(appliedShares(pools, guards, now).get(one)).toEqual({ kept: 0.5, received: 0 })
    expect(appliedShares(pools, guards, now).get(two)).toEqual({ kept: 1, received: 35 })
  })
})

test('a member that waits after it was down is not live, and its level is passed over', () => {
  const gentle = zoneOf(
    {
      '@': { NS: 'ns' },
      www: { A: { kind: 'failover', check: 'web', failback: 'manual', pools: ['192.0.2.1', '192.0.2.2'] } },
    },
    { checks: { web: { kind: 'tcp', port: 80 } } },
  )
  const rows = gentle.conditions.map(({ probe }) => {
    const changes = probe.host === '192.0.2.1' ? 2 : 0
    return [probe.id, stateOf('up', { since: NOW / 1000 - 600, at: NOW / 1000, changes })] as const
  })
  const told = (overrides: readonly Override[]) => {
    const health = new Health([vantageOf('cron', Object.fromEntries(rows), NOW / 1000)], liveOverrides(overrides), NOW)
    const text = textOf({ health, conditions: gentle.conditions, pools: new Map([['example.com', gentle.pools]]) })
    return ['pool_live_members', 'pool_waiting_members', 'failover_active_level'].map(
      (name) => Object.values(valuesOf(text, `edge_gslb_${name}`))[0],
    )
  }
  expect(told([])).toEqual([1, 1, 2])
  expect(told([{ target: '192.0.2.1', force: 'resume', from: NOW - 1000, by: 'a', why: 'b' }])).toEqual([
    ...[2, undefined, 1],
  ])
})

test('keys of signed zones: what is not known is absent', () => {
  const keys = [
    { zone: 'a.example', usable: true, warnings: [] },
    {
      ...{ zone: 'b.example', usable: false, parentDs: 2, dsMatches: false, warnings: ['one', 'two'] },
      stage: { name: 'publish-ds', notBefore: NOW, waitsForParent: true },
    },
  ]
  const text = textOf({ keys })
  const [a, b] = ['{zone="a.example"}', '{zone="b.example"}']
  expect(valuesOf(text, 'edge_gslb_dnssec_keys_usable')).toEqual({ [a]: 1, [b]: 0 })
  expect(valuesOf(text, 'edge_gslb_dnssec_parent_ds_records')).toEqual({ [b]: 2 })
  expect(valuesOf(text, 'edge_gslb_dnssec_ds_matches')).toEqual({ [b]: 0 })
  expect(valuesOf(text, 'edge_gslb_dnssec_key_stage_end_timestamp_seconds')).toEqual({
    '{zone="b.example",stage="publish-ds"}': NOW / 1000,
  })
  expect(valuesOf(text, 'edge_gslb_dnssec_key_stage_waits_for_parent')).toEqual({ [b]: 1 })
  expect(valuesOf(text, 'edge_gslb_dnssec_warnings')).toEqual({ [a]: 0, [b]: 2 })
})

test('a vantage point that never reported is silent', () => {
  expect(valuesOf(textOf(), 'edge_gslb_vantage_silent')).toEqual({ '{vantage="cron"}': 1, '{vantage="fra"}': 1 })
  expect(valuesOf(textOf(), 'edge_gslb_vantage_age_seconds')).toEqual({})
})

test('zones: serial, time and refusals, the catalog among them', () => {
  const text = textOf({ refused: [{ origin: 'catalog' }, { origin: 'example.com' }] })
  expect(valuesOf(text, 'edge_gslb_zone_serial')).toEqual({ '{zone="example.com"}': 7 })
  expect(valuesOf(text, 'edge_gslb_zone_published_timestamp_seconds')).toEqual({
    '{zone="example.com"}': 1_795_999_940,
  })
  expect(valuesOf(text, 'edge_gslb_zone_signed')).toEqual({ '{zone="example.com"}': 0 })
  const signed = textOf({ zones: new Map([['example.com', { serial: 7, dnssec: 'a hash' }]]) })
  expect(valuesOf(signed, 'edge_gslb_zone_signed')).toEqual({ '{zone="example.com"}': 1 })
  expect(valuesOf(text, 'edge_gslb_zone_refused')).toEqual({ '{zone="example.com"}': 1, '{zone="catalog"}': 1 })
  expect(valuesOf(textOf(), 'edge_gslb_zone_refused')).toEqual({ '{zone="example.com"}': 0 })
})

test('overrides that have ended are none, and equal ones are counted in one series', () => {
  const one: Override = { pool: 'www.*', force: 'down', by: 'a', why: 'b' }
  const overrides = [
    one,
    { ...one, by: 'c' },
    { ...one, force: 'up', until: NOW } as const,
    { ...one, from: NOW + 1 },
    { ...one, force: 'resume', from: 0 } as const,
  ]
  const text = textOf({ health: new Health([], liveOverrides(overrides), NOW) })
  expect(valuesOf(text, 'edge_gslb_override_active')).toEqual({ '{pattern="pool www.*",state="down"}': 2 })
})

test('what is too much is left out, and counted', () => {
  const conditions = Array.from({ length: MAX_METRIC_TARGETS + 3 }, (_, i) =>
    conditionOf(`id${i}`, { check: 'example.com/web', target: `host-${i}.example.net:80` }),
  )
  const shape = zone.pools[0] as PoolOfMembers
  const many = Array.from({ length: MAX_METRIC_POOLS + 2 }, (_, i) => ({ ...shape, name: `www${i}.example.com/A` }))
  const pools = new Map([['example.com', many]])
  const text = textOf({ conditions, pools })
  expect(valuesOf(text, 'edge_gslb_left_out')).toEqual({
    '{what="targets"}': 3,
    '{what="reports"}': 0,
    '{what="pools"}': 2,
    '{what="zones"}': 0,
    '{what="overrides"}': 0,
    '{what="members"}': 0,
    '{what="guards"}': 0,
    '{what="keys"}': 0,
  })
  const overrides = Array.from(
    { length: MAX_METRIC_OVERRIDES + 1 },
    (_, i): Override => ({ target: `t${i}`, force: 'down', by: 'a', why: 'b' }),
  )
  const forced = textOf({ health: new Health([], liveOverrides(overrides), NOW) })
  expect(valuesOf(forced, 'edge_gslb_left_out')['{what="overrides"}']).toBe(1)
  expect(Object.keys(valuesOf(forced, 'edge_gslb_override_active'))).toHaveLength(MAX_METRIC_OVERRIDES)
  expect(Object.keys(valuesOf(text, 'edge_gslb_target_effective_up'))).toHaveLength(MAX_METRIC_TARGETS)
})

test('zones that are refused, guards, and signed zones beyond those that are watched are counted, too', () => {
  const { guard } = zoneOf({ '@': { NS: 'ns' } }, { guard: { share: 0.5, within: 60 } })
  if (!guard) throw new Error('the zone has no guard')
  const guards = new Map(Array.from({ length: MAX_METRIC_ZONES + 2 }, (_, i) => [`g${i}.example`, guard]))
  const refused = Array.from({ length: MAX_METRIC_ZONES + 1 }, (_, i) => ({ origin: `r${i}.example` }))
  const zones = new Map(
    Array.from({ length: MAX_WATCHED_ZONES + 3 }, (_, i) => [`z${i}.example`, { serial: 1, dnssec: 'a hash' }]),
  )
  expect(valuesOf(textOf({ guards, zones, refused }), 'edge_gslb_left_out')).toMatchObject({
    ...{ '{what="guards"}': 2, '{what="zones"}': 1, '{what="keys"}': 3 },
  })
})

test('names that people choose cannot break a line', () => {
  const overrides: readonly Override[] = [{ target: 'a"b\\c\nd\ud800', force: 'down', by: 'a', why: 'b' }]
  const text = textOf({ health: new Health([], liveOverrides(overrides), NOW) })
  expect(text).toContain('edge_gslb_override_active{pattern="target a\\"b\\\\c\\nd\ufffd",state="down"} 1\n')
})

test('OpenMetrics: counters are named without their suffix, and the text ends', () => {
  const text = textOf({ apiWrites: new Map([[200, 2]]) }, 'openmetrics')
  expect(text).toContain('# TYPE edge_gslb_api_writes counter\nedge_gslb_api_writes_total{status="200"} 2\n')
  expect(text.endsWith('# EOF\n')).toBe(true)
  expect(textOf()).not.toContain('# EOF')
})

test('each series is there once', () => {
  const text = textOf({ conditions: [...zone.conditions, ...zone.conditions] })
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const names = series.map((line) => line.slice(0, line.lastIndexOf(' ')))
  expect(names).toEqual([...new Set(names)])
})

test('docs/observability.md has exactly these metrics', () => {
  const documented = [...readFileSync('docs/observability.md', 'utf8').matchAll(/^\| `(edge_gslb_\w+)`/gm)]
  expect(documented.map(([, name]) => name).sort()).toEqual(
    metricsOf({ ...base, forwarding: { bytes: 0, maxBytes: 1, upstreams: [] } })
      .map(({ name }) => name)
      .sort(),
  )
})
