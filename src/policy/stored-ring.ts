import { Damaged, listOf } from '../stored-value.ts'
import type { Ring } from './ring.ts'
import { type Keeper, type Kept, loadWords, storeWords } from './stored.ts'

export const storeRing = ({ points, owners }: Ring, keeper: Keeper): unknown => [
  storeWords(points, keeper),
  storeWords(owners, keeper),
]

/**
 * Loads a ring as it is kept, without a copy.
 * @param members the number of members. Each owns a point: health may leave any of them alone.
 */
export function loadRing(value: unknown, kept: Kept, members: number): Ring {
  const [points, owners] = listOf(value).map((one) => loadWords(one, kept))
  if (!points || !owners || points.length !== owners.length) throw new Damaged('an owner for each point')
  const owning = new Uint8Array(members)
  let left = members
  for (let i = 0; i < owners.length; i++) {
    const owner = owners[i] as number
    if (owner >= members || (i > 0 && (points[i] as number) < (points[i - 1] as number)))
      throw new Damaged('sorted points, each with an owner that is there')
    left -= 1 - (owning[owner] as number)
    owning[owner] = 1
  }
  if (left > 0) throw new Damaged('a point for each member')
  return { points, owners }
}
