import type { KeySet } from '../dnssec/index.ts'
import type { Result } from '../result.ts'
import type { KeyChange, KeyRefusal, ParentDs } from '../zone-keys/index.ts'
import type { Noticed } from './catalog-calls.ts'
import type { Author, Change, Changed, Condition, Version } from './change.ts'
import type { Signing, SigningChange } from './signing.ts'

/** The newest version of a zone. `text` is its document, complete, as JSON. */
export type Reading = { readonly version: Version; readonly text: string; readonly expectations?: string | undefined }

/** A change with the zone's documents before and after it, complete, as JSON; null where there was no zone. */
export type PastChange = { readonly version: Version; readonly before: string | null; readonly after: string | null }

/** The calls of a zone's ledger: the Durable Object that holds its newest document and its history. */
export type LedgerCalls = {
  /**
   * Returns the newest version, or undefined if there is no such zone.
   * @throws if a zone of which nothing was ever read cannot be read from KV
   */
  read(): Promise<Reading | undefined>
  /** Changes the zone. It resolves when the change is durable. */
  change(change: Change, author: Author, condition?: Condition): Promise<Changed>
  /** Returns the changes that are kept, the newest first. A deleted zone has its changes, too. */
  history(): Promise<readonly Version[]>
  /** Returns one change, or undefined if it is not kept. */
  past(id: number): Promise<PastChange | undefined>
  /** Looks at once if KV has a document that somebody else wrote, and does not wait until the zone is published. */
  notice(): Promise<Noticed>
  /** Returns what PowerDNS signs the zone by, or undefined if there is no such zone. */
  signing(): Promise<Signing | undefined>
  /** Changes that. It resolves when the change is durable. @returns an error if the change cannot be made */
  changeSigning(change: SigningChange): Promise<Result<Signing>>
}

/** The calls about the keys of a zone, which the same object makes one after the other. */
export type KeyCalls = {
  /** Returns the keys, or undefined for a zone that is not signed. @throws if KV fails, or what it has is damaged */
  keySet(): Promise<KeySet | undefined>
  /** Asks for the DS records at the parent of the zone; undefined if nobody can be asked, or gives an answer. */
  parent(): Promise<ParentDs | undefined>
  /** Changes the keys. It resolves when KV has them. */
  changeKeys(change: KeyChange): Promise<KeysChanged>
}

/** `isPublished`: false if the catalog is to name the keys in a moment. `set`: null if there are no keys any more. */
export type KeysChanged =
  | {
      readonly kind: 'changed'
      readonly set: KeySet | null
      readonly told: readonly string[]
      readonly id?: number | undefined
      readonly isPublished: boolean
    }
  | { readonly kind: 'refused'; readonly refusal: KeyRefusal }

/** A zone in the list of all. */
export type ListedZone = {
  readonly origin: string
  readonly serial: number
  readonly hash: string
  readonly changed: number
  readonly author: string
  readonly published?: number | undefined
  readonly kind: string
  readonly account: string
  /** True if it has keys. */
  readonly isSigned?: boolean | undefined
}

/** All ledgers, as the API sees them. `origin` is absolute, in lower case, with the final dot. */
export type Ledgers = {
  zone(origin: string): LedgerCalls
  /** The keys of the same zones. */
  keys(origin: string): KeyCalls
  /** Returns all zones. @throws if it cannot tell them all */
  list(): Promise<readonly ListedZone[]>
}
