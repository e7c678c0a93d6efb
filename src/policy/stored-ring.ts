import { Damaged, listOf } from '../stored-value.ts'
import type { Ring } from './ring.ts'
import { type Keeper, type Kept, loadWords, storeWords } from './stored.ts'

export const storeRing = ({ points, owners }: Ring, keeper: Keeper): unknown => [
  storeWords(points, keeper),
  storeWords(owners, keeper),
]

/** Loads a ring as it is kept, without a copy, and without looking through it. */
export function loadRing(value: unknown, kept: Kept): Ring {
  const [points, owners] = listOf(value).map((one) => loadWords(one, kept))
  if (!points || !owners || points.length !== owners.length) throw new Damaged('an owner for each point')
  return { points, owners }
}
