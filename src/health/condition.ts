import type { Probe } from './probe.ts'

/** The rule that decides if a target is up: one probe, a calculation over checks, or several checks together. */
export type Condition = ProbeCondition | CalculatedCondition | EveryCondition

export type ProbeCondition = {
  readonly kind: 'probe'
  /** The name of the check with its zone, `example.com/web`, for overrides and reports. */
  readonly check: string
  /** More exact names of a check without a name, whose `check` is its kind: by its request, then by its id too. */
  readonly aliases?: readonly string[]
  /** The target in the form that people write. */
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

/** Up if all of its conditions are up. */
type EveryCondition = { readonly kind: 'every'; readonly of: readonly Condition[] }

/** The treatment of states that no vantage point has confirmed for `after` seconds. */
export type StalePolicy = { readonly after: number; readonly policy: 'keep' | 'up' }

/**
 * Returns a function that names each of some checks: by its name, or, if several different checks of one target have
 * the same name, by an alias that no other has.
 */
export function distinctNames(conditions: Iterable<ProbeCondition>): (condition: ProbeCondition) => string {
  // The id of the check that has a name, by name and target; undefined if several have it.
  const bearers = new Map<string, Map<string, string | undefined>>()
  let hasShared = false
  for (const { check, aliases = NONE, target, probe } of conditions) {
    for (let i = -1; i < aliases.length; i++) {
      const name = i < 0 ? check : (aliases[i] as string)
      const named = bearers.get(name) ?? new Map<string, string | undefined>()
      if (named.size === 0) bearers.set(name, named)
      if (!named.has(target)) named.set(target, probe.id)
      else if (named.get(target) !== probe.id) {
        named.set(target, undefined)
        hasShared = true
      }
    }
  }
  // Most names need no alias.
  if (!hasShared) return ({ check }) => check
  const isShared = (name: string, target: string): boolean => {
    const named = bearers.get(name)
    return named?.has(target) === true && named.get(target) === undefined
  }
  return (condition) => {
    const names = [condition.check, ...(condition.aliases ?? NONE)]
    return names.find((name) => !isShared(name, condition.target)) ?? (names.at(-1) as string)
  }
}

const NONE: readonly string[] = []

/** Returns all probes of a condition. */
export function probesOf(condition: Condition): readonly ProbeCondition[] {
  return condition.kind === 'probe' ? [condition] : condition.of.flatMap(probesOf)
}
