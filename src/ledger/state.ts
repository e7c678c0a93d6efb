import { hasTables, type LedgerStorage, readText, writeText } from './storage.ts'
import type { RefusedDocument } from './verdict.ts'

/** The version that KV has. Its `hash` is empty if the zone was deleted. */
export type Published = {
  readonly id: number
  readonly hash: string
  /** The keys of the compiled zone, and of the pieces of the document. */
  readonly values: readonly string[]
  readonly pieces: readonly string[]
}

/** The memory of a ledger beside the zone. Times are milliseconds since the epoch. */
export type LedgerState = {
  /** Absolute, in lower case. */
  readonly origin: string
  readonly published?: Published | undefined
  /** The time at which the key of the zone was last written, or was about to be. */
  readonly wroteAt?: number | undefined
  /** The change whose document stands under the key of the zone, while the catalog does not name it yet. */
  readonly keyed?: number | undefined
  /** Keys of values that were written for a version that is being published. */
  readonly written?: readonly string[] | undefined
  /** Keys of pieces that no document names any more, and that are to be deleted. */
  readonly orphans?: readonly string[] | undefined
  /** The failures of publishing since it last succeeded, and the time of the next attempt. */
  readonly failures?: number | undefined
  readonly retryAt?: number | undefined
  /** The time at which the key of the zone was first found missing. */
  readonly missingSince?: number | undefined
  readonly refused?: RefusedDocument | undefined
  /** The hash of a text that says what a version says, in another spelling: somebody else wrote it. */
  readonly spelled?: { readonly id: number; readonly hash: string } | undefined
  /** The last versions that others wrote into KV, with the hashes of their texts, which may be spelled otherwise. */
  readonly adopted?: readonly { readonly id: number; readonly hash: string }[] | undefined
}

const STATE = 'state'

export function readState(storage: LedgerStorage): LedgerState | undefined {
  const text = readText(storage, STATE)
  return text === undefined ? undefined : (JSON.parse(text) as LedgerState)
}

export const writeState = (storage: LedgerStorage, state: LedgerState): void =>
  writeText(storage, STATE, JSON.stringify(state))

/** Returns the zone of a storage that has something. */
export const storedOrigin = (storage: LedgerStorage): string | undefined =>
  hasTables(storage) ? readState(storage)?.origin : undefined
