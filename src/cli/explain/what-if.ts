import { Health, type Override } from '../../health/index.ts'
import { formatAddress, parseAddress } from '../../net/index.ts'
import type { Zone } from '../../zone/index.ts'
import { namedBy, subjectsOf } from '../override/targets.ts'

/** What `explain` is to take for granted: globs over targets and datacenters. */
export type WhatIf = { readonly down: readonly string[]; readonly up: readonly string[] }

/** Health as if that were so: what is forced anyway counts less. */
export function supposing(health: Health, { down, up }: WhatIf): Health {
  if (down.length + up.length === 0) return health
  const supposed = [
    ...down.flatMap((glob) => overridesFor(glob, 'down')),
    ...up.flatMap((glob) => overridesFor(glob, 'up')),
  ]
  return new Health(health.vantages, [...health.overrides, ...supposed], health.now, health.platform)
}

/** Globs that name nothing in the zones. */
export function unmatched({ down, up }: WhatIf, zones: readonly Zone[]): readonly string[] {
  const subjects = subjectsOf(zones)
  return [...down, ...up].filter((glob) =>
    overridesFor(glob, 'up').every((override) => namedBy(override, subjects).length === 0),
  )
}

/** An address may be written in any of its forms. */
function overridesFor(glob: string, force: 'up' | 'down'): Override[] {
  const address = parseAddress(glob)
  const host = address.ok ? formatAddress(address.value) : glob
  const targets = [glob, host]
  const said = { force, by: 'explain', why: 'what if' } as const
  return [...targets.map((target) => ({ target, ...said })), { datacenter: glob, ...said }]
}
