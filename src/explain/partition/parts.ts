import { prefixes } from '../plan/networks.ts'
import type { PlannedEnding, PlannedRecord } from '../plan/outcome.ts'
import { type Piece, SEVERAL } from './partition.ts'
import type { Share } from './shares.ts'

/** A network of clients in the JSON of a partition. */
export type Part = {
  readonly prefix: string
  readonly branch: string
  readonly answers: readonly PlannedRecord[]
  /** Set if there is any ending but records. */
  readonly status?: readonly PlannedEnding[]
  /** True for a network that has several branches, and that was not looked into. */
  readonly several?: true
}

/** Yields the fewest networks, in order of family and address. */
export function* partsOf(pieces: readonly Piece[]): Generator<Part> {
  for (const piece of pieces) {
    const rest = restOf(piece.share)
    for (const prefix of prefixes(piece.family, piece)) yield { prefix, ...rest }
  }
}

/** Yields the same as JSON. What networks share is written once. */
export function* partsText(pieces: readonly Piece[]): Generator<string> {
  const texts = new Map<Share, string>()
  for (const piece of pieces) {
    const { share } = piece
    const rest = texts.get(share) ?? JSON.stringify(restOf(share)).slice(1)
    texts.set(share, rest)
    for (const prefix of prefixes(piece.family, piece)) yield `{"prefix":"${prefix}",${rest}`
  }
}

/** Returns all of a part but its prefix. */
export function restOf(share: Share): Omit<Part, 'prefix'> {
  if (share === SEVERAL) return { branch: share.branch, answers: [], several: true }
  const { branch, outcome } = share
  const { records, endings } = outcome
  const isPlain = endings.every(({ ending }) => ending === 'records')
  return { branch, answers: records, ...(!isPlain && { status: endings }) }
}
