/** Does all that is due every minute. Its code is loaded with the first tick. */
export const tick: typeof import('./cron.ts').tick = async (...given) => (await import('./cron.ts')).tick(...given)

/** Tells the checks that an answer met, behind the answer. Its code is loaded with the first such answer. */
export const tellAsked: typeof import('./tell-asked.ts').tellAsked = (asked, env, now, waitUntil) =>
  waitUntil(import('./tell-asked.ts').then((loaded) => loaded.tellAsked(asked, env, now, waitUntil)))

/** Loads what the control API does. */
export const loadControl = async () => (await import('./control.ts')).control
