import { formatName, type NameKey, parentKey, TYPE, WILDCARD_LABEL } from '../dns/index.ts'
import type { Issue } from '../policy/index.ts'
import type { PolicyRrset, ZoneNode } from './zone.ts'

/** A name of a zone that is being compiled. */
export type Draft = {
  readonly key: NameKey
  /** As the document spells it; a name that only lies between others has none. */
  owner: string | undefined
  rrsets: PolicyRrset[]
  cut: ZoneNode | undefined
  dname: ZoneNode | undefined
  wildcard: ZoneNode | undefined
}

/** The names of a zone that is being compiled, with every name between them and the origin. */
export class NameTree {
  readonly nodes = new Map<NameKey, Draft>()
  private readonly origin: NameKey

  constructor(origin: NameKey) {
    this.origin = origin
  }

  /** The node for a name, and for every name between it and the origin. */
  node(key: NameKey): Draft {
    const existing = this.nodes.get(key)
    if (existing) return existing
    const draft: Draft = { key, owner: undefined, rrsets: [], cut: undefined, dname: undefined, wildcard: undefined }
    this.nodes.set(key, draft)
    if (key !== this.origin) {
      const parent = this.node(parentKey(key))
      if (key.startsWith(WILDCARD_LABEL)) parent.wildcard = draft
    }
    return draft
  }

  /** Marks what is at and below delegations and DNAMEs; the warnings are of data that is never answered. */
  mark(): Issue[] {
    return [...this.markCuts(), ...this.markRedirects()]
  }

  private markCuts(): Issue[] {
    const warnings: Issue[] = []
    const cutOf = (node: Draft): ZoneNode | undefined => {
      if (node.key === this.origin) return undefined
      const above = cutOf(this.nodes.get(parentKey(node.key)) as Draft)
      return above ?? (has(node, TYPE.NS) ? node : undefined)
    }
    for (const node of this.nodes.values()) {
      // An array that grew keeps room for more; a large zone has many.
      node.rrsets = node.rrsets.slice()
      node.cut = cutOf(node)
      if (!node.cut || node.cut === node) continue
      if (node.rrsets.some((rrset) => rrset.type !== TYPE.A && rrset.type !== TYPE.AAAA)) {
        const message = `${formatName(node.key)} is below the delegation ${formatName(node.cut.key)}; its data is never answered`
        warnings.push({ path: ['records', node.owner ?? ''], message })
      }
    }
    return warnings
  }

  /** RFC 6672 §2.4: nothing is found below a DNAME. Of it and a delegation the one nearer to the origin counts. */
  private markRedirects(): Issue[] {
    const warnings: Issue[] = []
    const nodes = [...this.nodes.values()]
    const owners = new Set(nodes.filter((node) => has(node, TYPE.DNAME)))
    if (owners.size === 0) return warnings
    const dnameOf = (node: Draft): ZoneNode | undefined => {
      const parent = node.key === this.origin ? undefined : this.nodes.get(parentKey(node.key))
      return (parent && dnameOf(parent)) ?? (owners.has(node) ? node : undefined)
    }
    for (const node of nodes) {
      const dname = dnameOf(node)
      if (!dname || (node.cut && node.cut.key.length <= dname.key.length)) continue
      node.dname = dname
      node.cut = undefined
      if (node === dname || node.rrsets.length === 0) continue
      const message = `${formatName(node.key)} is below the DNAME ${formatName(dname.key)}; its data is never answered`
      warnings.push({ path: ['records', node.owner ?? ''], message })
    }
    return warnings
  }
}

const has = ({ rrsets }: ZoneNode, type: number): boolean => rrsets.some((rrset) => rrset.type === type)
