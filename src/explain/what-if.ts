import { findOverride, Health, liveOverrides, type Override, type Subject } from '../health/index.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import type { Zone } from '../zone/index.ts'
import { subjectsOf } from './subjects.ts'

/**
 * The states that `explain` assumes: globs over targets, checks and datacenters. `web/192.0.2.1` is one target of the
 * check `web`.
 */
export type WhatIf = { readonly down: readonly string[]; readonly up: readonly string[] }

/** Returns health with the assumptions. They count before the overrides. */
export function assuming(health: Health, { down, up }: WhatIf): Health {
  if (down.length + up.length === 0) return health
  const assumptions = [
    ...down.flatMap((glob) => overridesFor(glob, 'down')),
    ...up.flatMap((glob) => overridesFor(glob, 'up')),
  ]
  return new Health(health.vantages, [...health.overrides, ...liveOverrides(assumptions)], health.now, health.platform)
}

/** Returns the globs that match no target, no check and no datacenter of the zones. */
export function unmatched({ down, up }: WhatIf, zones: readonly Zone[]): readonly string[] {
  const subjects = subjectsOf(zones)
  return [...down, ...up].filter((glob) => !matchesAny(glob, subjects))
}

export function matchesAny(glob: string, subjects: readonly Subject[]): boolean {
  const overrides = overridesFor(glob, 'up')
  return subjects.some((subject) => findOverride(overrides, subject, 0) !== undefined)
}

/** Returns overrides for a glob. It may be an address in any textual form. */
function overridesFor(glob: string, force: 'up' | 'down'): Override[] {
  const address = parseAddress(glob)
  const host = address.ok ? formatAddress(address.value) : glob
  const forced = { force, by: 'explain', why: 'what if' } as const
  // The full name of a check begins with its zone, as in example.com/web.
  const checksNamed = (name: string, target?: string) =>
    [name, `*/${name}`].map((check) => ({ check, target, ...forced }))
  const slash = glob.lastIndexOf('/')
  return [
    ...[glob, host].map((target) => ({ target, ...forced })),
    ...checksNamed(glob),
    ...(slash > 0 ? checksNamed(glob.slice(0, slash), glob.slice(slash + 1)) : []),
    { datacenter: glob, ...forced },
  ]
}
