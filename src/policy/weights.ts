export const sumOf = (weights: readonly number[]): number => weights.reduce((sum, weight) => sum + weight, 0)

/** Returns the first index whose cumulative weight is above `point`, going through the weights in `order`. */
export function atPoint(weights: readonly number[], point: number, order?: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const index = order ? (order[i] as number) : i
    sum += weights[index] as number
    if (sum > point) return index
  }
  throw new Error(`point ${point} is not below the sum of the weights, ${sum}`)
}
