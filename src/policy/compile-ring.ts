import { MAX_HASH_POINTS, MAX_ZONE_HASH_POINTS } from '../limits.ts'
import { buildRing, type Ring } from './consistent-hashed.ts'
import type { CompileContext, Path } from './context.ts'

const EXPECTED = 'one hash each; divide the weights by a common factor'

/** The ring of hashes, or nothing where it has too many points: alone, or with the others of the zone. */
export function compileRing(
  keys: readonly string[],
  weights: readonly number[],
  path: Path,
  { issues, budget }: CompileContext,
): Ring | undefined {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const refuse = (message: string): undefined => void issues.push({ path, message })
  if (total > MAX_HASH_POINTS) {
    return refuse(`the weights add up to ${total}; expected at most ${MAX_HASH_POINTS}, ${EXPECTED}`)
  }
  budget.points -= total
  if (budget.points < 0) {
    return refuse(
      `with this one the hash rings of the zone have more than ${MAX_ZONE_HASH_POINTS} points; expected fewer, ${EXPECTED}`,
    )
  }
  return buildRing(keys, weights)
}
