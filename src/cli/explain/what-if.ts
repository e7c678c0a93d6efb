import { Health, type Override } from '../../health/index.ts'
import { formatAddress, parseAddress } from '../../net/index.ts'
import type { Zone } from '../../zone/index.ts'
import { namedBy, subjectsOf } from '../override/targets.ts'

/** The states that `explain` assumes: globs over targets and datacenters. */
export type WhatIf = { readonly down: readonly string[]; readonly up: readonly string[] }

/** Returns health with the assumptions. They count before the overrides. */
export function assuming(health: Health, { down, up }: WhatIf): Health {
  if (down.length + up.length === 0) return health
  const assumptions = [
    ...down.flatMap((glob) => overridesFor(glob, 'down')),
    ...up.flatMap((glob) => overridesFor(glob, 'up')),
  ]
  return new Health(health.vantages, [...health.overrides, ...assumptions], health.now, health.platform)
}

/** Returns the globs that match no target and no datacenter of the zones. */
export function unmatched({ down, up }: WhatIf, zones: readonly Zone[]): readonly string[] {
  const subjects = subjectsOf(zones)
  return [...down, ...up].filter((glob) =>
    overridesFor(glob, 'up').every((override) => namedBy(override, subjects).length === 0),
  )
}

/** Returns overrides for a glob. It may be an address in any textual form. */
function overridesFor(glob: string, force: 'up' | 'down'): Override[] {
  const address = parseAddress(glob)
  const host = address.ok ? formatAddress(address.value) : glob
  const targets = [glob, host]
  const forced = { force, by: 'explain', why: 'what if' } as const
  return [...targets.map((target) => ({ target, ...forced })), { datacenter: glob, ...forced }]
}
