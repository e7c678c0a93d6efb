import { distinctNames, type Health, type ProbeCondition, type Status } from '../../health/index.ts'
import { printable } from '../../printable.ts'

/**
 * Reports targets that go up or down, from the health that the Worker wrote. The initial state of a target that was
 * never probed is not reported.
 */
export class HealthNews {
  private readonly last = new Map<string, Status['state']>()

  /** Returns a line for each target whose state differs from the previous call. */
  changes(conditions: readonly ProbeCondition[], health: Health): string[] {
    const nameOf = distinctNames(conditions)
    return conditions.flatMap((condition) => {
      const { check, target, initially, probe } = condition
      const id = `${check} ${probe.id}`
      const status = health.status(condition)
      const before = this.last.get(id) ?? initially
      this.last.set(id, status.state)
      return status.state === before
        ? []
        : [`${nameOf(condition)} ${target} is ${status.state}${why(condition, status, health)}`].map(printable)
    })
  }
}

function why({ probe, stale }: ProbeCondition, { state, forced }: Status, health: Health): string {
  if (forced) return `, forced by ${forced.by}: ${forced.why}`
  const reasons = health
    .witnesses(probe, stale)
    .filter((witness) => witness.state.state === state)
    .map(({ vantage, state: { why } }) => {
      if (why === '') return `seen by ${vantage}`
      // A target that is up despite a failure has too few failures to go down.
      return `${why}${state === 'up' ? ', down only if that continues' : ''} (seen by ${vantage})`
    })
  return reasons.length > 0 ? `: ${reasons.join('; ')}` : ''
}
