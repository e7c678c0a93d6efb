import { err, ok, type Result } from '../result.ts'
import { fromBase64, toBase64 } from './base64.ts'

/**
 * Private keys are stored encrypted: AES-256-GCM with a key that HKDF derives from the secret `DNSSEC_SECRET`, the zone
 * and the key's tag, so that nobody can move a wrapped key to another zone. A wrapped key is the nonce of 12 octets,
 * and then PKCS#8 encrypted, in base64.
 */
type Owner = { readonly origin: string; readonly algorithm: number; readonly tag: number }

/** @param pkcs8 the private key */
export async function wrapKey(secret: string, owner: Owner, pkcs8: Uint8Array<ArrayBuffer>): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_OCTETS))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await wrappingKey(secret, owner), pkcs8)
  const all = new Uint8Array(NONCE_OCTETS + sealed.byteLength)
  all.set(iv)
  all.set(new Uint8Array(sealed), NONCE_OCTETS)
  return toBase64(all)
}

/** @returns PKCS#8, or why the secret does not open it; the error says nothing of the key or the secret */
export async function unwrapKey(
  secret: string,
  owner: Owner,
  wrapped: string,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const all = fromBase64(wrapped)
  if (!all || all.length <= NONCE_OCTETS) return err('the stored private key is damaged; expected base64')
  const key = await wrappingKey(secret, owner)
  try {
    const iv = all.subarray(0, NONCE_OCTETS)
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, all.subarray(NONCE_OCTETS))
    return ok(new Uint8Array(opened))
  } catch {
    return err(
      `DNSSEC_SECRET does not open the key ${owner.tag} of ${owner.origin}; expected the secret that it was made with`,
    )
  }
}

const NONCE_OCTETS = 12
const UTF8 = new TextEncoder()

async function wrappingKey(secret: string, { origin, algorithm, tag }: Owner): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', UTF8.encode(secret), 'HKDF', false, ['deriveKey'])
  const derivation = {
    ...{ name: 'HKDF', hash: 'SHA-256', salt: UTF8.encode('edge-gslb dnssec 1') },
    info: UTF8.encode(`${origin} ${algorithm} ${tag}`),
  }
  return crypto.subtle.deriveKey(derivation, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
