import { CONSOLE_SESSION_MS } from '../limits.ts'
import { type KeyStorage, readKey, withoutHash } from './keep.ts'
import type { Key } from './key.ts'
import { FIRST_KEY, firstKey } from './record.ts'
import { type Fill, hashOfSecret, isSameHash, makeNonce } from './secret.ts'

// A session is a signed text that names its key. It is signed by the hash of that key's secret, which is stored beside
// the key: a key that is revoked, or replaced, takes its sessions along, and nothing has to be written or kept for a
// session. A salt from elsewhere goes in, so that nobody can sign one who has only read the hashes.

/**
 * Tells who is signed in. `form` is a token that only pages of this session have; `ends` is in milliseconds since the
 * epoch.
 */
export type Session = { readonly key: Key; readonly form: string; readonly ends: number }

/** A new session, as the text of its cookie. */
type MadeSession = { readonly text: string; readonly ends: number }

/** The place of the keys: the first one, and those in storage. */
type Keys = { readonly apiKey: string | undefined; readonly keys: KeyStorage }

const TEXT = new RegExp(`^([a-z2-7]{8}|${FIRST_KEY})\\.(\\d{13})\\.([a-z2-7]{16})\\.([0-9a-f]{64})$`)

/** Makes a session of the key that a secret belongs to. @param now milliseconds since the epoch */
export async function makeSession(
  key: Key,
  secret: string,
  salt: string,
  now: number,
  fill: Fill,
): Promise<MadeSession> {
  const ends = Math.min(now + CONSOLE_SESSION_MS, key.ends ?? Number.POSITIVE_INFINITY)
  const signed = `${key.id}.${ends}.${makeNonce(fill)}`
  return { text: `${signed}.${await signature(salt + (await hashOfSecret(secret)), `session ${signed}`)}`, ends }
}

/**
 * Finds a session by its text; undefined if it is none, has ended, or its key is no longer there.
 * @param now milliseconds since the epoch
 * @throws if storage cannot be read
 */
export async function findSession(
  text: string,
  { apiKey, keys }: Keys,
  salt: string,
  now: number,
): Promise<Session | undefined> {
  const [, id = '', end = '', nonce = '', mac = ''] = TEXT.exec(text) ?? []
  const ends = Number(end)
  if (id === '' || ends <= now) return undefined
  const owner = id === FIRST_KEY ? await firstOwner(apiKey) : await storedOwner(keys, id)
  if (!owner || (owner.key.ends ?? Number.POSITIVE_INFINITY) <= now) return undefined
  const signed = `${id}.${end}.${nonce}`
  const signer = salt + owner.hash
  if (!isSameHash(await signature(signer, `session ${signed}`), mac)) return undefined
  return { key: owner.key, ends, form: await signature(signer, `form ${signed}`) }
}

/** Returns the texts of cookies that may be a session: a browser sends all that have the name. */
export const sessionsOf = (cookies: readonly string[]): readonly string[] =>
  cookies.filter((text) => TEXT.test(text)).slice(0, MAX_COOKIES)

/** A neighbour under the same domain may set a few of its own beside the right one. */
const MAX_COOKIES = 3

type Owner = { readonly key: Key; readonly hash: string }

const firstOwner = async (apiKey: string | undefined): Promise<Owner | undefined> =>
  apiKey === undefined ? undefined : { key: firstKey, hash: await hashOfSecret(apiKey) }

async function storedOwner(keys: KeyStorage, id: string): Promise<Owner | undefined> {
  const stored = await readKey(keys, id)
  return stored && { key: withoutHash(stored), hash: stored.hash }
}

/** Returns HMAC with SHA-256 (RFC 2104), in hexadecimal. */
async function signature(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign'])
  const octets = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')
}
