import { exposition, type Form, metricsOf, type Notifications } from '../metrics/index.ts'
import type { WaitUntil } from '../store/index.ts'
import { VERSION } from '../version.ts'
import { type AllConditions, allConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { forwardingNow } from './forwarding.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { monitorObject } from './monitor-object.ts'
import { problemsIn } from './problems.ts'

/**
 * Returns the text of `GET /metrics`. It reads what a refresh interval allows, as the API does. Never rejects.
 * @param apiWrites of this isolate, by status
 */
export async function metricsText(
  form: Form,
  apiWrites: ReadonlyMap<number, number>,
  env: Env,
  waitUntil: WaitUntil,
): Promise<string> {
  const snapshot = snapshotFor(env)
  const all = await allConditions(env, Date.now(), waitUntil)
  const health = await snapshot.freshHealth(Date.now(), waitUntil)
  const { conditions, pools, guards, full: askedFull, complete: isComplete } = all
  const families = metricsOf({
    ...{ version: VERSION, health, conditions, pools, guards, askedFull, isComplete, apiWrites },
    deployment: isolateSettings(env),
    zones: snapshot.published,
    refused: snapshot.refused,
    settingProblems: problemsIn(env, all).length,
    forwarding: forwardingNow(env),
    notifications: await notificationsNow(env, all),
  })
  return exposition(families, form)
}

/** Asks the monitor, if there is anybody whom it may tell. */
async function notificationsNow(env: Env, { notify }: AllConditions): Promise<Notifications | undefined> {
  if (!env.NOTIFY && notify.size === 0) return undefined
  return monitorObject(env)
    .counts()
    .catch(() => undefined)
}
