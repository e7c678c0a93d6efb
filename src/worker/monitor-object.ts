import { logEvent } from '../events.ts'
import type { Env, MonitorTold } from './env.ts'

/** Returns the one object of its kind. */
export const monitorObject = (env: Env) => env.MONITOR.get(env.MONITOR.idFromName('health'))

/** Tells it of a change. Never rejects: the next minute finds what it was not told. */
export async function tellMonitor(env: Env, told: MonitorTold = {}): Promise<void> {
  const tell = async (): Promise<void> => monitorObject(env).tell(told)
  try {
    // An object whose code was just replaced refuses one call.
    await tell().catch(tell)
  } catch (error) {
    logEvent({ event: 'monitor-failed', why: String(error) })
  }
}
