import {
  type Designated,
  FORWARD_TO_NOBODY,
  type ForwardTo,
  parseDohName,
  parseForwardTo,
  parseSubnetPassing,
  parseUpstreams,
  type SubnetPassing,
} from '../forward/index.ts'
import type { Env } from './env.ts'

export type ForwardSettings = {
  /** The URLs of the DoH servers; none is no forwarding. */
  readonly upstreams: readonly string[]
  readonly to: ForwardTo
  readonly passing: SubnetPassing
  /** The endpoint's host name, if it is to be discovered. */
  readonly name: Designated['name'] | undefined
  /** The variables that are not valid. */
  readonly problems: readonly string[]
}

/**
 * Reads the settings of forwarding. One that is not valid gives nothing away: to no server, for nobody, without a
 * network.
 */
export function forwardSettingsOf(env: Env): ForwardSettings {
  const upstreams = parseUpstreams(env.UPSTREAMS)
  const to = parseForwardTo(env.FORWARD_TO)
  const passing = parseSubnetPassing(env.FORWARD_CLIENT_SUBNET)
  const name = parseDohName(env.DOH_NAME)
  return {
    upstreams: upstreams.ok ? upstreams.value : [],
    to: to.ok ? to.value : FORWARD_TO_NOBODY,
    passing: passing.ok ? passing.value : 'none',
    name: name.ok ? name.value : undefined,
    problems: [
      ...(upstreams.ok ? [] : [`UPSTREAMS: ${upstreams.error}; no name is forwarded`]),
      ...(to.ok ? [] : [`FORWARD_TO: ${to.error}; no name is forwarded`]),
      ...(passing.ok ? [] : [`FORWARD_CLIENT_SUBNET: ${passing.error}; no network is passed on`]),
      ...(name.ok ? [] : [`DOH_NAME: ${name.error}; nobody discovers the endpoint`]),
    ],
  }
}
