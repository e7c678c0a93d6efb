/** Returns a number in [0, 1). It is passed in, so that tests and `explain` can seed it. */
export type Rng = () => number

/** Draws an index below `length`. */
export const pickOne = (length: number, random: Rng): number => Math.floor(random() * length)

/** Draws `count` different indices below `length`. All sets are equally likely (PowerDNS pickrandomsample). */
export function pickRandom(length: number, count: number, random: Rng): number[] {
  if (count === 1) return [pickOne(length, random)]
  const indices: number[] = []
  for (let i = 0; i < length; i++) indices.push(i)
  const picked = Math.min(count, length)
  for (let i = 0; i < picked; i++) swap(indices, i, i + Math.floor(random() * (length - i)))
  return indices.slice(0, picked)
}

/** Returns a new array with the same elements in random order. */
export function shuffled<T>(items: readonly T[], random: Rng): T[] {
  const copy = items.slice()
  for (let i = copy.length - 1; i > 0; i--) swap(copy, i, Math.floor(random() * (i + 1)))
  return copy
}

function swap<T>(items: T[], i: number, j: number): void {
  const held = items[i] as T
  items[i] = items[j] as T
  items[j] = held
}
