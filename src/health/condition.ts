import type { Probe } from './probe.ts'

/** What decides whether something is up: one probe, several checks of one target, or a calculation over checks. */
export type Condition = ProbeCondition | CalculatedCondition | EveryCondition

export type ProbeCondition = {
  readonly kind: 'probe'
  /** The check's name with its zone's, `example.com/web`: what overrides and people call it. */
  readonly check: string
  /** More of a name, for a check that has none of its own and goes by its kind: what it asks for, and that to the letter. */
  readonly aliases?: readonly string[]
  /** What is probed, as people write it. */
  readonly target: string
  readonly probe: Probe
  readonly initially: 'up' | 'down'
  readonly stale: StalePolicy
}

export type CalculatedCondition = {
  readonly kind: 'calculated'
  readonly check: string
  readonly target: string
  readonly need: 'any' | 'all' | 'none' | number
  readonly of: readonly Condition[]
}

/** Up while each of them is. */
export type EveryCondition = { readonly kind: 'every'; readonly of: readonly Condition[] }

/** What becomes of states that nobody has confirmed for `after` seconds. */
export type StalePolicy = { readonly after: number; readonly policy: 'keep' | 'up' }

/**
 * What to call each of some checks: by its name; where several go by one name and ask one target for different things,
 * by an alias that no other has.
 */
export function distinctNames(conditions: Iterable<ProbeCondition>): (condition: ProbeCondition) => string {
  const bearers = new Map<string, Set<string>>()
  for (const condition of conditions) {
    for (const name of namesOf(condition)) {
      const key = `${name} ${condition.target}`
      const ids = bearers.get(key)
      if (ids) ids.add(condition.probe.id)
      else bearers.set(key, new Set([condition.probe.id]))
    }
  }
  return (condition) => {
    const names = namesOf(condition)
    return names.find((name) => (bearers.get(`${name} ${condition.target}`)?.size ?? 1) < 2) ?? (names.at(-1) as string)
  }
}

const namesOf = ({ check, aliases = [] }: ProbeCondition): readonly string[] => [check, ...aliases]

/** Every probe that a condition consults. */
export function probesOf(condition: Condition): readonly ProbeCondition[] {
  return condition.kind === 'probe' ? [condition] : condition.of.flatMap(probesOf)
}
