import { parseName } from '../dns/query-path.ts'
import { fromBase64 } from './base64.ts'
import type { Digest, StoredKey } from './key-set.ts'

/** The fields of a DNSKEY record (RFC 4034 §2.1). `publicKey` is base64. */
export type PublicKey = Pick<StoredKey, 'flags' | 'algorithm' | 'publicKey'>

/** Returns the RDATA of a DNSKEY or CDNSKEY record: flags, protocol 3, algorithm, public key. */
export function dnskeyRdata({ flags, algorithm, publicKey }: PublicKey): Uint8Array<ArrayBuffer> {
  const key = fromBase64(publicKey) ?? new Uint8Array(0)
  const rdata = new Uint8Array(4 + key.length)
  rdata.set([flags >> 8, flags & 0xff, 3, algorithm])
  rdata.set(key, 4)
  return rdata
}

/** Returns the tag of a key (RFC 4034, appendix B). RSA/MD5, which counts otherwise, is dead. */
export function keyTag(key: PublicKey): number {
  const sum = dnskeyRdata(key).reduce((sum, octet, i) => sum + (i & 1 ? octet : octet << 8), 0)
  return (sum + (sum >>> 16)) & 0xffff
}

/**
 * Returns the digest of a DS record (RFC 4034 §5.1.4): of the owner's name and the key's RDATA.
 * @param origin in lower case, without the final dot
 */
export async function dsDigest(origin: string, key: PublicKey, digest: Digest): Promise<Uint8Array<ArrayBuffer>> {
  const name = parseName(`${origin}.`)
  const wire = name.ok ? name.value.wire : new Uint8Array(1)
  const rdata = dnskeyRdata(key)
  const octets = new Uint8Array(wire.length + rdata.length)
  octets.set(wire)
  octets.set(rdata, wire.length)
  return new Uint8Array(await crypto.subtle.digest(digest === 2 ? 'SHA-256' : 'SHA-384', octets))
}
