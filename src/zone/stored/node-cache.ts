import type { NameKey } from '../../dns/query-path.ts'
import { MAX_DROPPED_PART_BYTES, RECENT_LOOKUPS } from '../../limits.ts'
import type { Found, ZoneNames } from '../names.ts'
import { recentPlace } from '../recent-names.ts'
import type { Part } from './part.ts'
import type { StoredNode } from './stored-node.ts'

/** The result of a look-up of a name. It counts while the slot holds that part. */
export type Lookup = {
  readonly key: NameKey
  readonly names: ZoneNames
  /** The part's place in its zone. */
  readonly slot: { use(): Part | undefined }
  readonly part: Part
  readonly found: Found
}

/**
 * The names that were decoded and looked up last, of all zones of an isolate: bounded by their number, and by the
 * octets that they were decoded from. A name has one place, so that it drives out one other. A name whose records are
 * fixed is kept when it is asked for again: most names of a large zone are asked for once. A name is made of views of
 * its part, and keeps the octets of all of it: names of parts that were dropped are forgotten.
 */
export class NodeCache {
  private readonly nodes: (StoredNode | undefined)[]
  /** For each place, a number that the name has which was decoded there last, and not kept. */
  private readonly seen: Int32Array
  private readonly lookups: (Lookup | undefined)[] = new Array(RECENT_LOOKUPS).fill(undefined)
  private readonly maxOctets: number
  private octets = 0
  private droppedOctets = 0

  /** @param size a power of two */
  constructor(size: number, maxOctets: number) {
    this.nodes = new Array(size).fill(undefined)
    this.seen = new Int32Array(size)
    this.maxOctets = maxOctets
  }

  get(part: Part, at: number): StoredNode | undefined {
    const node = this.nodes[this.placeOf(part.id, at)]
    return node !== undefined && node.part === part && node.at === at ? node : undefined
  }

  /** Keeps a name, but for one with fixed records that is decoded for the first time. */
  add(node: StoredNode): void {
    const { id } = node.part
    const place = this.placeOf(id, node.at)
    const number = (id ^ Math.imul(node.at, 0x9e3779b1)) | 1
    if (node.isFixed && this.seen[place] !== number) {
      this.seen[place] = number
      return
    }
    this.nodes[place] = node
    node.isKept = true
    this.charge(node.octets)
  }

  /** Counts octets that were decoded. Beyond the limit the cache begins anew. */
  charge(octets: number): void {
    this.octets += octets
    if (this.octets <= this.maxOctets) return
    this.octets = 0
    this.nodes.fill(undefined)
    this.lookups.fill(undefined)
  }

  /** Returns the last look-up of a name at its place, of any zone. */
  lookup(key: NameKey): Lookup | undefined {
    return this.lookups[recentPlace(key, RECENT_LOOKUPS)]
  }

  keepLookup(lookup: Lookup): void {
    this.lookups[recentPlace(lookup.key, RECENT_LOOKUPS)] = lookup
  }

  /** Counts the octets of a part that was dropped. A search for its names takes longer than dropping it. */
  dropped(octets: number): void {
    this.droppedOctets += octets
    if (this.droppedOctets <= MAX_DROPPED_PART_BYTES) return
    this.droppedOctets = 0
    const { nodes, lookups } = this
    for (let i = 0; i < nodes.length; i++) if (nodes[i]?.part.isDropped) nodes[i] = undefined
    for (let i = 0; i < lookups.length; i++) if (lookups[i]?.part.isDropped) lookups[i] = undefined
  }

  private placeOf(id: number, at: number): number {
    return (at ^ (at >>> 12) ^ id) & (this.nodes.length - 1)
  }
}
