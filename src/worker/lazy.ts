/** Does all that is due every minute. Its code is loaded with the first tick. */
export const tick: typeof import('./cron.ts').tick = async (...given) => (await import('./cron.ts')).tick(...given)

/** Loads what the control API does. */
export const loadControl = async () => (await import('./control.ts')).control
