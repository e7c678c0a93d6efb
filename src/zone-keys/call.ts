import type { Algorithm, KeySet } from '../dnssec/index.ts'
import { err, type Result } from '../result.ts'

/** A change of the keys of a zone, as a person, a command or a client of the API asks for it. */
export type KeyChange =
  /** Signs a zone, or takes back that it is to become insecure. `algorithm`: of new keys, 13 unless it is said. */
  | { readonly kind: 'enable'; readonly algorithm?: Algorithm; readonly isSplit?: boolean; readonly sha384?: boolean }
  /**
   * Asks the parent to remove its DS records, then removes the keys. `isGone`: a person says that the parent has none.
   */
  | { readonly kind: 'disable'; readonly isGone?: boolean; readonly isForced?: boolean; readonly dsTtl?: number }
  /** Begins a change of keys, or goes on with it. `isSeen`: a person says that the parent has the new DS. */
  | {
      readonly kind: 'rollover'
      readonly role?: 'ksk' | 'zsk'
      readonly isSeen?: boolean
      readonly isForced?: boolean
      readonly dsTtl?: number
    }
  /** Takes back the change of keys that goes on. */
  | { readonly kind: 'cancel' }
  /**
   * Adds a key that was made elsewhere. `record`: its DNSKEY record, whose flags count and whose public key has to be
   * its own.
   */
  | { readonly kind: 'import'; readonly text: string; readonly flags?: 256 | 257; readonly record?: string }
  /** Adds the key of another provider (RFC 8901, model 2): `256 3 13 <base64>`. */
  | { readonly kind: 'add'; readonly record: string }
  /** Makes a key, or imports `text`. */
  | {
      readonly kind: 'create'
      readonly algorithm?: Algorithm
      readonly flags: 256 | 257
      readonly isActive: boolean
      readonly isPublished: boolean
      readonly text?: string
    }
  | { readonly kind: 'set'; readonly id: number; readonly isActive: boolean; readonly isPublished: boolean }
  | { readonly kind: 'remove'; readonly id: number }

/** The DS records that the parent of a zone answers with. */
export type ParentDs = readonly {
  readonly tag: number
  readonly algorithm: number
  readonly digestType: number
  /** In upper case. */
  readonly digest: string
}[]

/** The facts that decide a change, beside the keys. Durations are seconds. */
export type KeyFacts = {
  /** In lower case, without the final dot. */
  readonly origin: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The largest TTL of the zone's records. */
  readonly maxTtl: number
  /** All isolates answer with changed keys after so long. */
  readonly propagation: number
  /** The secret that wraps private keys. */
  readonly secret: string | undefined
  /** Undefined if nobody could be asked. */
  readonly parent: ParentDs | undefined
}

/**
 * `early`: it would be right later. `conflict`: the keys are not in a state for it. `secret`: DNSSEC_SECRET is not
 * right.
 */
export type KeyRefusal = { readonly kind: 'absent' | 'early' | 'conflict' | 'invalid' | 'secret'; readonly why: string }

/**
 * The keys after a change; null: there are none any more. `told`: sentences for people. `id`: of the key that is meant.
 */
export type KeyOutcome = {
  readonly set: KeySet | null
  readonly told: readonly string[]
  readonly id?: number
}

export type Changed = Result<KeyOutcome, KeyRefusal>

export const refuse = (kind: KeyRefusal['kind'], why: string): { ok: false; error: KeyRefusal } => err({ kind, why })
