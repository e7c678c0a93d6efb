import type { KeySet } from '../../dnssec/index.ts'
import type { Result } from '../../result.ts'
import type { KeyChange, KeyStatus } from '../../zone-keys/index.ts'

/** The outcome of a change: sentences for people, and the keys then. */
export type KeysDone = { readonly told: readonly string[]; readonly status: KeyStatus }

/** The keys of zones, in KV or behind an API. Origins are as in `zoneKey`. */
export type DnssecStore = {
  /** The place as messages name it. */
  readonly where: string
  /** Returns the origins of all published zones. */
  readonly zones: () => Promise<Result<readonly string[]>>
  readonly status: (origin: string) => Promise<Result<KeyStatus>>
  readonly change: (origin: string, change: KeyChange) => Promise<Result<KeysDone>>
  /** Returns the keys with their encrypted private keys; undefined for a zone that is not signed. */
  readonly keySet: (origin: string) => Promise<Result<KeySet | undefined>>
  readonly close: () => Promise<void>
}
