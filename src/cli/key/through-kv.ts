import { createKey, type KeyStorage, listKeys, revokeKey, shownKey } from '../../keys/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { PublishKv } from '../kv/kv.ts'
import type { KeyStore } from './key.ts'

/** The keys in Workers KV. */
export function keysInKv(kv: PublishKv, where: string): KeyStore {
  const storage = storageOf(kv)
  return {
    where,
    create: (wanted, now) =>
      settled(async () => {
        const created = await createKey(storage, wanted, now, (octets) => crypto.getRandomValues(octets))
        if (!created.ok) return err(created.error.why)
        return ok({ ...shownKey(created.value.key), secret: created.value.secret })
      }),
    list: () =>
      settled(async () => {
        const { keys, damaged } = await listKeys(storage)
        return ok({ keys: keys.map(shownKey), damaged })
      }),
    revoke: (id) =>
      settled(async () =>
        (await revokeKey(storage, id)) ? ok(true) : err(`there is no key "${id}"; expected an id of "key list"`),
      ),
    close: kv.close,
  }
}

/** The error of a call to KV, on its way through code that takes it for a fault. */
class KvError extends Error {}

/** Returns the storage of keys in a KV, whose calls reject with a message if KV fails. */
export const storageOf = (kv: PublishKv): KeyStorage => ({
  get: async (key) => must(await kv.get(key)),
  getAll: async (keys) => must(await kv.getAll(keys)),
  list: async (prefix) => must(await kv.list(prefix)).map(({ name }) => name),
  put: async (key, value) => void must(await kv.put([{ key, value }])),
  delete: async (key) => void must(await kv.delete([key])),
})

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new KvError(result.error)
}

async function settled<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof KvError) return err(error.message)
    throw error
  }
}
