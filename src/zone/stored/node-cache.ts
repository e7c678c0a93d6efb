import { MAX_DROPPED_PART_BYTES } from '../../limits.ts'
import type { Part } from './part.ts'
import type { StoredNode } from './stored-node.ts'

/**
 * The names that were decoded last, of all zones of an isolate: bounded by their number, and by the octets that they
 * were decoded from. A name has one place, so that a name that is asked for once drives out one other. A name is made of
 * views of its part, and keeps the octets of all of it: names of parts that were dropped are forgotten.
 */
export class NodeCache {
  private readonly nodes: (StoredNode | undefined)[]
  private readonly maxOctets: number
  private octets = 0
  private droppedOctets = 0

  /** @param size a power of two */
  constructor(size: number, maxOctets: number) {
    this.nodes = new Array(size).fill(undefined)
    this.maxOctets = maxOctets
  }

  get(part: Part, at: number): StoredNode | undefined {
    const node = this.nodes[this.placeOf(part, at)]
    return node?.part === part && node.at === at ? node : undefined
  }

  set(part: Part, at: number, node: StoredNode): void {
    this.nodes[this.placeOf(part, at)] = node
  }

  /** Counts octets that were decoded. Beyond the limit the cache begins anew. */
  charge(octets: number): void {
    this.octets += octets
    if (this.octets <= this.maxOctets) return
    this.octets = 0
    this.nodes.fill(undefined)
  }

  /** Counts the octets of a part that was dropped. A search for its names takes longer than dropping it. */
  dropped(octets: number): void {
    this.droppedOctets += octets
    if (this.droppedOctets <= MAX_DROPPED_PART_BYTES) return
    this.droppedOctets = 0
    const { nodes } = this
    for (let i = 0; i < nodes.length; i++) if (nodes[i]?.part.isDropped) nodes[i] = undefined
  }

  private placeOf({ id }: Part, at: number): number {
    return (at ^ (at >>> 12) ^ id) & (this.nodes.length - 1)
  }
}
