import type { Rdata } from '../dns/query-path.ts'
import { Damaged, listOf, textOf, wholeOf } from '../stored-value.ts'

// A compiled policy is stored as JSON: `["weighted", [members…], [weights…], 1]`. What is too slow or too large for
// JSON stands beside it, and the JSON has its number.

/** Author time: keeps what JSON is too slow or too large for, and returns its number. Equal content may share one. */
export interface Keeper {
  rdata(rdata: Rdata): number
  words(values: Uint32Array): number
  octets(bytes: Uint8Array): number
  texts(list: readonly string[]): number
}

/** Query time: returns what was kept. Throws a RangeError for a number that is not there. */
export interface Kept {
  rdata(number: number): Rdata
  words(number: number): Uint32Array
  octets(number: number): Uint8Array
  texts(number: number): TextList
}

/** A list whose texts are decoded one at a time. */
export type TextList = { readonly length: number; at(index: number): string | undefined }

/** Lists up to these lengths are in the JSON: to find them elsewhere would take longer than to parse them. */
const MAX_INLINE_WORDS = 64
const MAX_INLINE_TEXTS = 16

export const storeWords = (values: Uint32Array, keeper: Keeper): unknown =>
  values.length <= MAX_INLINE_WORDS ? [...values] : keeper.words(values)

export const loadWords = (value: unknown, kept: Kept): Uint32Array =>
  Array.isArray(value) ? Uint32Array.from(value, wordIn) : kept.words(numberOfKept(value))

const wordIn = (value: unknown): number => wholeOf(value, 0, 2 ** 32 - 1)

/** Decodes all texts of a list. */
export const textsOf = (list: TextList): string[] => Array.from({ length: list.length }, (_, i) => list.at(i) as string)

export const storeTexts = (list: TextList, keeper: Keeper): unknown => {
  const texts = textsOf(list)
  return texts.length <= MAX_INLINE_TEXTS ? texts : keeper.texts(texts)
}

export const loadTexts = (value: unknown, kept: Kept): TextList =>
  Array.isArray(value) ? value.map(textOf) : kept.texts(numberOfKept(value))

/** Keeps a long text, or one that many policies share. */
export const storeText = (text: string, keeper: Keeper): number => keeper.texts([text])

export const loadText = (value: unknown, kept: Kept): string => textOf(kept.texts(numberOfKept(value)).at(0))

export const loadRdatas = (value: unknown, kept: Kept): Rdata[] =>
  listOf(value).map((number) => kept.rdata(numberOfKept(number)))

function numberOfKept(value: unknown): number {
  if (typeof value !== 'number') throw new Damaged('the number of what is kept beside the JSON')
  return value
}
