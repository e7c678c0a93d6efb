import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'

/** The call of Workers KV that reads a binary value. */
export type KvOctetsReader = {
  get(key: string, options: { type: 'arrayBuffer'; cacheTtl: number }): Promise<ArrayBuffer | null>
}

/** A value that never changes stays in the caches of Cloudflare's locations for a day after it was read. */
const CACHE_TTL_SECONDS = 86_400

/**
 * Reads a value whose key names its content, or null. KV caches, too, that a key is not there: it may have been written
 * since, so that a second read lets that be true for the shortest time only.
 */
export async function readImmutable(kv: KvOctetsReader, key: string): Promise<Uint8Array | null> {
  const value =
    (await kv.get(key, { type: 'arrayBuffer', cacheTtl: CACHE_TTL_SECONDS })) ??
    (await kv.get(key, { type: 'arrayBuffer', cacheTtl: MIN_CACHE_TTL_SECONDS }))
  return value && new Uint8Array(value)
}
