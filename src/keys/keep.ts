import { MAX_KEYS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { Key } from './key.ts'
import { formatStoredKey, type NewKey, parseStoredKey, type StoredKey } from './record.ts'
import { type Fill, hashOfSecret, idOfSecret, isKeyId, isSameHash, makeId, makeSecret } from './secret.ts'

/** The storage of the keys, which is Workers KV. A call that fails rejects. */
export type KeyStorage = {
  readonly get: (key: string) => Promise<string | undefined>
  /** Returns the values of those that exist. */
  readonly getAll: (keys: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** Returns the names of all keys with this prefix. It may lag behind a write by a minute. */
  readonly list: (prefix: string) => Promise<readonly string[]>
  readonly put: (key: string, value: string) => Promise<void>
  readonly delete: (key: string) => Promise<void>
}

const PREFIX = 'key:'
/** Exists while there are keys: a read tells that the API is on, and lists are scarce. */
const MARK = 'keys'

/** A new key. `secret` is told once. */
type CreatedKey = { readonly key: Key; readonly secret: string }

type CreateError = { readonly kind: 'taken' | 'too-many'; readonly why: string }

/** Makes a key, and stores it without its secret. @param now milliseconds since the epoch */
export async function createKey(
  storage: KeyStorage,
  wanted: NewKey,
  now: number,
  fill: Fill,
): Promise<Result<CreatedKey, CreateError>> {
  const { keys, damaged } = await listKeys(storage)
  const known = keys.find(({ name }) => name === wanted.name)
  if (known)
    return err({
      kind: 'taken',
      why: `there is a key with the name ${wanted.name} (${known.id}); expected another name, or revoke that one first`,
    })
  if (keys.length + damaged.length >= MAX_KEYS)
    return err({ kind: 'too-many', why: `there are ${MAX_KEYS} keys; expected that one is revoked first` })
  let id = makeId(fill)
  while (keys.some((other) => other.id === id) || damaged.includes(id)) id = makeId(fill)
  const secret = makeSecret(id, fill)
  const key: Key = { id, ...wanted, created: now }
  await storage.put(PREFIX + id, formatStoredKey({ ...key, hash: await hashOfSecret(secret) }))
  await storage.put(MARK, JSON.stringify({ since: new Date(now).toISOString() }))
  return ok({ key, secret })
}

/** Returns all keys by name, and the ids of those whose value is not valid. */
export async function listKeys(
  storage: KeyStorage,
): Promise<{ readonly keys: readonly Key[]; readonly damaged: readonly string[] }> {
  const names = await storage.list(PREFIX)
  const values = await storage.getAll(names)
  const keys: Key[] = []
  const damaged: string[] = []
  for (const name of names) {
    const id = name.slice(PREFIX.length)
    // A list lags behind: what has no value is revoked.
    const value = values.get(name)
    if (value === undefined) continue
    const stored = parseStoredKey(value)
    if (!stored.ok || stored.value.id !== id) damaged.push(id)
    else keys.push(withoutHash(stored.value))
  }
  return { keys: keys.sort((a, b) => (a.name < b.name ? -1 : 1)), damaged }
}

/** Revokes a key. @returns false if there is none with this id */
export async function revokeKey(storage: KeyStorage, id: string): Promise<boolean> {
  if (!isKeyId(id) || (await storage.get(PREFIX + id)) === undefined) return false
  await storage.delete(PREFIX + id)
  const others = (await storage.list(PREFIX)).filter((name) => name !== PREFIX + id)
  if (others.length === 0) await storage.delete(MARK)
  return true
}

/** Returns true if there are keys, and so an API. */
export const hasKeys = async (storage: KeyStorage): Promise<boolean> => (await storage.get(MARK)) !== undefined

/** The key of a secret. `ended` had its time. */
export type FoundKey = { readonly kind: 'found' | 'ended'; readonly key: Key } | { readonly kind: 'unknown' }

/**
 * Finds the key of a secret, with one read.
 * @param now milliseconds since the epoch
 * @throws if the key's value cannot be read, or is damaged
 */
export async function findKey(storage: KeyStorage, secret: string, now: number): Promise<FoundKey> {
  const id = idOfSecret(secret)
  if (id === undefined) return { kind: 'unknown' }
  const [stored, hash] = await Promise.all([readKey(storage, id), hashOfSecret(secret)])
  // The id is a part of the secret, and so of its hash.
  if (stored === undefined || !isSameHash(stored.hash, hash)) return { kind: 'unknown' }
  const { ends } = stored
  return { kind: ends !== undefined && ends <= now ? 'ended' : 'found', key: withoutHash(stored) }
}

/** Reads the key with an id; undefined if there is none. @throws if it cannot be read, or is damaged */
export async function readKey(storage: KeyStorage, id: string): Promise<StoredKey | undefined> {
  const text = await storage.get(PREFIX + id)
  if (text === undefined) return undefined
  const stored = parseStoredKey(text)
  if (!stored.ok) throw new Error(`${PREFIX}${id}: ${stored.error}`)
  return stored.value
}

export const withoutHash = ({ hash: _, ...key }: Key & { readonly hash: string }): Key => key
