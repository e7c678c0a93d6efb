import type { Probe } from './probe.ts'

/** What decides whether something is up: one probe, several checks of one target, or a calculation over checks. */
export type Condition = ProbeCondition | CalculatedCondition | EveryCondition

export type ProbeCondition = {
  readonly kind: 'probe'
  /** The check's name with its zone's, `example.com/web`: what overrides and people call it. */
  readonly check: string
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

/** Every probe that a condition consults. */
export function probesOf(condition: Condition): readonly ProbeCondition[] {
  return condition.kind === 'probe' ? [condition] : condition.of.flatMap(probesOf)
}
