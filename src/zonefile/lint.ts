import type { Name } from '../dns/index.ts'
import type { Warning } from '../policy/index.ts'
import type { Zone, ZoneDocument } from '../zone/index.ts'
import { expressionsOf } from './expressions.ts'
import { lintAlias } from './lint-aliases.ts'
import { lintNamedChecks, lintPool } from './lint-checks.ts'
import { suspectNames } from './lint-names.ts'
import { lintNetworks } from './lint-networks.ts'
import { lintSize } from './lint-size.ts'
import { lintTarget } from './lint-targets.ts'

/** The facts that are known at author time beside the zone. `agents` are the names in AGENT_KEYS of the environment. */
export type Known = {
  readonly agents?: readonly string[] | undefined
  /** Returns true if a name is in a zone that is published beside this one. */
  readonly isServed?: ((name: Name) => boolean) | undefined
}

/** Reports what is valid but most likely not meant. Authors see it; isolates, which load zones, do not need it. */
export function lint(document: ZoneDocument, zone: Zone, { agents = [], isServed = () => false }: Known): Warning[] {
  const warnings = [...suspectNames(document, zone), ...lintSize(zone), ...lintNamedChecks(document, agents)]
  for (const located of expressionsOf(document)) {
    warnings.push(...lintNetworks(located), ...lintPool(located, agents), ...lintAlias(located, zone, isServed))
    warnings.push(...lintTarget(located, zone))
  }
  return warnings
}
