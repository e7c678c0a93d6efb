import type { Rng } from './random.ts'
import type { Weighted } from './types.ts'

/** `count` different members, each drawn by its share of the weight still there (PowerDNS pickwrandom is count 1). */
export function pickWeighted(policy: Weighted, random: Rng): number[] {
  const { weights, total } = policy
  if (policy.count === 1) return [atPoint(weights, Math.floor(random() * total))]
  const left = [...weights]
  const picked: number[] = []
  let sum = total
  while (picked.length < policy.count && picked.length < weights.length) {
    const index = atPoint(left, Math.floor(random() * sum))
    sum -= left[index] as number
    left[index] = 0
    picked.push(index)
  }
  return picked
}

/** The first index whose cumulative weight is above `point`, walking in `order`. */
export function atPoint(weights: readonly number[], point: number, order?: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const index = order ? (order[i] as number) : i
    sum += weights[index] as number
    if (sum > point) return index
  }
  throw new Error(`point ${point} is not below the sum of the weights, ${sum}`)
}
