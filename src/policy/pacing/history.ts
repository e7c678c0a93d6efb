import { type Condition, type Health, neededVotes, type ProbeCondition } from '../../health/query-path.ts'
import { always, delayed, type Signal, type Weighed, whenever } from '../../health/signal.ts'
import type { Meter } from '../../meter.ts'
import type { PoolMember } from '../alternatives.ts'
import { membersFor } from '../deterministic.ts'
import { SELECT } from '../selects.ts'
import type { Policy, Resolved, UndrawnInput } from '../types.ts'

/** The times at which parts of a zone went down and came up again, out of the last change of each target. */
export class History {
  private readonly input: UndrawnInput
  private readonly health: Health
  private readonly meter: Meter

  constructor(input: UndrawnInput, meter: Meter) {
    this.input = input
    this.health = input.health
    this.meter = meter
  }

  /** Returns the states of a member, without its own pace. */
  member({ name }: Resolved, { condition, datacenter }: PoolMember, answer: Policy): Signal {
    const forced = datacenter === undefined ? undefined : this.health.forced({ pool: name, datacenter })
    if (forced) return always(forced.force === 'up')
    const own = this.policy(answer)
    return condition ? all([this.condition(condition), own]) : own
  }

  /** Returns the time at which a person let a member in last; -Infinity if nobody did. */
  resumedAt({ name }: Resolved, { condition, datacenter }: PoolMember): number {
    const subjects = [{ pool: name }, ...(datacenter === undefined ? [] : [{ pool: name, datacenter }])]
    const all = [...subjects, ...(condition ? subjectsOf(condition) : [])]
    let last = Number.NEGATIVE_INFINITY
    for (const { force, from } of all.flatMap((subject) => this.health.naming(subject))) {
      if (force === 'resume' && from !== undefined && from <= this.health.now) last = Math.max(last, from / 1000)
    }
    return last
  }

  private policy(policy: Policy): Signal {
    switch (policy.kind) {
      case 'values':
      case 'script':
        return always(true)
      case 'fail':
        return always(false)
      case 'pool':
      case 'failover':
        return this.pool(policy)
      default:
        return whenever(
          membersFor(policy, this.input).map((member) => one(this.policy(member))),
          (sum) => sum > 0,
        )
    }
  }

  private pool(policy: Resolved): Signal {
    this.meter.chargeSteps(policy.parts.length)
    const forced = this.health.forced({ pool: policy.name })
    if (forced) return always(forced.force === 'up')
    const byWeight = policy.kind === 'pool' && SELECT[policy.select].weights
    const parts = policy.parts.map(
      (part, i): Weighed => ({
        signal: this.counted(policy, part, this.member(policy, part, policy.members[i] as Policy)),
        weight: byWeight ? part.weight : 1,
      }),
    )
    const sum = parts.reduce((total, { weight }) => total + weight, 0)
    // 0.07 of 100 is 7: without the margin, rounding errors make it 8.
    const least = policy.kind === 'pool' ? Math.ceil(policy.minLive * sum - 1e-6) : 0
    return whenever(parts, (up) => up > 0 && up >= least)
  }

  /** Returns when a member of an inner pool counted. */
  private counted(policy: Resolved, part: PoolMember, signal: Signal): Signal {
    const { failback = 0 } = part.pace ?? {}
    if (failback !== 'manual') return delayed(signal, failback, this.health.now / 1000)
    const [back, ...before] = signal.flips
    if (!signal.isUp || back === undefined) return signal
    const resumed = this.resumedAt(policy, part)
    return resumed < back ? { isUp: false, flips: before } : { isUp: true, flips: [resumed, ...before] }
  }

  private condition(condition: Condition): Signal {
    if (condition.kind === 'every') return all(condition.of.map((part) => this.condition(part)))
    const forced = this.health.forced(condition)
    if (forced) return always(forced.force === 'up')
    if (condition.kind === 'probe') return this.probe(condition)
    const { need, of } = condition
    const parts = of.map((part) => one(this.condition(part)))
    return whenever(parts, (up) =>
      need === 'any' ? up > 0 : need === 'all' ? up === of.length : need === 'none' ? up === 0 : up >= need,
    )
  }

  /** A target that nobody saw change has been what it is since it is known. */
  private probe(condition: ProbeCondition): Signal {
    const { probe, stale } = condition
    const witnesses = this.health.witnesses(probe, stale).filter(({ state }) => state.state !== 'unknown')
    const fresh = witnesses.filter(({ silent }) => !silent)
    const votes = fresh.length > 0 || stale.policy === 'up' ? fresh : witnesses
    if (votes.length === 0) return always(this.health.status(condition).state === 'up')
    const needed = neededVotes(probe.quorum, votes.length)
    const signal = whenever(
      votes.map(({ state }) =>
        one({ isUp: state.state === 'up', flips: (state.changes ?? 0) > 0 ? [state.since] : [] }),
      ),
      (up) => up >= needed,
    )
    const heldUntil = this.health.heldUntil(condition)
    return heldUntil === undefined ? signal : held(signal, heldUntil, this.health.now / 1000)
  }
}

/** A target that went down in a hold of the zone's guard was out from the end of the hold, if it was down by then. */
function held({ isUp, flips }: Signal, until: number, now: number): Signal {
  const back = isUp ? (flips[0] ?? 0) : Number.POSITIVE_INFINITY
  if (Math.min(back, now) <= until) return always(true)
  return { isUp, flips: isUp ? [back, until] : [until] }
}

const one = (signal: Signal): Weighed => ({ signal, weight: 1 })

const all = (signals: readonly Signal[]): Signal => whenever(signals.map(one), (up) => up === signals.length)

/** Returns the checks of a condition that overrides may name. */
function subjectsOf(condition: Condition): readonly Exclude<Condition, { kind: 'every' }>[] {
  if (condition.kind === 'probe') return [condition]
  const inner = condition.of.flatMap(subjectsOf)
  return condition.kind === 'calculated' ? [condition, ...inner] : inner
}
