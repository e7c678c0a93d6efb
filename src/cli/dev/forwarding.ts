import { parseSubnetPassing, parseUpstreams } from '../../forward/index.ts'
import { parseSubnetTrust } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'

/** Returns the first mistake in the settings of forwarding: the Worker would forward nothing, and tell it to its log alone. */
export function checkForwarding(environment: Readonly<Record<string, string | undefined>>): Result<true> {
  const { UPSTREAMS, FORWARD_TO = '', FORWARD_CLIENT_SUBNET } = environment
  const networks = FORWARD_TO.split(/[\s,]+/).filter((word) => word !== '')
  const checks = [
    ['UPSTREAMS', parseUpstreams(UPSTREAMS)],
    ['FORWARD_TO', networks.length > 0 ? parseSubnetTrust(networks) : ok('on')],
    ['FORWARD_CLIENT_SUBNET', parseSubnetPassing(FORWARD_CLIENT_SUBNET)],
  ] as const
  for (const [name, parsed] of checks) if (!parsed.ok) return err(`${name}: ${parsed.error}`)
  return ok(true)
}
