import {
  exposition,
  type Form,
  type MetricsInput,
  metricsOf,
  type Notifications,
  TargetLabels,
} from '../metrics/index.ts'
import type { WaitUntil } from '../store/index.ts'
import { VERSION } from '../version.ts'
import { type AllConditions, allConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { forwardingNow } from './forwarding.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { keyFindings } from './key-watch.ts'
import { monitorObject } from './monitor-object.ts'
import { problemsIn } from './problems.ts'

/** The isolate's own. */
const targetLabels = new TargetLabels()

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
  const input: MetricsInput = {
    ...{ version: VERSION, health, conditions, pools, guards, askedFull, isComplete, apiWrites },
    deployment: isolateSettings(env),
    zones: snapshot.published,
    refused: snapshot.refused,
    keys: await keyFindings(env, waitUntil),
    settingProblems: problemsIn(env, all).length,
    forwarding: forwardingNow(env),
    notifications: await notificationsNow(env, all),
  }
  return exposition(metricsOf(input, targetLabels), form)
}

/** Asks the monitor, if there is anybody whom it may tell. */
async function notificationsNow(env: Env, { notify }: AllConditions): Promise<Notifications | undefined> {
  if (!env.NOTIFY && notify.size === 0) return undefined
  return monitorObject(env)
    .counts()
    .catch(() => undefined)
}
