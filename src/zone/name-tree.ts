import { formatName, type NameKey, parentKey, TYPE, WILDCARD_LABEL } from '../dns/index.ts'
import type { Issue } from '../policy/index.ts'
import type { PolicyRrset, ZoneNode } from './zone.ts'

/** A name of a zone that is being compiled. */
export type Draft = {
  readonly key: NameKey
  /** As the document spells it; a name that only lies between others has none. */
  owner: string | undefined
  rrsets: readonly PolicyRrset[]
  cut: ZoneNode | undefined
  dname: ZoneNode | undefined
  wildcard: ZoneNode | undefined
}

/** The names of a zone that is being compiled, with every name between them and the origin. */
export class NameTree {
  readonly nodes = new Map<NameKey, Draft>()
  private readonly origin: NameKey
  private lastParent: Draft | undefined
  private hasCuts = false
  private readonly redirects = new Set<Draft>()

  constructor(origin: NameKey) {
    this.origin = origin
  }

  /** Returns the node for a name, and makes those for every name between it and the origin. */
  node(key: NameKey): Draft {
    const existing = this.nodes.get(key)
    if (existing) return existing
    const draft: Draft = { key, owner: undefined, rrsets: NONE, cut: undefined, dname: undefined, wildcard: undefined }
    this.nodes.set(key, draft)
    if (key !== this.origin) {
      const parent = this.parentOf(key)
      if (key.startsWith(WILDCARD_LABEL)) parent.wildcard = draft
    }
    return draft
  }

  /** Returns the node above a name. Names in a list mostly have the same one as the name before. */
  private parentOf(key: NameKey): Draft {
    const { lastParent } = this
    if (lastParent && isChild(key, lastParent.key)) return lastParent
    const parent = this.node(parentKey(key))
    this.lastParent = parent
    return parent
  }

  /** Sets the rrsets of a name. */
  set(node: Draft, rrsets: readonly PolicyRrset[]): void {
    node.rrsets = rrsets
    this.hasCuts ||= node.key !== this.origin && has(node, TYPE.NS)
    if (has(node, TYPE.DNAME)) this.redirects.add(node)
  }

  /** The number of names that `mark` visits: each one for delegations, and each one for DNAMEs. */
  get toMark(): number {
    return this.nodes.size * ((this.hasCuts ? 1 : 0) + (this.redirects.size > 0 ? 1 : 0))
  }

  /**
   * Marks what is at and below delegations and DNAMEs, a name at a time, when all rrsets are set.
   * @param warnings gets those of data that is never answered
   */
  *mark(warnings: Issue[]): Generator<void> {
    if (this.hasCuts) yield* this.markCuts(warnings)
    if (this.redirects.size > 0) yield* this.markRedirects(warnings)
  }

  private *markCuts(warnings: Issue[]): Generator<void> {
    const cutOf = (node: Draft): ZoneNode | undefined => {
      if (node.key === this.origin) return undefined
      const above = cutOf(this.nodes.get(parentKey(node.key)) as Draft)
      return above ?? (has(node, TYPE.NS) ? node : undefined)
    }
    for (const node of this.nodes.values()) {
      yield
      node.cut = cutOf(node)
      if (!node.cut || node.cut === node) continue
      if (node.rrsets.some((rrset) => rrset.type !== TYPE.A && rrset.type !== TYPE.AAAA)) {
        const message = `${formatName(node.key)} is below the delegation ${formatName(node.cut.key)}; its data is never answered`
        warnings.push({ path: ['records', node.owner ?? ''], message })
      }
    }
  }

  /** RFC 6672 §2.4: nothing is found below a DNAME. Of it and a delegation the one nearer to the origin counts. */
  private *markRedirects(warnings: Issue[]): Generator<void> {
    const dnameOf = (node: Draft): ZoneNode | undefined => {
      const parent = node.key === this.origin ? undefined : this.nodes.get(parentKey(node.key))
      return (parent && dnameOf(parent)) ?? (this.redirects.has(node) ? node : undefined)
    }
    for (const node of this.nodes.values()) {
      yield
      const dname = dnameOf(node)
      if (!dname || (node.cut && node.cut.key.length <= dname.key.length)) continue
      node.dname = dname
      node.cut = undefined
      if (node === dname || node.rrsets.length === 0) continue
      const message = `${formatName(node.key)} is below the DNAME ${formatName(dname.key)}; its data is never answered`
      warnings.push({ path: ['records', node.owner ?? ''], message })
    }
  }
}

/** One empty list for all names without rrsets. */
const NONE: readonly PolicyRrset[] = []

const isChild = (key: NameKey, parent: NameKey): boolean =>
  key.length - parent.length === key.charCodeAt(0) + 1 && key.endsWith(parent)

const has = ({ rrsets }: ZoneNode, type: number): boolean => rrsets.some((rrset) => rrset.type === type)
