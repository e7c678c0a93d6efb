import type { Address } from '../../net/index.ts'
import { flagOf, objectOf, textOf, wordOf } from '../../stored-value.ts'
import type { Action, ActionOf, Kind } from './index.ts'

/** Everything that a query needs of a kind of check: who makes its probes, and the fields of its request that tell. */
type Row<A> = {
  /** Set if no Worker makes its probes: agents do, or nobody does, since the application reports. */
  readonly by?: 'agents' | 'nobody'
  /** Returns the reason why a Worker cannot make a certain probe of the kind, with the fix. */
  blocker?(action: A, ...target: Target): string | undefined
  /** Readers of the fields that are read here. Each throws if its field was stored in another form. */
  readonly reads?: Readonly<Record<string, (stored: unknown) => unknown>>
}

/** The host of a target, its address if it is one, and the Worker's platform. */
type Target = readonly [host: string, address: Address | undefined, platform: 'edge' | 'workerd']

export const AN_AGENT = 'an agent ("from"; npx edge-gslb agent)'
const NAME = 'expected a host name as "target", whose certificate is for it'

const AGENTS = { by: 'agents' } as const

const PROBED_BY = {
  tcp: {},
  tls: { blocker: tlsBlocker, reads: { verify: flagOf } },
  http: { reads: { host: textOf } },
  https: { blocker: tlsBlocker, reads: { host: textOf, verify: flagOf } },
  push: { by: 'nobody' },
  dns: { blocker: dnsBlocker, reads: { via: (via) => via === 'udp' || via === 'tcp' || checkAction(via) } },
  udp: AGENTS,
  icmp: AGENTS,
  grpc: AGENTS,
  exec: AGENTS,
} as const satisfies { readonly [K in Kind]: Row<ActionOf<K>> }

/** The kinds whose probes only an agent can make. */
export type AgentKind = { [K in Kind]: (typeof PROBED_BY)[K] extends { by: 'agents' } ? K : never }[Kind]
export type AgentAction = ActionOf<AgentKind>

export const isAgentAction = (action: Action): action is AgentAction => probedBy(action)?.by === 'agents'

/** Returns what is known of the kind of a request; undefined for a kind of a later version. */
export const probedBy = ({ kind }: Action): Row<Action> | undefined => PROBED_BY[kind]

/** Throws if a request that was stored has not the form that a query relies on. A query reads few of its fields. */
export function checkAction(value: unknown): void {
  const stored = objectOf(value)
  if (stored.serverName !== undefined) textOf(stored.serverName)
  const { reads }: Row<never> = PROBED_BY[wordOf(stored.kind, Object.keys(PROBED_BY) as Kind[])]
  for (const field in reads) reads[field]?.(stored[field])
}

function tlsBlocker(action: ActionOf<'tls' | 'https'>, ...[host, address, platform]: Target): string | undefined {
  const { serverName } = action
  const named = serverName ?? host
  const isNamed = action.kind === 'tls' || action.host.replace(/:\d+$/, '').toLowerCase() === host
  const plain = !address && named === host && isNamed
  if (plain || (platform === 'workerd' && serverName !== undefined)) return undefined
  if (address && serverName === undefined) return `there is no name to verify the certificate of ${host} by; ${NAME}`
  return `cannot use TLS as ${named}; expected a host name as "target", or ${AN_AGENT}`
}

function dnsBlocker({ via }: ActionOf<'dns'>, ...target: Target): string | undefined {
  if (via === 'udp') return `a Worker has no UDP; expected another "transport", or ${AN_AGENT}`
  return via !== 'tcp' && via.kind === 'https' ? tlsBlocker(via, ...target) : undefined
}
