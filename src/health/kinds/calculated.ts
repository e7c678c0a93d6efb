import * as v from 'valibot'
import { object } from '../../schema.ts'
import { target, text, whole } from '../check-fields.ts'

/** A check without a request of its own: other checks decide. */
export type CalculatedDocument = {
  readonly kind: 'calculated'
  /** Names of other checks of the zone, for the same target. */
  readonly of: readonly string[]
  /** The number of them that must be up; `none` requires all to be down. */
  readonly need: 'any' | 'all' | 'none' | number
  readonly target?: string | undefined
}

const NEED = 'expected "any", "all", "none" or a whole number from 0 to 1000'

export const calculatedSchema = object({
  kind: v.literal('calculated'),
  of: v.pipe(
    v.array(text, 'expected a list of names of checks, like ["web", "api"]'),
    v.minLength(1, 'the list is empty; expected at least one name of a check'),
  ),
  need: v.union([v.picklist(['any', 'all', 'none']), whole(0, 1000, NEED)], NEED),
  target: v.optional(target),
})
