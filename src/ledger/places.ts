/**
 * Returns the places of owners, ascending. Owners that stay in their order keep their places, so that one that comes,
 * goes or moves costs one row.
 * @param before the place of each owner of the version before
 * @returns undefined if there is no room between two places, after some fifty halvings: then all owners get new ones
 */
export function placesOf(
  owners: readonly string[],
  before: ReadonlyMap<string, number>,
): readonly number[] | undefined {
  const known = owners.map((owner) => before.get(owner))
  const keeps = ascending(known)
  const places: number[] = []
  for (let i = 0; i < owners.length; ) {
    if (keeps.has(i)) {
      places.push(known[i++] as number)
      continue
    }
    let end = i
    while (end < owners.length && !keeps.has(end)) end++
    const from = places.at(-1) ?? (end < owners.length ? (known[end] as number) - (end - i) - 1 : 0)
    const to = end < owners.length ? (known[end] as number) : from + (end - i) + 1
    for (let n = 1; n <= end - i; n++) places.push(from + ((to - from) * n) / (end - i + 1))
    i = end
  }
  return places.every((place, i) => i === 0 || place > (places[i - 1] as number)) ? places : undefined
}

/** Returns the indices of a longest ascending choice of numbers. */
function ascending(numbers: readonly (number | undefined)[]): ReadonlySet<number> {
  /** The index of the least last number of a choice of each length, and the index before each. */
  const last: number[] = []
  const previous: number[] = []
  for (const [i, number] of numbers.entries()) {
    if (number === undefined) continue
    let low = 0
    let high = last.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[last[middle] as number] as number) < number) low = middle + 1
      else high = middle
    }
    previous[i] = low > 0 ? (last[low - 1] as number) : -1
    last[low] = i
  }
  const chosen = new Set<number>()
  for (let i = last.at(-1) ?? -1; i >= 0; i = previous[i] as number) chosen.add(i)
  return chosen
}
