import { formatName, isSubdomain, type Name, type NameKey, TYPE } from '../dns/index.ts'
import { MAX_ALIAS_TARGETS } from '../limits.ts'
import { recordsOf } from '../policy/index.ts'
import type { NodeMap } from './names.ts'
import { substitute, targetOf } from './target.ts'
import { findRrset, type ZoneNode } from './zone.ts'

/**
 * Returns the names at which chains that begin with an ALIAS leave a zone, by all records that any policy may answer
 * with: those outside of it, and those at or below a delegation. Names that a script computes are not known.
 * @returns absolute names in lower case, sorted, `MAX_ALIAS_TARGETS` of them at most
 */
export function outsideAliases(origin: NameKey, names: NodeMap): readonly string[] {
  const walk = new ExitWalk(origin, names)
  for (const node of names.nodes.values()) {
    if (!node.cut && (!node.dname || node.dname === node)) walk.leave(node, TYPE.ALIAS)
  }
  return [...walk.exits].sort().slice(0, MAX_ALIAS_TARGETS)
}

class ExitWalk {
  readonly exits = new Set<string>()
  private readonly visited = new Set<NameKey>()
  private readonly origin: NameKey
  private readonly names: NodeMap

  constructor(origin: NameKey, names: NodeMap) {
    this.origin = origin
    this.names = names
  }

  /** Goes where the records of a type lead to. */
  leave(node: ZoneNode, type: number): void {
    const rrset = findRrset(node, type)
    if (rrset) for (const rdata of recordsOf(rrset.policy)) this.visit(targetOf(rdata))
  }

  private visit(name: Name): void {
    // Chains are short, but a zone may have one of any length, which no answer follows to its end.
    const waiting = [name]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (this.visited.has(next.key)) continue
      this.visited.add(next.key)
      waiting.push(...this.from(next))
    }
  }

  /** Returns the names that one leads to. One that the zone does not have is an exit. */
  private from(name: Name): readonly Name[] {
    if (!isSubdomain(name.key, this.origin)) return this.exit(name)
    const found = this.names.lookup(name.key)
    if (found.kind === 'delegation') return this.exit(name)
    if (found.kind === 'dname') {
      return targetsOf(found.node, TYPE.DNAME).flatMap((target) => substitute(name, found.node.key, target) ?? [])
    }
    if (found.kind !== 'exact' && found.kind !== 'wildcard') return []
    return targetsOf(found.node, TYPE.CNAME)
  }

  private exit(name: Name): readonly Name[] {
    this.exits.add(formatName(name.key))
    return []
  }
}

function targetsOf(node: ZoneNode, type: number): Name[] {
  const rrset = findRrset(node, type)
  return rrset ? recordsOf(rrset.policy).map(targetOf) : []
}
