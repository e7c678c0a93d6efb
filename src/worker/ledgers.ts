import type { Ledgers } from '../ledger/index.ts'
import type { Env } from './env.ts'
import { adopterObject } from './zone-adopter.ts'

/** Returns the object of a zone. @param origin absolute, in lower case */
export const ledgerObject = (env: Env, origin: string) => env.LEDGER.get(env.LEDGER.idFromName(origin))

/** Returns all ledgers, each in its Durable Object. */
export const ledgersFor = (env: Env): Ledgers => ({
  zone(origin) {
    const object = ledgerObject(env, origin)
    return {
      read: async () => object.read(origin),
      change: async (...change) => object.change(origin, ...change),
      history: async () => object.history(origin),
      past: async (id) => object.past(origin, id),
      notice: async () => object.notice(origin),
    }
  },
  list: async () => adopterObject(env).index(),
})
