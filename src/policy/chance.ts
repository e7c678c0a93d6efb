import type Fraction from 'fraction.js'

/** An exact probability; null if it takes too long to compute. */
export type Chance = Fraction | null

/** Exact arithmetic. `explain` passes it in: the Worker has no fractions. */
export type Exact = {
  readonly never: Fraction
  readonly always: Fraction
  readonly times: (a: Chance, b: Chance) => Chance
}

/**
 * Returns the chance that a draw has no hit. `chances`: of each member, the chance that it has none if it is drawn.
 * Called once for each record: work that is the same for all records is done at most once.
 */
export type Avoidance = (chances: readonly Chance[]) => Chance
