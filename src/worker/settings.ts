import { DEFAULT_DOH_PATH, parseDohPath } from '../doh-path.ts'
import { CRON, PUSH, REGIONS, VANTAGE_NAME } from '../health/query-path.ts'
import { type Endpoint, endpointAt, parseClientSubnet, type SubnetTrust } from '../http/index.ts'
import { MIN_SECRET_CHARS, USUAL_REFRESH_SECONDS } from '../limits.ts'
import { PLANS, type Plan } from '../store/query-path.ts'
import type { Env } from './env.ts'

export type Settings = {
  readonly refreshMs: number
  readonly platform: 'edge' | 'workerd'
  readonly endpoint: Endpoint
  /** The location hints of the Durable Objects that probe; if there are none, the cron probes. */
  readonly regions: readonly DurableObjectLocationHint[]
  /** Each agent's secret by its name. */
  readonly agents: ReadonlyMap<string, string>
  /** The number of probes that a round may make: the platform counts subrequests. */
  readonly probesPerRound: number
  /** KV writes that each vantage point may make in a day, and all of them together. */
  readonly writesPerDay: number
  readonly healthWrites: number
  /** Cloudflare's plan, whose limits documents put by hand keep to. */
  readonly plan: Plan
  /** The vantage points of the Worker itself, which probe checks without `from`. */
  readonly defaultVantages: readonly string[]
  /** All that may say something of a target. */
  readonly vantages: readonly string[]
  readonly apiKey: string | undefined
  /** The connections whose Client Subnet options are believed. */
  readonly clientSubnet: SubnetTrust
  /** The variables that are not valid. Their defaults are used. */
  readonly problems: readonly string[]
}

/** A write every 15 minutes, which is when states become stale, from the steady part of the budget. */
const MIN_WRITES = 120

export function settingsOf(env: Env): Settings {
  const problems: string[] = []
  const number = (
    name: 'REFRESH_SECONDS' | 'PROBES_PER_ROUND' | 'KV_WRITES_PER_DAY',
    usual: number,
    what: 'number' | 'whole number',
  ): number => {
    const text = env[name]
    if (!text) return usual
    const value = Number(text)
    if (value > 0 && (what === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value))) return value
    problems.push(`${name} is "${text}"; expected a ${what} above 0, ${usual} is taken`)
    return usual
  }
  const words = [...new Set((env.PROBE_REGIONS ?? '').split(/[\s,]+/).filter((word) => word !== ''))]
  const regions = words.filter((word) => REGIONS.includes(word)) as DurableObjectLocationHint[]
  for (const word of words.filter((other) => !REGIONS.includes(other))) {
    problems.push(`PROBE_REGIONS names "${word}"; expected some of ${REGIONS.join(', ')}`)
  }
  const agents = agentsOf(env.AGENT_KEYS, problems)
  // A short key is accepted with a warning: it can only be guessed online, and refusing it would disable overrides.
  if (env.API_KEY && env.API_KEY.length < MIN_SECRET_CHARS)
    problems.push(
      `API_KEY is so short that it can be guessed; expected at least ${MIN_SECRET_CHARS} characters, as of ` +
        '"openssl rand -hex 16"; it is taken all the same',
    )
  const defaultVantages = regions.length > 0 ? regions : [CRON]
  const vantages = [...defaultVantages, ...agents.keys(), PUSH]
  const platform = env.PLATFORM === 'workerd' ? 'workerd' : 'edge'
  if (env.PLATFORM && env.PLATFORM !== platform)
    problems.push(`PLATFORM is "${env.PLATFORM}"; expected "edge" or "workerd"`)
  const plan = PLANS.find((one) => one === (env.PLAN || 'free')) ?? 'free'
  if (env.PLAN && env.PLAN !== plan)
    problems.push(`PLAN is "${env.PLAN}"; expected ${PLANS.map((one) => `"${one}"`).join(' or ')}, "${plan}" is taken`)
  const healthWrites = number('KV_WRITES_PER_DAY', 900, 'whole number')
  // The addresses that the cron finds out have a share, too.
  const shares = vantages.length + (env.UPSTREAMS ? 1 : 0)
  const writesPerDay = healthWrites / shares
  if (writesPerDay < MIN_WRITES)
    problems.push(
      `KV_WRITES_PER_DAY is too little for ${vantages.length} vantage points; expected at least ` +
        `${MIN_WRITES * shares}, or what they know becomes stale between two writes`,
    )
  const dohPath = parseDohPath(env.DOH_PATH)
  if (!dohPath.ok) problems.push(`DOH_PATH: ${dohPath.error}; ${DEFAULT_DOH_PATH} is taken`)
  return {
    platform,
    endpoint: endpointAt(dohPath.ok ? dohPath.value : DEFAULT_DOH_PATH, platform),
    plan,
    regions,
    agents,
    defaultVantages,
    vantages,
    problems,
    writesPerDay,
    healthWrites,
    refreshMs: number('REFRESH_SECONDS', USUAL_REFRESH_SECONDS, 'number') * 1000,
    probesPerRound: number('PROBES_PER_ROUND', 40, 'whole number'),
    apiKey: env.API_KEY || undefined,
    clientSubnet: clientSubnetOf(env.CLIENT_SUBNET, problems),
  }
}

/** A setting that cannot be read believes nobody: what was meant to be kept must not be given away. */
function clientSubnetOf(text: string | undefined, problems: string[]): SubnetTrust {
  const trust = parseClientSubnet(text)
  if (trust.ok) return trust.value
  problems.push(`CLIENT_SUBNET: ${trust.error}; nobody is believed`)
  return 'off'
}

/** `{ "agent-1": "its secret" }` */
function agentsOf(text: string | undefined, problems: string[]): ReadonlyMap<string, string> {
  if (!text) return new Map()
  const shape = `expected JSON like {"agent-1": "a secret of at least ${MIN_SECRET_CHARS} characters"}`
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push(`AGENT_KEYS is not valid; ${shape}`)
    return new Map()
  }
  const taken = [...REGIONS, CRON, PUSH]
  return new Map(
    Object.entries(value).filter((entry): entry is [string, string] => {
      const [name, secret] = entry
      const sound = VANTAGE_NAME.test(name) && !taken.includes(name)
      if (!sound)
        problems.push(
          `AGENT_KEYS has the name "${name}"; expected letters, digits and "-", and no region, cron or push`,
        )
      const strong = typeof secret === 'string' && secret.length >= MIN_SECRET_CHARS
      if (!strong)
        problems.push(
          `AGENT_KEYS has no secret of at least ${MIN_SECRET_CHARS} characters for "${name}"; it is left out`,
        )
      return sound && strong
    }),
  )
}
