import { OWN_SECRETS } from '../own-secrets.ts'
import { GEO_KEY, MIN_CACHE_TTL_SECONDS, parseGeoManifest } from '../store/index.ts'
import { VERSION } from '../version.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings } from './isolate.ts'

/** Tells what the Worker may be bound to, and what for. `isNeeded` is false for what some deployments do without. */
const BINDINGS = [
  { name: 'GSLB', isNeeded: true, purpose: 'Workers KV: zones, health, overrides, keys' },
  { name: 'VANTAGE', isNeeded: true, purpose: 'Durable Objects: regions that probe, agents, pushes' },
  { name: 'ASKED', isNeeded: true, purpose: 'Durable Object: checks that queries asked for' },
  { name: 'ADOPTER', isNeeded: true, purpose: 'Durable Object: the catalog, documents put by hand' },
  { name: 'LEDGER', isNeeded: true, purpose: 'Durable Objects: newest documents and history' },
  { name: 'MONITOR', isNeeded: true, purpose: 'Durable Object: the record of health, notifications' },
  { name: 'QUERIES', isNeeded: false, purpose: 'Analytics Engine: counts of queries' },
  { name: 'FORWARD_LIMIT', isNeeded: false, purpose: 'rate limit of forwarded queries' },
] as const

/** Variables whose values tell nothing that a reader of zones may not know. */
const VARIABLES = [
  ...(['DOH_PATH', 'DOH_NAME', 'REFRESH_SECONDS', 'CLIENT_SUBNET', 'PROBE_REGIONS', 'FORWARD_TO'] as const),
  ...(['FORWARD_CLIENT_SUBNET', 'TEST_NAME', 'QUERY_SAMPLE', 'ANALYTICS_DATASET', 'ACCESS_TEAM'] as const),
]

/**
 * Returns what this deployment is made of: bindings, secrets by their names, variables, limits, and the database of
 * places.
 */
export async function deploymentOf(env: Env, problems: readonly string[]) {
  const settings = isolateSettings(env)
  const { plan, platform, probesPerRound, healthWrites, agents } = settings
  const isSet = (name: keyof Env): boolean => env[name] !== undefined && env[name] !== ''
  return {
    ...{ version: VERSION, platform, plan },
    bindings: BINDINGS.map(({ name, isNeeded, purpose }) => ({ name, bound: isSet(name), needed: isNeeded, purpose })),
    secrets: OWN_SECRETS.map(({ name, purpose }) => ({ name, set: isSet(name), purpose })),
    variables: [
      ...VARIABLES.map((name) => ({ name, value: env[name] ?? '' })),
      // The path of an upstream may have an account in it.
      {
        name: 'UPSTREAMS',
        value: forwardSettingsOf(env)
          .upstreams.map((url) => new URL(url).host)
          .join(' '),
      },
    ],
    limits: { probesPerRound, kvWritesPerDay: healthWrites },
    agents: [...agents.keys()],
    places: await placesIn(env),
    problems,
  }
}

/** Returns what is known of the database of places, without reading it. */
async function placesIn(env: Env) {
  const text = await env.GSLB.get(GEO_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })
  if (text === null) return null
  const manifest = parseGeoManifest(text)
  if (!manifest.ok) return { problem: manifest.error }
  const { put, bytes, sources, fields } = manifest.value
  return { put, bytes, sources, fields }
}
