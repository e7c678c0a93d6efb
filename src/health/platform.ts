import { type Address, isPublicHost, networkSet, parseAddress } from '../net/index.ts'
import { AN_AGENT, probedBy } from './kinds/probed-by.ts'
import type { Probe } from './probe.ts'
import { CRON } from './vantage.ts'

/**
 * The runtime of probes. `edge`: a deployed Worker. `workerd`: the same runtime on a private machine, which reaches
 * private addresses. `agent`: Node, which can make all probes.
 */
export type Platform = 'edge' | 'workerd' | 'agent'

/**
 * Returns the reason why the platform cannot make a probe, with the fix; undefined if it can. Such a probe does not
 * run, and does not count against the target.
 */
export function probeBlocker({ action, host, port }: Request, platform: Platform): string | undefined {
  const row = probedBy(action)
  if (platform === 'agent' || row?.by === 'nobody') return undefined
  const parsed = parseAddress(host)
  const address = parsed.ok ? parsed.value : undefined
  if (platform === 'edge') {
    const barred = barredAtTheEdge(address, host, port)
    // A name that Cloudflare serves can still be fetched.
    if (barred) return `${barred}; ${AGENT}`
  }
  return row?.by === 'agents'
    ? `a Worker cannot make checks of kind ${action.kind}; ${AGENT}`
    : row?.blocker?.(action, host, address, platform)
}

type Request = Pick<Probe, 'action' | 'host' | 'port'>

const AGENT = `expected ${AN_AGENT}`

function barredAtTheEdge(address: Address | undefined, host: string, port: number): string | undefined {
  if (port === 25) return 'Cloudflare lets no Worker connect to port 25'
  if (!isPublicHost(host)) return `${host} is not a public ${address ? 'address' : 'name'}`
  if (!address) return undefined
  return isCloudflares(address) ? `${host} is an address of Cloudflare, which a Worker cannot connect to` : undefined
}

/** Cloudflare's networks, from https://www.cloudflare.com/ips/ */
const isCloudflares = networkSet([
  '173.245.48.0/20',
  '103.21.244.0/22',
  '103.22.200.0/22',
  '103.31.4.0/22',
  '141.101.64.0/18',
  '108.162.192.0/18',
  '190.93.240.0/20',
  '188.114.96.0/20',
  '197.234.240.0/22',
  '198.41.128.0/17',
  '162.158.0.0/15',
  '104.16.0.0/13',
  '104.24.0.0/14',
  '172.64.0.0/13',
  '131.0.72.0/22',
  '2400:cb00::/32',
  '2606:4700::/32',
  '2803:f800::/32',
  '2405:b500::/32',
  '2405:8100::/32',
  '2a06:98c0::/29',
  '2c0f:f248::/32',
])

/** The regions that a Durable Object can run in: Cloudflare's location hints, which are names of vantage points too. */
export const REGIONS: readonly string[] = [
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'apac-ne',
  'apac-se',
  'oc',
  'afr',
  'me',
]

/** Returns the same as `probeBlocker`, but undefined if the check names an agent, which can make the probe. */
export const probeBlockerWithoutAgent = (probe: Probe, platform: Platform): string | undefined =>
  (probe.from ?? []).some((name) => name !== CRON && !REGIONS.includes(name))
    ? undefined
    : probeBlocker(probe, platform)

/** Returns true if a vantage point makes the probe: the check names it, or names none and it is one of the defaults. */
export const isProbedFrom = ({ from }: Probe, vantage: string, defaultVantages: readonly string[]): boolean =>
  (from ?? defaultVantages).includes(vantage)

/** Returns true if an agent makes the probe: the check names it, or names none and the Worker cannot make the probe. */
export const isForAgent = (probe: Probe, agent: string, platform: Platform): boolean =>
  probe.from ? probe.from.includes(agent) : probeBlocker(probe, platform) !== undefined

/** A deployment's platform, the vantage points that probe by default, and all its vantage points. */
export type Deployment = {
  readonly platform: Platform
  readonly defaultVantages: readonly string[]
  readonly vantages: readonly string[]
}

/**
 * Returns the reason why no vantage point of the Worker makes the probe, with the fix; undefined if one does, or if the
 * check names an agent.
 */
export function whyUnprobed(probe: Probe, { platform, defaultVantages, vantages }: Deployment): string | undefined {
  const { from = defaultVantages } = probe
  const present = from.filter((name) => vantages.includes(name))
  if (present.length === 0)
    return `its vantage points (${from.join(', ')}) are not here; expected some of ${vantages.join(', ')}`
  return present.every((name) => defaultVantages.includes(name)) ? probeBlocker(probe, platform) : undefined
}
