import { logEvent } from '../events.ts'
import { Snapshot } from '../store/query-path.ts'
import type { Env } from './env.ts'
import { type Settings, settingsOf } from './settings.ts'

/** The objects that an isolate makes once, with its first request: bindings cannot be used before. */
let settings: Settings | undefined
let snapshot: Snapshot | undefined

export function isolateSettings(env: Env): Settings {
  if (!settings) {
    settings = settingsOf(env)
    for (const why of settings.problems) logEvent({ event: 'bad-setting', why })
  }
  return settings
}

/** One copy of the zones, and of health. */
export function snapshotFor(env: Env): Snapshot {
  const own = isolateSettings(env)
  const { refreshMs, vantages, platform } = own
  snapshot ??= new Snapshot(env.GSLB, {
    ...{ refreshMs, vantages, platform, clock: Date.now },
    loadOutside: async () => (await import('./outside.ts')).outsideCopy(env, own),
    loadHealthCalls: async () => (await import('../lua/health-call.ts')).healthCalls,
    log: logEvent,
  })
  return snapshot
}
