import type { Ledgers } from '../ledger/index.ts'
import type { Env } from './env.ts'
import { ledgerObject } from './ledger-object.ts'
import { adopterObject } from './zone-adopter.ts'

/** Returns all ledgers, each in its Durable Object. */
export const ledgersFor = (env: Env): Ledgers => ({
  zone(origin) {
    const object = () => ledgerObject(env, origin)
    return {
      read: () => twice(async () => object().read(origin)),
      // A change is not repeated: nobody knows whether it was made.
      change: async (...change) => object().change(origin, ...change),
      history: () => twice(async () => object().history(origin)),
      past: (id) => twice(async () => object().past(origin, id)),
      notice: () => twice(async () => object().notice(origin)),
      signing: () => twice(async () => object().signing(origin)),
      changeSigning: async (change) => object().changeSigning(origin, change),
    }
  },
  keys(origin) {
    const object = () => ledgerObject(env, origin)
    return {
      keySet: () => twice(async () => object().keySet(origin)),
      parent: () => twice(async () => object().parent(origin)),
      changeKeys: async (change) => object().changeKeys(origin, change),
    }
  },
  list: () => twice(async () => adopterObject(env).index()),
})

/**
 * An object whose code was just replaced refuses one call. A stub that has failed goes on failing: each call has its
 * own.
 */
const twice = <T>(call: () => Promise<T>): Promise<T> => call().catch(call)
