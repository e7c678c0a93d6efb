import { WILDCARD_LABEL } from '../../dns/index.ts'
import type { PolicyRrset, ZoneNode } from '../zone.ts'
import type { PartMember } from './kept-parts.ts'
import { nameHash } from './name-order.ts'
import { FORM, HAS_LEAST_TTL, isInline, MAX_PROBES, NODE } from './node-format.ts'
import { Octets } from './octet-writer.ts'
import { TableWriter } from './table-writer.ts'
import { octetsOf } from './write-value.ts'

/** Writes the JSON of a policy; its records and arrays go to the keeper. */
type PolicyWriter = (policy: PolicyRrset['policy'], keeper: TableWriter) => unknown

type Placed = PartMember & { readonly at: number }

/** A part while it is written: names, their rrsets, and what these refer to. */
export class PartWriter {
  private readonly originLength: number
  private readonly storePolicy: PolicyWriter
  readonly tables = new TableWriter()
  private readonly nodes = new Octets()
  private readonly at = new Map<ZoneNode, number>()
  private readonly names: Placed[] = []
  /** Wildcards stand behind the names that refer to them. */
  private readonly wildcards: { readonly at: number; readonly node: ZoneNode }[] = []

  /** @param originLength octets of the zone's origin, which names are stored without */
  constructor(originLength: number, storePolicy: PolicyWriter) {
    this.originLength = originLength
    this.storePolicy = storePolicy
  }

  /**
   * Adds a name that stands above the first name of the part. Nobody asks this part for its rrsets, but for those that
   * lead elsewhere or are the source of others.
   */
  addAbove(node: ZoneNode): void {
    const { cut, dname, key } = node
    const leads = cut === node || dname === node || key.startsWith(WILDCARD_LABEL)
    this.add(node, leads ? node.rrsets : NO_RRSETS)
  }

  /** Adds a name once. Returns its place. */
  add(node: ZoneNode, rrsets: readonly PolicyRrset[] = node.rrsets): number {
    const known = this.at.get(node)
    if (known !== undefined) return known
    const { key, cut, dname, wildcard } = node
    // The names that it refers to stand in front of it, so that it can say where.
    const cutAt = cut && cut !== node ? this.add(cut) : undefined
    const dnameAt = dname && dname !== node ? this.add(dname) : undefined
    const { nodes } = this
    const at = nodes.length
    this.at.set(node, at)
    this.names.push({ node, rrsets, at })
    nodes.u8(key.length - this.originLength)
    nodes.latin1(key.slice(0, key.length - this.originLength))
    nodes.u8((cut ? NODE.cut : 0) | (dname ? NODE.dname : 0) | (wildcard ? NODE.wildcard : 0))
    if (cut) nodes.u32(cutAt ?? at)
    if (dname) nodes.u32(dnameAt ?? at)
    if (wildcard) {
      this.wildcards.push({ at: nodes.length, node: wildcard })
      nodes.u32(0)
    }
    nodes.u16(rrsets.length)
    for (const rrset of rrsets) this.rrset(rrset)
    return at
  }

  /** The octets of the part so far, about. */
  get length(): number {
    return this.nodes.length + this.tables.length + 12 * this.names.length
  }

  /** Every name that it has. Take them after `finish`, which adds some. */
  get members(): readonly PartMember[] {
    return this.names
  }

  /** Returns the sections of names and tables. Nothing can be added to it any more. */
  finish(): readonly Uint8Array[] {
    for (const { at, node } of this.wildcards) this.nodes.patch(at, this.add(node))
    return [octetsOf(slotsOf(this.names, this.originLength)), this.nodes.written, ...this.tables.sections]
  }

  private rrset({ type, ttl, minTtl, policy }: PolicyRrset): void {
    const { nodes, tables } = this
    nodes.u16(type)
    nodes.u32(minTtl === undefined ? ttl : (ttl | HAS_LEAST_TTL) >>> 0)
    if (minTtl !== undefined) nodes.u32(minTtl)
    const fixed = policy.kind === 'values' && !policy.stored ? policy.rdatas : undefined
    const [only] = fixed ?? []
    if (fixed?.length === 1 && only && isInline(type, only)) {
      nodes.u8(FORM.address)
      nodes.all(only.bytes)
    } else if (fixed && fixed.length < 0x1_0000) {
      nodes.u8(FORM.records)
      nodes.u16(fixed.length)
      for (const rdata of fixed) nodes.u32(tables.rdata(rdata))
    } else {
      nodes.u8(FORM.policy)
      nodes.u32(tables.policy(JSON.stringify(this.storePolicy(policy, tables))))
    }
  }
}

const NO_RRSETS: readonly PolicyRrset[] = []

/**
 * Makes the table by which names are found: a seed, and pairs of a hash and the place of a name, 1 more than it is. A
 * name stands at its hash, or in the next free pair.
 */
function slotsOf(names: readonly Placed[], originLength: number): Uint32Array {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, names.length * 1.5)))
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    const slots = filled(names, originLength, size, seed)
    if (slots) return slots
  }
  throw new Error(`the names collide with ${MAX_SEEDS} seeds`)
}

/** Names that somebody made to collide do so with few seeds. */
const MAX_SEEDS = 1000

function filled(names: readonly Placed[], originLength: number, size: number, seed: number): Uint32Array | undefined {
  const slots = new Uint32Array(1 + 2 * size)
  slots[0] = seed
  for (const { node, at } of names) {
    const { key } = node
    const hash = nameHash(key, 0, key.length - originLength, seed)
    let slot = hash & (size - 1)
    for (let probes = 1; slots[2 + 2 * slot] !== 0; probes++) {
      if (probes === MAX_PROBES) return undefined
      slot = (slot + 1) & (size - 1)
    }
    slots[1 + 2 * slot] = hash
    slots[2 + 2 * slot] = at + 1
  }
  return slots
}
