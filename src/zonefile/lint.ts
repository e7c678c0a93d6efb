import type { Name } from '../dns/index.ts'
import type { Warning } from '../policy/index.ts'
import type { LocalZone, ZoneDocument } from '../zone/index.ts'
import { expressionsOf, ownersOf } from './expressions.ts'
import { lintAlias } from './lint-aliases.ts'
import { lintApex } from './lint-apex.ts'
import { lintNamedChecks, lintPool } from './lint-checks.ts'
import { lintDelegations } from './lint-delegations.ts'
import { lintDnssec } from './lint-dnssec.ts'
import { suspectNames } from './lint-names.ts'
import { lintNetworks } from './lint-networks.ts'
import { hasTarget, lintTarget } from './lint-targets.ts'

/** Facts beside the zone that warnings depend on. `agents` are the names in AGENT_KEYS of the environment. */
export type LintContext = {
  readonly agents?: readonly string[] | undefined
  /** True if upstream servers are named, who are asked for names outside the zones. */
  readonly asksUpstreams?: boolean | undefined
  /** Returns true if a name is in a zone that is published beside this one. */
  readonly isServed?: ((name: Name) => boolean) | undefined
}

/** Warns of content that is valid but most likely a mistake. Only authors need this; isolates do not run it. */
export function lint(
  document: ZoneDocument,
  zone: LocalZone,
  { agents = [], asksUpstreams = false, isServed = () => false }: LintContext,
): Warning[] {
  const owners = ownersOf(document)
  const warnings: Warning[] = []
  const add = (found: readonly Warning[]): void => {
    for (const warning of found) warnings.push(warning)
  }
  add(suspectNames(owners, document, zone))
  add(lintDelegations(owners, zone))
  add(lintDnssec(owners))
  add(lintApex(owners, zone))
  add(lintNamedChecks(document, agents))
  // Nothing is wrong with a text that leads to no name.
  for (const located of expressionsOf(owners, document, (type) => !hasTarget(type))) {
    add(lintNetworks(located))
    add(lintPool(located, agents))
    add(lintAlias(located, zone, { asksUpstreams, isServed }))
    add(lintTarget(located, zone))
  }
  return warnings
}
