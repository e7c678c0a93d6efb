import { type RangeTable, type ScopeMap, samplesOf } from '../net/index.ts'
import { Damaged, listOf, maybe } from '../stored-value.ts'
import { type Keeper, type Kept, loadWords, storeWords } from './stored.ts'

/** Stores the four arrays of each family; null for a family without a network. */
export const storeScopeMap = ({ v4, v6 }: ScopeMap, keeper: Keeper): unknown => [
  storeTable(v4, keeper),
  storeTable(v6, keeper),
]

/** Loads the arrays as they are kept, without a copy, and without looking through all of them. */
export function loadScopeMap(value: unknown, kept: Kept): ScopeMap {
  const [v4, v6] = listOf(value)
  return {
    v4: maybe(v4, (table) => loadTable(table, 1, kept)) ?? emptyTable(1),
    v6: maybe(v6, (table) => loadTable(table, 4, kept)) ?? emptyTable(4),
  }
}

/**
 * Returns the map. Throws if a look-up could not rely on its arrays: one pass over all of them.
 * @param networks the number of networks that it may find
 */
export function soundScopeMap(map: ScopeMap, networks: number): ScopeMap {
  if (isSound(map.v4, networks) && isSound(map.v6, networks)) return map
  throw new Damaged('sorted ranges, in runs, each with a network that is there')
}

function storeTable({ starts, decider, run, runFirst }: RangeTable, keeper: Keeper): unknown {
  if (decider.length === 1 && decider[0] === -1) return null
  const unsigned = new Uint32Array(decider.buffer, decider.byteOffset, decider.length)
  return [starts, unsigned, run, runFirst].map((words) => storeWords(words, keeper))
}

function loadTable(value: unknown, words: 1 | 4, kept: Kept): RangeTable {
  const stored = listOf(value).map((one) => loadWords(one, kept))
  const [starts, unsigned, run, runFirst] = stored
  if (!starts || !unsigned || !run || !runFirst) throw new Damaged('four arrays of a family')
  const decider = new Int32Array(unsigned.buffer, unsigned.byteOffset, unsigned.length)
  const { length } = decider
  if (length === 0 || run.length !== length || starts.length !== length * words)
    throw new Damaged('arrays of one length')
  return { words, starts, samples: samplesOf(starts, words), decider, run, runFirst }
}

const emptyTable = (words: 1 | 4): RangeTable => ({
  words,
  starts: new Uint32Array(words),
  samples: new Uint32Array(words),
  decider: Int32Array.of(-1),
  run: new Uint32Array(1),
  runFirst: new Uint32Array(1),
})

function isSound({ words, starts, decider, run, runFirst }: RangeTable, networks: number): boolean {
  for (let at = 0; at < words; at++) if (starts[at] !== 0) return false
  let runs = 0
  for (let i = 0; i < decider.length; i++) {
    const network = decider[i] as number
    if (network < -1 || network >= networks) return false
    if (i > 0 && !isAbove(starts, i * words, words)) return false
    if (runFirst[runs] === i) runs++
    if (run[i] !== runs - 1) return false
  }
  return runs === runFirst.length
}

/** Returns true if the address at an index is above the one before it. */
function isAbove(starts: Uint32Array, at: number, words: number): boolean {
  for (let i = at; i < at + words; i++) {
    const difference = (starts[i] as number) - (starts[i - words] as number)
    if (difference !== 0) return difference > 0
  }
  return false
}
