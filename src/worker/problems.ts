import { MIN_DNSSEC_SECRET_CHARS } from '../limits.ts'
import { parseNotify } from '../notify/index.ts'
import type { ZoneEntry } from '../store/index.ts'
import type { AllConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { isolatePeople } from './people.ts'
import { isolateTestName } from './test-name.ts'

/**
 * Returns all that is wrong with the settings of the Worker and with the overrides, and why checks could not be read.
 */
export function problemsIn(env: Env, { problem, aliases }: Pick<AllConditions, 'problem' | 'aliases'>): string[] {
  const people = isolatePeople(env)
  const testName = isolateTestName(env)
  const forwarding = forwardSettingsOf(env)
  return [
    ...isolateSettings(env).problems,
    ...forwarding.problems,
    aliases.length > 0 && forwarding.upstreams.length === 0 ? withoutUpstreams(aliases) : undefined,
    people.ok ? undefined : people.error,
    testName.ok ? undefined : testName.error,
    snapshotFor(env).overridesProblem,
    sampleProblem(env),
    notifyProblem(env),
    secretProblem(env, snapshotFor(env).published),
    problem,
  ].filter((one) => one !== undefined)
}

/** Returns what is wrong with the secret that opens the keys of signed zones. */
function secretProblem({ DNSSEC_SECRET = '' }: Env, zones: ReadonlyMap<string, ZoneEntry>): string | undefined {
  const signed = [...zones].filter(([, { dnssec }]) => dnssec !== undefined).map(([origin]) => `${origin}.`)
  if (signed.length === 0 || DNSSEC_SECRET.length >= MIN_DNSSEC_SECRET_CHARS) return undefined
  const fact = DNSSEC_SECRET === '' ? 'DNSSEC_SECRET is missing' : 'DNSSEC_SECRET is too short'
  return (
    `${fact}, and signed zones (${signed.length}, such as ${signed[0]}) are SERVFAIL for whoever validates; expected the ` +
    'secret that their keys were made with'
  )
}

function notifyProblem({ NOTIFY }: Env): string | undefined {
  const notify = parseNotify(NOTIFY)
  return notify.ok ? undefined : notify.error
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
