import type { AllConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { isolatePeople } from './people.ts'

/** Returns all that is wrong with the settings of the Worker and with the overrides, and why checks could not be read. */
export function problemsIn(env: Env, { problem }: Pick<AllConditions, 'problem'>): string[] {
  const people = isolatePeople(env)
  return [
    ...isolateSettings(env).problems,
    ...forwardSettingsOf(env).problems,
    people.ok ? undefined : people.error,
    snapshotFor(env).overridesProblem,
    problem,
  ].filter((one) => one !== undefined)
}
