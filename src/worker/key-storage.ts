import type { KeyStorage } from '../keys/index.ts'
import { MAX_BULK_KEYS, MIN_CACHE_TTL_SECONDS } from '../store/index.ts'

/** Reads may be half a minute old: the shortest time for which KV caches. */
const OPTIONS = { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS } as const

/** The keys of the API in Workers KV. */
export const keyStorage = (kv: KVNamespace): KeyStorage => ({
  get: async (key) => (await kv.get(key, OPTIONS)) ?? undefined,
  async getAll(keys) {
    const found = new Map<string, string>()
    for (let i = 0; i < keys.length; i += MAX_BULK_KEYS) {
      const values = await kv.get(keys.slice(i, i + MAX_BULK_KEYS), OPTIONS)
      for (const [key, value] of values) if (value !== null) found.set(key, value)
    }
    return found
  },
  async list(prefix) {
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = await kv.list({ prefix, ...(cursor !== undefined && { cursor }) })
      names.push(...page.keys.map(({ name }) => name))
      cursor = page.list_complete ? undefined : page.cursor
    } while (cursor !== undefined)
    return names
  },
  put: (key, value) => kv.put(key, value),
  delete: (key) => kv.delete(key),
})
