import type { LuaValue } from '../lua-vm/index.ts'
import type { Expression } from '../policy/index.ts'
import { listTable, oneOf } from './explore-unknown.ts'

/** Returns the values that a call can give if its answer is an expression: one of its texts. */
export const textOutcome = (answer: Expression): LuaValue => oneOf(textsIn(answer).texts)

/** … or one of its lists. */
export function listOutcome(answer: Expression): LuaValue {
  const { texts, takesAll, takesNone } = textsIn(answer)
  const some = takesAll && texts.length <= MOST_IN_SUBSETS ? subsetsOf(texts) : texts.map((text) => [text])
  const isAll = !takesAll || texts.length <= MOST_IN_SUBSETS
  const lists = [...(isAll ? [] : [texts]), ...some, ...(takesNone || texts.length === 0 ? [[]] : [])]
  return oneOf(
    lists.map((list) => listTable(list)),
    isAll,
  )
}

/** The most targets of which every combination is tried: a list has those that are up, and any may be. */
const MOST_IN_SUBSETS = 4

const subsetsOf = (texts: readonly string[]): string[][] =>
  Array.from({ length: 2 ** texts.length - 1 }, (_, bits) => texts.filter((_, i) => ((bits + 1) >> i) & 1))

type Texts = { readonly texts: readonly string[]; readonly takesAll: boolean; readonly takesNone: boolean }

/** The texts that an answer chooses among. */
function textsIn(answer: Expression): Texts {
  const texts = new Set<string>()
  let takesAll = false
  let takesNone = false
  const pending: unknown[] = [answer]
  for (let inner = pending.pop(); inner !== undefined; inner = pending.pop()) {
    if (typeof inner === 'string') texts.add(inner)
    else if (Array.isArray(inner)) {
      takesAll ||= inner.length > 1
      takesNone ||= inner.length === 0
      pending.push(...inner)
    } else {
      const { of, members, pools, rules, networks, otherwise, answer: own, whenDown, select, count } = inner as Fields
      for (const list of [of, members, pools, rules]) for (const one of list ?? []) pending.push(one)
      if (networks && !Array.isArray(networks)) for (const one of Object.values(networks)) pending.push(one)
      for (const one of [otherwise, own]) if (one !== undefined) pending.push(one)
      if (typeof whenDown === 'object') pending.push(whenDown)
      takesNone ||= whenDown === 'nodata'
      takesAll ||= select === 'all' || (count ?? 1) > 1
    }
  }
  return { texts: [...texts].reverse(), takesAll, takesNone }
}

/** The fields that the kinds of the answer language have. */
type Fields = {
  readonly of?: readonly unknown[]
  readonly members?: readonly unknown[]
  readonly pools?: readonly unknown[]
  readonly rules?: readonly unknown[]
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>
  readonly otherwise?: unknown
  readonly answer?: unknown
  readonly whenDown?: unknown
  readonly select?: string
  readonly count?: number
}
