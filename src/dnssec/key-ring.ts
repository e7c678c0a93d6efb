import { type Name, parseName, type Rdata, type Rrset, TYPE } from '../dns/query-path.ts'
import { err, ok, type Result } from '../result.ts'
import { toBase64 } from './base64.ts'
import { dnskeyRdata, dsDigest } from './ds.ts'
import type { KeySet, StoredKey, Validity } from './key-set.ts'
import { unwrapKey } from './wrap.ts'

/** A key that signs. `key`: undefined for those who only tell what it would sign. */
export type SigningKey = { readonly algorithm: number; readonly tag: number; readonly key: CryptoKey | undefined }

/** The keys of a zone, ready to sign, and the records that tell of them. */
export type KeyRing = {
  readonly origin: Name
  /** Sign DNSKEY, CDS and CDNSKEY. */
  readonly keySigning: readonly SigningKey[]
  /** Sign everything else. */
  readonly zoneSigning: readonly SigningKey[]
  /** DNSKEY, CDS and CDNSKEY by type, as they stand at the apex. */
  readonly rrsets: ReadonlyMap<number, Rrset>
  readonly validity: Validity
}

/** The private keys by id. Whoever has a key in another way than wrapped passes it in. */
export type OpenKey = (key: StoredKey) => Promise<Result<CryptoKey | undefined>>

/**
 * Makes a key set ready to sign.
 * @returns why an active key cannot be used, or that there is none: what it would sign would be bogus for some
 * resolvers
 */
export async function keyRingOf(set: KeySet, open: OpenKey): Promise<Result<KeyRing>> {
  const origin = parseName(`${set.origin}.`)
  if (!origin.ok) return err(`the key set is of "${set.origin}", which is not a name`)
  const signing: { stored: StoredKey; signing: SigningKey }[] = []
  for (const stored of set.keys) {
    if (!stored.active || stored.wrapped === undefined) continue
    const key = await open(stored)
    if (!key.ok) return key
    const { algorithm, tag } = stored
    signing.push({ stored, signing: { algorithm, tag, key: key.value } })
  }
  if (signing.length === 0) return err(`${set.origin} has no active key of its own; expected one`)
  const chosen = (flags: number): SigningKey[] =>
    signing.filter(({ stored }) => stored.flags === flags || isAlone(stored, set)).map((one) => one.signing)
  return ok({
    origin: origin.value,
    keySigning: chosen(257),
    zoneSigning: chosen(256),
    rrsets: await apexRrsets(set, origin.value),
    validity: set.validity,
  })
}

/** True if no active key of the same algorithm has the other flags: then the key signs everything (RFC 4035 §2.2). */
const isAlone = ({ algorithm, flags }: StoredKey, { keys }: KeySet): boolean =>
  !keys.some((other) => other.active && other.wrapped && other.algorithm === algorithm && other.flags !== flags)

/** Opens wrapped keys with the secret. @param secret `DNSSEC_SECRET`; undefined if it is not set */
export const opener =
  (origin: string, secret: string | undefined): OpenKey =>
  async ({ algorithm, tag, wrapped }) => {
    if (!secret) return err('DNSSEC_SECRET is not set; expected the secret that the keys were made with')
    if (wrapped === undefined) return err(`the key ${tag} is of another provider`)
    const pkcs8 = await unwrapKey(secret, { origin, algorithm, tag }, wrapped)
    return pkcs8.ok ? importSigningKey(algorithm, pkcs8.value) : pkcs8
  }

/** Imports a private key. @param pkcs8 RFC 5208, 8410 */
export async function importSigningKey(algorithm: number, pkcs8: Uint8Array<ArrayBuffer>): Promise<Result<CryptoKey>> {
  const form = IMPORT[algorithm]
  if (!form) return err(`algorithm ${algorithm} does not sign here; expected 13, 14 or 15`)
  try {
    return ok(await crypto.subtle.importKey('pkcs8', pkcs8, form, false, ['sign']))
  } catch {
    return err(`a private key of algorithm ${algorithm} is damaged; expected PKCS#8`)
  }
}

const IMPORT: Readonly<Record<number, { readonly name: string; readonly namedCurve?: string }>> = {
  13: { name: 'ECDSA', namedCurve: 'P-256' },
  14: { name: 'ECDSA', namedCurve: 'P-384' },
  15: { name: 'Ed25519' },
}

const SIGN: Readonly<Record<number, { readonly name: string; readonly hash?: string }>> = {
  13: { name: 'ECDSA', hash: 'SHA-256' },
  14: { name: 'ECDSA', hash: 'SHA-384' },
  15: { name: 'Ed25519' },
}

/** Signs octets. The form of ECDSA in WebCrypto, r and s one after the other, is that of RFC 6605 §4. */
export async function signWith({ algorithm, key }: SigningKey, octets: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const form = SIGN[algorithm]
  if (!form || !key) throw new Error(`algorithm ${algorithm} does not sign, or its key is not here`)
  return new Uint8Array(await crypto.subtle.sign(form, key, octets))
}

async function apexRrsets(set: KeySet, owner: Name): Promise<ReadonlyMap<number, Rrset>> {
  const rrsets = new Map<number, Rrset>()
  const put = (type: number, rdatas: readonly Uint8Array[]): void => {
    const distinct = new Map(rdatas.map((bytes) => [bytes.join(), keyRdata(type, bytes)]))
    if (distinct.size > 0) rrsets.set(type, { owner, type, ttl: set.ttl, rdatas: [...distinct.values()] })
  }
  put(TYPE.DNSKEY, set.keys.filter(({ published, active }) => published || active).map(dnskeyRdata))
  switch (set.cds) {
    case 'publish': {
      const secure = set.keys.filter(({ ds }) => ds)
      put(TYPE.CDNSKEY, secure.map(dnskeyRdata))
      put(TYPE.CDS, await Promise.all(secure.flatMap((key) => set.digests.map((digest) => dsRdata(set, key, digest)))))
      return rrsets
    }
    case 'delete':
      // RFC 8078 §4: all fields are zero, with one octet of data.
      put(TYPE.CDNSKEY, [Uint8Array.of(0, 0, 3, 0, 0)])
      put(TYPE.CDS, [Uint8Array.of(0, 0, 0, 0, 0)])
      return rrsets
    case 'none':
      return rrsets
  }
}

/** RFC 4034 §2.2, §5.3. */
function keyRdata(type: number, bytes: Uint8Array): Rdata {
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  const rest = bytes.subarray(4)
  const data = type === TYPE.CDS ? hexadecimal(rest) : toBase64(rest)
  return { bytes, names: [], text: `${(a << 8) | b} ${c} ${d} ${data}` }
}

const hexadecimal = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')

/** Returns the data of a DS or CDS record (RFC 4034 §5.1). */
async function dsRdata({ origin }: KeySet, key: StoredKey, digest: 2 | 4): Promise<Uint8Array> {
  const octets = await dsDigest(origin, key, digest)
  return Uint8Array.of(key.tag >> 8, key.tag & 0xff, key.algorithm, digest, ...octets)
}

/** True if the rrset is one that a key set gives: of these a zone has none of its own. */
export const isKeyType = (type: number): boolean => type === TYPE.DNSKEY || type === TYPE.CDS || type === TYPE.CDNSKEY
