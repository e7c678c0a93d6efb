import { MAX_HASH_POINTS, MAX_ZONE_HASH_POINTS } from '../limits.ts'
import { buildRing } from './build-ring.ts'
import type { Compiling } from './context.ts'
import { type Path, refuse } from './issues.ts'
import type { Ring } from './ring.ts'
import { sumOf } from './weights.ts'

const EXPECTED = 'one hash each; divide the weights by a common factor'

/**
 * Builds the ring of hashes of some members. `path` is their list's.
 * @param keys undefined for a member without a text to hash: that is reported
 * @returns undefined if the ring has too many points, by itself or with the other rings of the zone
 */
export function compileRing<E, P>(
  keys: readonly (string | undefined)[],
  weights: readonly number[],
  path: Path,
  context: Compiling<E, P>,
): Ring | undefined {
  keys.forEach((key, i) => {
    if (key !== undefined) return
    refuse(context, [...path, i], 'a member that is not a single text needs a "key"; expected the text to hash')
  })
  const total = sumOf(weights)
  if (total > MAX_HASH_POINTS) {
    refuse(context, path, `the weights add up to ${total}; expected at most ${MAX_HASH_POINTS}, ${EXPECTED}`)
    return undefined
  }
  context.budget.points -= total
  if (context.budget.points < 0) {
    const fact = `with this one the hash rings of the zone have more than ${MAX_ZONE_HASH_POINTS} points`
    refuse(context, path, `${fact}; expected fewer, ${EXPECTED}`)
    return undefined
  }
  return buildRing(
    keys.map((key) => key ?? ''),
    weights,
  )
}
