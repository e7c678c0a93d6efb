import { guardTargets, type ProbeCondition, ZoneGuard } from '../health/index.ts'
import {
  DEFAULT_GUARD_FOR_SECONDS,
  DEFAULT_GUARD_LEAST,
  DEFAULT_GUARD_SHARE,
  DEFAULT_GUARD_WITHIN_SECONDS,
} from '../limits.ts'
import { parseNetworks, parseSubnetTrust, type SubnetTrust } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Access } from './access.ts'
import type { ZoneDocument } from './document.ts'

/** Returns whose client subnets count; undefined if the document leaves it to the setting of the Worker. */
export function subnetTrustOf({ clientSubnet }: ZoneDocument): Result<SubnetTrust> | undefined {
  if (clientSubnet === undefined) return undefined
  return parseSubnetTrust(typeof clientSubnet === 'string' ? [clientSubnet] : clientSubnet)
}

/** Returns who may ask; undefined if all may. */
export function accessOf({ access }: ZoneDocument): Result<Access> | undefined {
  if (access === undefined) return undefined
  const { token = false, networks } = access
  if (!token && networks === undefined)
    return err('the zone would be for nobody; expected "token": true, "networks": ["192.0.2.0/24"], or both')
  const parsed = networks === undefined ? ok('off' as const) : parseNetworks(networks)
  return parsed.ok ? ok({ token, networks: parsed.value }) : parsed
}

/** Returns the guard of a zone, with its defaults; undefined if it has none. `zone` is its name in checks. */
export function guardOf(
  { guard }: ZoneDocument,
  zone: string,
  conditions: readonly ProbeCondition[],
): ZoneGuard | undefined {
  if (!guard) return undefined
  const {
    share = DEFAULT_GUARD_SHARE,
    within = DEFAULT_GUARD_WITHIN_SECONDS,
    for: longest = DEFAULT_GUARD_FOR_SECONDS,
    least = DEFAULT_GUARD_LEAST,
  } = guard
  return new ZoneGuard(zone, { share, within, for: longest, least }, guardTargets(conditions))
}
