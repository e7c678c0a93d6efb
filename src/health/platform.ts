import {
  type Address,
  buildScopeMap,
  isPublicHost,
  lookupScope,
  type Prefix,
  parseAddress,
  parsePrefix,
  type ScopeMap,
} from '../net/index.ts'
import type { Probe } from './probe.ts'
import { CRON } from './vantage.ts'

/**
 * Where probes run. `edge`: a deployed Worker. `workerd`: the same runtime on a machine of one's own, which reaches
 * private addresses. `agent`: Node, which can do all of it.
 */
export type Platform = 'edge' | 'workerd' | 'agent'

/**
 * Why the platform cannot make a probe, and what would help; undefined where it can. Such a probe is not made, and
 * tells nothing against the target.
 */
export function unrunnable({ action, host, port }: Probe, platform: Platform): string | undefined {
  if (platform === 'agent' || action.kind === 'push') return undefined
  const parsed = parseAddress(host)
  const address = parsed.ok ? parsed.value : undefined
  if (platform === 'edge') {
    const barred = barredAtTheEdge(address, host, port)
    // What Cloudflare serves itself can still be fetched by its name.
    if (barred) return `${barred}; ${AGENT}`
  }
  switch (action.kind) {
    case 'tcp':
    case 'http':
      return undefined
    case 'tls':
    case 'https': {
      const named = action.serverName === undefined ? host : action.serverName
      const plain = !address && named === host && (action.kind === 'tls' || hostOf(action.host) === host)
      if (plain || (platform === 'workerd' && action.serverName !== undefined)) return undefined
      if (address && action.serverName === undefined)
        return `no name is given to verify the certificate of ${host} by; ${NAME}`
      return `no TLS to it as ${named}; expected a host name as "target", or ${AN_AGENT}`
    }
  }
}

const AN_AGENT = 'an agent ("from"; npx edge-gslb agent)'
const AGENT = `expected ${AN_AGENT}`
const NAME = 'expected a host name as "target", whose certificate is for it'

function barredAtTheEdge(address: Address | undefined, host: string, port: number): string | undefined {
  if (port === 25) return 'Cloudflare lets no Worker connect to port 25'
  if (!isPublicHost(host)) return `${host} is not a public ${address ? 'address' : 'name'}`
  if (!address) return undefined
  return lookupScope(cloudflare(), address).index >= 0
    ? `${host} is an address of Cloudflare's own, which a Worker cannot connect to`
    : undefined
}

/** https://www.cloudflare.com/ips/ */
const CLOUDFLARE_NETWORKS = [
  ...['173.245.48.0/20', '103.21.244.0/22', '103.22.200.0/22', '103.31.4.0/22', '141.101.64.0/18', '108.162.192.0/18'],
  ...['190.93.240.0/20', '188.114.96.0/20', '197.234.240.0/22', '198.41.128.0/17', '162.158.0.0/15', '104.16.0.0/13'],
  ...['104.24.0.0/14', '172.64.0.0/13', '131.0.72.0/22', '2400:cb00::/32', '2606:4700::/32', '2803:f800::/32'],
  ...['2405:b500::/32', '2405:8100::/32', '2a06:98c0::/29', '2c0f:f248::/32'],
]

let networks: ScopeMap | undefined

/** Returns Cloudflare's networks. They are parsed at their first use, and not while an isolate starts. */
function cloudflare(): ScopeMap {
  if (networks) return networks
  const prefixes = CLOUDFLARE_NETWORKS.map((text) => (parsePrefix(text) as { value: Prefix }).value)
  const inside = prefixes.map(() => 1)
  networks = buildScopeMap(prefixes, 'first', inside, 0)
  return networks
}

const hostOf = (header: string): string => header.replace(/:\d+$/, '').toLowerCase()

/** Where Durable Objects can be asked to run: Cloudflare's location hints, and so the names of regions. */
export const REGIONS: readonly string[] = [
  ...['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'apac-ne', 'apac-se', 'oc', 'afr', 'me'],
]

/** As `unrunnable`, but undefined too where an agent is named, which can. */
export const unrunnableByItsOwn = (probe: Probe, platform: Platform): string | undefined =>
  (probe.from ?? []).some((name) => name !== CRON && !REGIONS.includes(name)) ? undefined : unrunnable(probe, platform)

/** The vantage points that probe something: those that it names, else the Worker's own. */
export const isProbedFrom = ({ from }: Probe, vantage: string, own: readonly string[]): boolean =>
  (from ?? own).includes(vantage)

/** An agent takes what names it, and what the Worker could not make and nobody else is named for. */
export const isForAgent = (probe: Probe, agent: string, platform: Platform): boolean =>
  probe.from ? probe.from.includes(agent) : unrunnable(probe, platform) !== undefined

/** Who there is to probe: where the Worker runs, its own vantage points, and all that may say something of a target. */
export type Places = {
  readonly platform: Platform
  readonly own: readonly string[]
  readonly vantages: readonly string[]
}

/**
 * Why the Worker probes something nowhere, and what would help; undefined where it does, or leaves it to an agent that
 * the check names.
 */
export function unprobed(probe: Probe, { platform, own, vantages }: Places): string | undefined {
  const { from = own } = probe
  const here = from.filter((name) => vantages.includes(name))
  if (here.length === 0)
    return `its vantage points (${from.join(', ')}) are not here; expected some of ${vantages.join(', ')}`
  return here.every((name) => own.includes(name)) ? unrunnable(probe, platform) : undefined
}
