import type { Ledgers } from '../ledger/index.ts'
import type { Env } from './env.ts'
import { ledgerObject } from './ledger-object.ts'
import { adopterObject } from './zone-adopter.ts'

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
