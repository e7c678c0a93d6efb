import { numberOf, objectOf } from '../../stored-value.ts'

/** The rule by which a zone's guard holds states. Times are seconds. */
export type GuardSettings = {
  /** Above this share of its targets the guard holds. */
  readonly share: number
  /** The time within which they have to go down. */
  readonly within: number
  /** The longest time for which it holds. */
  readonly for: number
  /** The fewest targets with a result for which it holds. */
  readonly least: number
}

/** @throws `Damaged` for anything else */
export function readGuardSettings(value: unknown): GuardSettings {
  const { share, within, for: seconds, least } = objectOf(value)
  return { share: numberOf(share), within: numberOf(within), for: numberOf(seconds), least: numberOf(least) }
}
