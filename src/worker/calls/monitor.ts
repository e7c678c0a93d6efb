import type { HealthCalls } from '../../api/index.ts'
import { logEvent } from '../../events.ts'
import { isFailing, type ReceiverReport } from '../../notify/index.ts'
import type { AllConditions } from '../conditions.ts'
import type { Env } from '../env.ts'
import { monitorObject } from '../monitor-object.ts'
import { failure, reply } from './reply.ts'

/** Returns the calls that the object HealthMonitor answers: the record, and the receivers of notifications. */
export const monitorCalls = (
  env: Env,
): Pick<HealthCalls, 'events' | 'history' | 'notifications' | 'testNotification'> => ({
  events: async (query) => reply(200, { events: await calling(() => monitorObject(env).events(query)) }),

  async history(zone, target, from, to) {
    const history = await calling(() => monitorObject(env).history(zone, target, from, to))
    if (history) return reply(200, history)
    return failure(
      404,
      `nothing is known of the target ${target.slice(0, 80)} of ${zone.slice(0, 80)}; expected one that GET /api/v1/health lists`,
    )
  },

  notifications: async () => reply(200, await calling(() => monitorObject(env).notifications())),

  async testNotification(receiver) {
    const tested = await monitorObject(env).sendTest(receiver)
    return tested
      ? reply(200, tested)
      : failure(404, `there is no receiver ${receiver}; expected a number that GET /api/v1/notifications lists`)
  },
})

/**
 * Returns the receivers of notifications that could not be told, at most so many as a person reads.
 * @returns undefined if the object that tells them does not answer
 */
export async function failingReceivers(
  env: Env,
  { notify }: AllConditions,
): Promise<readonly ReceiverReport[] | undefined> {
  if (!env.NOTIFY && notify.size === 0) return []
  try {
    const { receivers } = await calling(() => monitorObject(env).notifications())
    return receivers.filter(isFailing).slice(0, MAX_FAILING)
  } catch (error) {
    logEvent({ event: 'monitor-failed', why: String(error) })
    return undefined
  }
}

const MAX_FAILING = 100

/** An object whose code was just replaced refuses one call. */
const calling = <T>(call: () => Promise<T>): Promise<T> => call().catch(call)
