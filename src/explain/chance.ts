import Fraction from 'fraction.js'

/** An exact probability; null where it takes too long to compute. */
export type Chance = Fraction | null

export const NEVER = new Fraction(0)
export const ALWAYS = new Fraction(1)

const isNever = (chance: Chance): boolean => chance?.equals(NEVER) ?? false

/** Whether it can happen at all, as far as is known. */
export const isPossible = (chance: Chance): boolean => !isNever(chance)

/** What cannot happen stays impossible, whatever the other chance is. */
export function times(a: Chance, b: Chance): Chance {
  if (isNever(a) || isNever(b)) return NEVER
  return a === null || b === null ? null : a.mul(b)
}

export const plus = (a: Chance, b: Chance): Chance => (a === null || b === null ? null : a.add(b))
export const minus = (a: Chance, b: Chance): Chance => (a === null || b === null ? null : a.sub(b))
