import type { Env } from './env.ts'

/** Returns the object of a zone. @param origin absolute, in lower case */
export const ledgerObject = (env: Env, origin: string) => env.LEDGER.get(env.LEDGER.idFromName(origin))
