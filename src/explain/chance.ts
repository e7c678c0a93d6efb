import Fraction from 'fraction.js'
import type { Rdata } from '../dns/index.ts'
import type { Chance, Exact } from '../policy/index.ts'

export type { Chance } from '../policy/index.ts'

export const NEVER = new Fraction(0)
export const ALWAYS = new Fraction(1)

const isNever = (chance: Chance): boolean => chance?.equals(NEVER) ?? false

/** Returns false only if it is known that it cannot happen. */
export const isPossible = (chance: Chance): boolean => !isNever(chance)

/** An impossible event stays impossible, even if the other chance is unknown. */
export function times(a: Chance, b: Chance): Chance {
  if (isNever(a) || isNever(b)) return NEVER
  return a === null || b === null ? null : a.mul(b)
}

export const plus = (a: Chance, b: Chance): Chance => (a === null || b === null ? null : a.add(b))
export const minus = (a: Chance, b: Chance): Chance => (a === null || b === null ? null : a.sub(b))

/** The arithmetic that the kinds compute their chances with. */
export const EXACT: Exact = { never: NEVER, always: ALWAYS, times }

/**
 * The possible answers of a policy. `records`: the chance that the answer has each record, by its text. `failure` is
 * SERVFAIL and `refused` REFUSED, which take all records with them; `empty` is NODATA. Draws inside scripts are
 * sampled: sampled records have no probability, unsampled ones are omitted.
 */
export type Probabilities = {
  readonly records: ReadonlyMap<string, Chance>
  /** The same records. */
  readonly rdatas: ReadonlyMap<string, Rdata>
  readonly failure: Chance
  readonly refused: Chance
  readonly empty: Chance
  /** Seconds until health can change any of this at the earliest. */
  readonly validForSeconds: number
}
