import { listOf, objectOf, textOf, wordOf } from '../../stored-value.ts'
import type { ProbeCondition } from '../condition.ts'
import type { Guard, Hold } from '../guard.ts'
import { Health } from '../health.ts'
import { readStalePolicy } from '../stored-condition.ts'
import type { VantageView } from '../vantage.ts'
import { type Fall, fallOf, type GuardTarget, signalOf } from './falls.ts'
import { GuardedHealth } from './guarded-health.ts'
import { type HoldTime, holdsOf } from './holds.ts'
import { type GuardSettings, readGuardSettings } from './settings.ts'

/** The verdict on the reports of vantage points, for a span of time. Milliseconds since the epoch. */
type Verdict = {
  readonly views: readonly VantageView[]
  readonly from: number
  readonly until: number
  /** The targets with a result. */
  readonly known: number
  readonly holds: readonly HoldTime[]
}

/**
 * The guard of a zone: where more than a share of its targets goes down at once, its own eyes are more likely to be at
 * fault. It knows nothing but the health documents and the time, so that all isolates agree.
 */
export class ZoneGuard implements Guard {
  readonly zone: string
  readonly settings: GuardSettings
  private readonly targets: readonly GuardTarget[]
  private known: Verdict | undefined

  /** @param zone the origin without the final dot */
  constructor(zone: string, settings: GuardSettings, targets: readonly GuardTarget[]) {
    this.zone = zone
    this.settings = settings
    this.targets = targets
  }

  over(health: Health): Health {
    const { memo } = health
    const known = memo.get(this) as Health | undefined
    if (known) return known
    const { holds, until } = this.verdict(health)
    const over = holds.length === 0 ? health : new GuardedHealth(health, holds, this.holding(health))
    health.changesBy(until)
    memo.set(this, over)
    return over
  }

  holding(health: Health): Hold | undefined {
    const { holds, known } = this.verdict(health)
    const last = holds.at(-1)
    if (!last || health.now >= last.until * 1000) return undefined
    return { zone: this.zone, since: last.since * 1000, until: last.until * 1000, fell: last.fell, of: known }
  }

  /** The reports are looked through once, as long as they are the same and no vantage point falls silent. */
  private verdict(health: Health): Verdict {
    const { known } = this
    const { now, vantages } = health
    if (known && now >= known.from && now < known.until && isSame(known.views, vantages)) return known
    const looked = new Health(vantages, [], now, health.platform)
    const falls: Fall[] = []
    let count = 0
    for (const target of this.targets) {
      const signal = signalOf(target, looked)
      if (!signal) continue
      count++
      const fall = fallOf(signal)
      if (fall) falls.push(fall)
    }
    const holds = holdsOf(falls, count, this.settings, now / 1000)
    const end = holds.at(-1)?.until ?? 0
    // A time that is ahead, by a clock that is, counts when it has come.
    const ahead = falls.flatMap(({ at, back = 0 }) => [at, back]).filter((at) => at > now / 1000)
    const changes = [...ahead, ...(end > now / 1000 ? [end] : [])].map((at) => at * 1000)
    const until = changes.reduce((a, b) => Math.min(a, b), looked.until)
    this.known = { views: vantages, from: now, until, known: count, holds }
    return this.known
  }

  /** Returns the JSON value: targets of the same rules are together. */
  stored(): object {
    const groups = Map.groupBy(this.targets, ({ probe: { quorum, from = null }, stale: { after, policy } }) =>
      JSON.stringify([quorum, from, after, policy]),
    )
    const targets = Array.from(groups, ([rules, of]) => [...JSON.parse(rules), of.map(({ probe }) => probe.id)])
    return { ...this.settings, targets }
  }
}

/** Reads what `stored` made. @throws `Damaged` for anything else */
export function readGuard(zone: string, value: unknown): ZoneGuard {
  const fields = objectOf(value)
  const targets = listOf(fields.targets).flatMap((group): GuardTarget[] => {
    const [quorum, from, after, policy, ids] = listOf(group)
    const rules = {
      quorum: typeof quorum === 'number' ? quorum : wordOf(quorum, ['any', 'majority', 'all']),
      from: from === null ? undefined : listOf(from).map(textOf),
      action: PROBED,
    }
    const stale = readStalePolicy({ after, policy })
    return listOf(ids).map((id) => ({ probe: { ...rules, id: textOf(id) }, stale }))
  })
  return new ZoneGuard(zone, readGuardSettings(fields), targets)
}

const PROBED = { kind: 'tcp' } as const

/** Returns the targets that count: each once, but for those that applications report, which are told and not seen. */
export function guardTargets(conditions: readonly ProbeCondition[]): readonly GuardTarget[] {
  const targets = new Map<string, GuardTarget>()
  for (const { probe, stale } of conditions) {
    if (probe.action.kind !== 'push' && !targets.has(probe.id)) targets.set(probe.id, { probe, stale })
  }
  return [...targets.values()]
}

const isSame = (a: readonly VantageView[], b: readonly VantageView[]): boolean =>
  a.length === b.length && a.every((view, i) => view === b[i])
