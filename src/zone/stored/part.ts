import type { NameKey } from '../../dns/query-path.ts'
import type { Policy } from '../../policy/query-path.ts'
import type { Damage } from './damage.ts'
import { nameHash } from './name-order.ts'
import type { NodeCache } from './node-cache.ts'
import { MAX_PROBES } from './node-format.ts'
import { StoredNode } from './stored-node.ts'
import type { Tables } from './tables.ts'

/** Makes a policy of its JSON. @throws `Damaged` */
type PolicyReader = (json: unknown, tables: Tables) => Policy

/** The data that the parts of a zone share. */
export type PartContext = {
  readonly originKey: NameKey
  readonly cache: NodeCache
  readonly loadPolicy: PolicyReader
  /** Gets the damage that queries find. */
  readonly damage: Damage
}

let lastId = 0

/** Ids that spread over the places of the cache. */
function nextId(): number {
  lastId = (lastId + 0x9e3779b1) | 0
  return lastId
}

/** Names of a zone, found in the octets that were read. */
export class Part {
  /** Differs between parts, for the cache. */
  readonly id = nextId()
  /** True if no zone has it any more. */
  isDropped = false
  readonly tables: Tables
  readonly context: PartContext
  readonly nodes: Uint8Array
  private readonly slots: Uint32Array
  private readonly seed: number
  private readonly mask: number
  private readonly originLength: number

  constructor(slots: Uint32Array, nodes: Uint8Array, tables: Tables, context: PartContext) {
    this.slots = slots
    this.nodes = nodes
    this.tables = tables
    this.context = context
    this.seed = this.slots[0] ?? 0
    this.mask = ((this.slots.length - 1) >> 1) - 1
    this.originLength = context.originKey.length
  }

  /** Returns the same octets as a part of another version of the zone, whose maps and scripts may differ. */
  in(context: PartContext): Part {
    return new Part(this.slots, this.nodes, this.tables, context)
  }

  /** Returns the name `key.slice(from)`, if it is here. */
  find(key: NameKey, from: number): StoredNode | undefined {
    const to = key.length - this.originLength
    const at = this.placeOf(key, from, to)
    return at < 0 ? undefined : this.node(at)
  }

  /** Lets go of the names that were decoded of it. @param octets of the value that it was read from */
  drop(octets: number): void {
    this.isDropped = true
    this.context.cache.dropped(octets)
  }

  /** Returns all names, in any order; those above the first one, too. */
  *all(): Iterable<StoredNode> {
    const { slots } = this
    for (let i = 2; i < slots.length; i += 2) if (slots[i] !== 0) yield this.node((slots[i] as number) - 1)
  }

  /** Returns the name at a place. @throws `Damaged` */
  node(at: number): StoredNode {
    const { cache } = this.context
    const cached = cache.get(this, at)
    if (cached) return cached
    const node = this.decoded(at)
    cache.add(node)
    return node
  }

  private decoded(at: number): StoredNode {
    try {
      return new StoredNode(this, at)
    } catch (error) {
      this.context.damage.note(error)
      throw error
    }
  }

  private placeOf(key: NameKey, from: number, to: number): number {
    const { slots, mask } = this
    const hash = nameHash(key, from, to, this.seed)
    let slot = hash & mask
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const at = slots[2 + 2 * slot]
      if (at === undefined || at === 0) return -1
      if (slots[1 + 2 * slot] === hash && this.isAt(at - 1, key, from, to)) return at - 1
      slot = (slot + 1) & mask
    }
    return -1
  }

  private isAt(at: number, key: NameKey, from: number, to: number): boolean {
    const { nodes } = this
    if (nodes[at] !== to - from) return false
    const offset = at + 1 - from
    for (let i = from; i < to; i++) if (nodes[offset + i] !== key.charCodeAt(i)) return false
    return true
  }
}
