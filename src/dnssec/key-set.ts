import { MAX_ZONE_KEYS } from '../limits.ts'
import { Damaged, flagOf, listOf, numberOf, objectOf, parsedOf, textOf, wholeOf, wordOf } from '../stored-value.ts'
import { type Stage, stageOf } from './stage.ts'

/**
 * All keys of a zone. It stands as JSON in KV under `dnssec:<hash>`, and never changes there: the catalog's entry of
 * the zone names the hash in its field `dnssec`.
 */
export type KeySet = {
  readonly version: 1
  /** In lower case, without the trailing dot, as the catalog has it: `example.com`. */
  readonly origin: string
  readonly keys: readonly StoredKey[]
  /**
   * The CDS and CDNSKEY records (RFC 7344): those of the keys with `ds`, those that ask to delete (RFC 8078 §4), or
   * none.
   */
  readonly cds: 'publish' | 'delete' | 'none'
  /** The digests of CDS, and of the DS records that people are shown: SHA-256 and SHA-384. */
  readonly digests: readonly Digest[]
  /** The TTL of DNSKEY, CDS and CDNSKEY, in seconds. */
  readonly ttl: number
  /** The days for which a signature is valid. */
  readonly validity: Validity
  /** The change of keys that goes on, if one does. Who signs need not know it: the flags of the keys say all. */
  readonly stage?: Stage | undefined
}

/** 2 is SHA-256 (RFC 4509), 4 is SHA-384 (RFC 6605). */
export type Digest = 2 | 4

/** Days, 1 to 16. `static`: of records that no policy chooses; `steered`: of the others. */
export type Validity = { readonly static: number; readonly steered: number }

/** The numbers that an algorithm may have: 0 means "delete" (RFC 8078 §4), and 255 is reserved. */
export const MIN_ALGORITHM = 1
export const MAX_ALGORITHM = 254

/** The algorithms that we sign with: ECDSA P-256 and P-384 (RFC 6605), Ed25519 (RFC 8080). */
export type Algorithm = 13 | 14 | 15

/**
 * A key of a zone. One with flags 257 that is alone signs everything (CSK). Beside active keys with flags 256 it signs
 * DNSKEY, CDS and CDNSKEY, and those sign the rest.
 */
export type StoredKey = {
  /** The number of the key in PowerDNS's API; unique in the zone, from 1 on. */
  readonly id: number
  /** One of `Algorithm`, or any that another provider signs with. */
  readonly algorithm: number
  readonly flags: 256 | 257
  /** The public key field of DNSKEY (RFC 4034 §2.1.4), in base64. */
  readonly publicKey: string
  /** RFC 4034, appendix B. */
  readonly tag: number
  /** The private key: PKCS#8, encrypted, in base64. Left out for the key of another provider (RFC 8901). */
  readonly wrapped?: string | undefined
  /** True if it is in the DNSKEY set. */
  readonly published: boolean
  /** True if it signs. An active key is published, too. */
  readonly active: boolean
  /** True if the parent is to have its DS: then CDS and CDNSKEY have it. */
  readonly ds: boolean
  /** Since when it is as it is: published, active, with DS. ISO 8601. */
  readonly since: string
}

/** @throws Damaged */
export function parseKeySet(text: string): KeySet {
  const set = objectOf(parsedOf(text))
  const validity = objectOf(set.validity)
  wholeOf(set.version, 1, 1)
  return {
    version: 1,
    origin: textOf(set.origin),
    keys: keysOf(set.keys),
    cds: wordOf(set.cds, ['publish', 'delete', 'none']),
    digests: listOf(set.digests).map(digestOf),
    ttl: wholeOf(set.ttl, 0, 0x7fff_ffff),
    validity: {
      static: wholeOf(validity.static, MIN_VALIDITY_DAYS, MAX_VALIDITY_DAYS),
      steered: wholeOf(validity.steered, MIN_VALIDITY_DAYS, MAX_VALIDITY_DAYS),
    },
    ...(set.stage !== undefined && { stage: stageOf(set.stage) }),
  }
}

const MIN_VALIDITY_DAYS = 1
export const MAX_VALIDITY_DAYS = 16

/** The settings of a zone of which nobody said otherwise. */
export const USUAL_VALIDITY: Validity = { static: 7, steered: 2 }
export const USUAL_KEY_TTL = 3600

/** Each key costs the isolate that opens it. */
function keysOf(value: unknown): readonly StoredKey[] {
  const keys = listOf(value)
  if (keys.length > MAX_ZONE_KEYS) throw new Damaged(`at most ${MAX_ZONE_KEYS} keys`)
  return keys.map(storedKeyOf)
}

function storedKeyOf(value: unknown): StoredKey {
  const key = objectOf(value)
  return {
    id: wholeOf(key.id, 1, Number.MAX_SAFE_INTEGER),
    algorithm: wholeOf(key.algorithm, MIN_ALGORITHM, MAX_ALGORITHM),
    flags: numberOf(key.flags) === 256 ? 256 : (wholeOf(key.flags, 257, 257) as 257),
    publicKey: textOf(key.publicKey),
    tag: wholeOf(key.tag, 0, 0xffff),
    ...(key.wrapped !== undefined && { wrapped: textOf(key.wrapped) }),
    published: flagOf(key.published),
    active: flagOf(key.active),
    ds: flagOf(key.ds),
    since: textOf(key.since),
  }
}

function digestOf(value: unknown): Digest {
  if (value === 2 || value === 4) return value
  throw new Damaged('the digest 2 or 4')
}
