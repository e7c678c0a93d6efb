import type { NameKey } from '../dns/query-path.ts'
import type { ZoneNode } from './zone.ts'

/** The result of a look-up (RFC 1034 §4.3.2, RFC 4592). */
export type Found =
  | { readonly kind: 'exact' | 'wildcard'; readonly node: ZoneNode }
  | { readonly kind: 'delegation' | 'dname'; readonly node: ZoneNode }
  | { readonly kind: 'nothing'; readonly encloser: NameKey }

/** The part that knows a name is not in memory. */
export type MissingPart = { readonly kind: 'missing'; readonly part: number }

/** The names of a zone. A large zone has parts, of which some are in memory. */
export interface ZoneNames {
  /** Returns the number of the part that knows a name, if it is not in memory. @param key at or below the origin */
  missingPart(key: NameKey): number | undefined
  /** Returns the name itself, if it exists and its part is in memory. @param key any name */
  find(key: NameKey): ZoneNode | undefined
  /** @param key at or below the origin */
  lookup(key: NameKey): Found | MissingPart
  /** Returns every name that is in memory, for people. */
  all(): Iterable<ZoneNode>
}

/** The names of a zone that was compiled here: all of them are in memory. */
export class NodeMap implements ZoneNames {
  /** Every name that exists, empty non-terminals included. */
  readonly nodes: ReadonlyMap<NameKey, ZoneNode>

  constructor(nodes: ReadonlyMap<NameKey, ZoneNode>) {
    this.nodes = nodes
  }

  missingPart(): undefined {
    return undefined
  }

  find(key: NameKey): ZoneNode | undefined {
    return this.nodes.get(key)
  }

  all(): Iterable<ZoneNode> {
    return this.nodes.values()
  }

  lookup(key: NameKey): Found {
    const { nodes } = this
    const exact = nodes.get(key)
    if (exact) return foundExact(exact)
    let encloser: ZoneNode | undefined
    let at = 0
    // The origin exists, so that the walk ends.
    while (!encloser) {
      at += key.charCodeAt(at) + 1
      encloser = nodes.get(key.slice(at))
    }
    return foundBelow(encloser)
  }
}

/** Returns the result for a name that exists. */
export function foundExact(node: ZoneNode): Found {
  const { cut, dname } = node
  if (cut) return { kind: 'delegation', node: cut }
  return dname !== undefined && dname !== node ? { kind: 'dname', node: dname } : { kind: 'exact', node }
}

/** Returns the result for a name that does not exist. */
export function foundBelow(encloser: ZoneNode): Found {
  const { cut, dname, wildcard, key } = encloser
  if (cut) return { kind: 'delegation', node: cut }
  if (dname) return { kind: 'dname', node: dname }
  // A name server record at a wildcard is refused when the zone is compiled: a wildcard is never a delegation.
  return wildcard ? { kind: 'wildcard', node: wildcard } : { kind: 'nothing', encloser: key }
}
