import { err, ok, type Result } from '../result.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { hashOctets } from './shapes.ts'

/** The call of Workers KV that reads a binary value. */
export type KvOctetsReader = {
  get(key: string, options: { type: 'arrayBuffer'; cacheTtl: number }): Promise<ArrayBuffer | null>
}

/** A value that never changes stays in the caches of Cloudflare's locations for a day after it was read. */
const CACHE_TTL_SECONDS = 86_400

/** A value that was read; or why it is not there. `failed`: KV gave no answer, so that nothing is known. */
export type Got<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string; readonly failed: boolean }

/**
 * Reads a value whose key ends in its hash, SHA-256. What somebody else put there is refused. KV caches, too, that a
 * key is not there: it may have been written since, so that a second read lets that be true for the shortest time only.
 * Never rejects, and may hang.
 */
export async function readImmutable(kv: KvOctetsReader, key: string, hash: string): Promise<Got<Uint8Array>> {
  const read = (cacheTtl: number): Promise<ArrayBuffer | null> => kv.get(key, { type: 'arrayBuffer', cacheTtl })
  try {
    const value = (await read(CACHE_TTL_SECONDS)) ?? (await read(MIN_CACHE_TTL_SECONDS))
    const checked = await checkedValue(value && new Uint8Array(value), key, hash)
    return checked.ok ? checked : { ...checked, failed: false }
  } catch (error) {
    return { ok: false, error: String(error), failed: true }
  }
}

/** Returns the octets if they are those that the key names, or says what is wrong with them. */
export async function checkedValue(
  octets: Uint8Array<ArrayBuffer> | null | undefined,
  key: string,
  hash: string,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  if (!octets) return err(`the key "${key}" is not in KV`)
  if ((await hashOctets(octets)) === hash) return ok(octets)
  return err(`the value under "${key}" is not the one that was published`)
}
