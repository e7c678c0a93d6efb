/** A prepared script, as errors name it. */
export type Chunk = { readonly name: string; readonly lines: readonly number[] }

/** A location in a script at which something can fail. `names` describe the operands, such as `global 'x'`. */
export type CallSite = {
  readonly chunk: Chunk
  readonly at: number
  readonly names: readonly (string | undefined)[]
  /** True for a call of a method, whose arguments are counted without the object. */
  readonly method: boolean
}

/** Lua's `name:line: `, which stands before its messages. */
export const where = (site: CallSite | undefined): string => (site ? `${site.chunk.name}:${lineOf(site)}: ` : '')

/** A binary search: a script may have many lines, and cause many errors. */
export function lineOf({ chunk: { lines }, at }: CallSite): number {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines[middle] as number) <= at) low = middle + 1
    else high = middle
  }
  return low + 1
}
