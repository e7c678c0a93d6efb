import type { Env } from './env.ts'

/** Returns the one object of its kind: all isolates tell it, and every vantage point reads it. */
export const askedObject = (env: Env) => env.ASKED.get(env.ASKED.idFromName('asked'))
