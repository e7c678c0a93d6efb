import type { Rdata } from '../dns/query-path.ts'

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
