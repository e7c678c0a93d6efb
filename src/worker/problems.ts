import type { AllConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { isolatePeople } from './people.ts'

/** Returns all that is wrong with the settings of the Worker and with the overrides, and why checks could not be read. */
export function problemsIn(env: Env, { problem, aliases }: Pick<AllConditions, 'problem' | 'aliases'>): string[] {
  const people = isolatePeople(env)
  const forwarding = forwardSettingsOf(env)
  return [
    ...isolateSettings(env).problems,
    ...forwarding.problems,
    aliases.length > 0 && forwarding.upstreams.length === 0 ? withoutUpstreams(aliases) : undefined,
    people.ok ? undefined : people.error,
    snapshotFor(env).overridesProblem,
    sampleProblem(env),
    problem,
  ].filter((one) => one !== undefined)
}

function sampleProblem({ QUERY_SAMPLE: text }: Env): string | undefined {
  const share = Number(text || 1)
  return share > 0 && share <= 1
    ? undefined
    : `QUERY_SAMPLE is "${text}"; expected a share of the queries above 0, up to 1`
}

const withoutUpstreams = ([first, ...more]: readonly string[]): string =>
  `UPSTREAMS names no server, and ALIAS records lead to ${first}${more.length > 0 ? `, and ${more.length} more names` : ''} ` +
  'outside the zones; expected a DoH server to ask for their addresses'
