import type { Env } from './env.ts'
import { monitorObject } from './monitor-object.ts'

const KEY = 'session-salt'

/** Returns the salt that an object's storage keeps, which is made at its first use. */
export async function keptSalt(storage: DurableObjectStorage): Promise<string> {
  const kept = await storage.get<string>(KEY)
  if (kept !== undefined) return kept
  const made = Array.from(crypto.getRandomValues(new Uint8Array(32)), (octet) =>
    octet.toString(16).padStart(2, '0'),
  ).join('')
  await storage.put(KEY, made)
  return made
}

/** The isolate's own. */
let salt: string | undefined

/**
 * Returns what signs sessions beside the hash of a key. It is not in Workers KV, where the hash stands: who can read KV
 * signs no session. Rejects if the object cannot be asked.
 */
export async function sessionSalt(env: Env): Promise<string> {
  salt ??= await monitorObject(env).sessionSalt()
  return salt
}
