import { isSubdomain, type NameKey, type Rdata, TYPE } from '../../dns/query-path.ts'
import type { Policy } from '../../policy/query-path.ts'
import { Damaged } from '../../stored-value.ts'
import { findRrset, type PolicyRrset, type ZoneNode } from '../zone.ts'
import { addressLength, FORM, HAS_LEAST_TTL, NODE } from './node-format.ts'
import { OctetReader } from './octets.ts'
import type { Part } from './part.ts'
import { AddressRdata } from './tables.ts'

/** A name of a part. What it refers to is decoded when it is asked for. */
export class StoredNode implements ZoneNode {
  readonly part: Part
  /** Its place in the part. */
  readonly at: number
  readonly rrsets: readonly StoredRrset[]
  /** The octets that it takes in the part. */
  readonly octets: number
  /** True if no policy has to be decoded for it. */
  readonly isFixed: boolean
  /** True from when it was put into the cache. */
  isKept = false
  private knownKey: NameKey | undefined
  private readonly cutAt: number
  private readonly dnameAt: number
  private readonly wildcardAt: number

  constructor(part: Part, at: number) {
    const reader = new OctetReader(part.nodes, at)
    this.part = part
    this.at = at
    reader.skip(reader.u8())
    const flags = reader.u8()
    this.cutAt = flags & NODE.cut ? reader.u32() : NONE
    this.dnameAt = flags & NODE.dname ? reader.u32() : NONE
    this.wildcardAt = flags & NODE.wildcard ? reader.u32() : NONE
    const count = reader.u16()
    const rrsets: StoredRrset[] = []
    for (let i = 0; i < count; i++) rrsets.push(readRrset(reader, part))
    this.rrsets = rrsets
    this.isFixed = rrsets.every(({ isFixed }) => isFixed)
    this.octets = reader.at - at
  }

  /** The octets of the name in front of the origin. */
  private get relative(): Uint8Array {
    const { nodes } = this.part
    const start = this.at + 1
    return nodes.subarray(start, start + (nodes[this.at] as number))
  }

  /** Most answers do not need it. */
  get key(): NameKey {
    this.knownKey ??= String.fromCharCode(...this.relative) + this.part.context.originKey
    return this.knownKey
  }

  /** @throws `Damaged` for a name that is not at or above this one, or has no such record */
  get cut(): ZoneNode | undefined {
    return this.above(this.cutAt, TYPE.NS)
  }

  /** @throws `Damaged` as for `cut` */
  get dname(): ZoneNode | undefined {
    return this.above(this.dnameAt, TYPE.DNAME)
  }

  /** @throws `Damaged` for a name that is not this one's wildcard */
  get wildcard(): ZoneNode | undefined {
    const wildcard = this.other(this.wildcardAt)
    if (wildcard && !wildcard.isWildcardOf(this)) throw this.part.context.damage.found("a name's own wildcard")
    return wildcard
  }

  private isWildcardOf({ relative }: StoredNode): boolean {
    const own = this.relative
    if (own.length !== relative.length + 2 || own[0] !== 1 || own[1] !== ASTERISK) return false
    for (let i = 0; i < relative.length; i++) if (relative[i] !== own[i + 2]) return false
    return true
  }

  private above(at: number, type: number): ZoneNode | undefined {
    if (at === NONE) return undefined
    const node = this.other(at)
    if (node && !(isSubdomain(this.key, node.key) && findRrset(node, type))) {
      throw this.part.context.damage.found('the delegation or the DNAME that a name is at or below')
    }
    return node
  }

  private other(at: number): StoredNode | undefined {
    if (at === NONE) return undefined
    return at === this.at ? this : this.part.node(at)
  }
}

const NONE = -1
const ASTERISK = 0x2a

function readRrset(reader: OctetReader, part: Part): StoredRrset {
  const type = reader.u16()
  const first = reader.u32()
  const follows = first >= HAS_LEAST_TTL
  const ttl = follows ? first - HAS_LEAST_TTL : first
  const minTtl = follows ? reader.u32() : undefined
  const form = reader.u8()
  switch (form) {
    case FORM.address: {
      const length = addressLength(type)
      if (length === 0) throw new Damaged('an address')
      return new StoredRrset(type, ttl, minTtl, fixed([new AddressRdata(reader.take(length))]))
    }
    case FORM.records: {
      const rdatas: Rdata[] = []
      for (let i = reader.u16(); i > 0; i--) rdatas.push(part.tables.rdata(reader.u32()))
      return new StoredRrset(type, ttl, minTtl, fixed(rdatas))
    }
    case FORM.policy:
      return new StoredRrset(type, ttl, minTtl, undefined, part, reader.u32())
    default:
      throw new Damaged('an rrset of a known form')
  }
}

const fixed = (rdatas: readonly Rdata[]): Policy => ({ kind: 'values', rdatas })

/** An rrset of a part. Its policy is decoded when a query first needs it. */
class StoredRrset implements PolicyRrset {
  readonly type: number
  readonly ttl: number
  readonly minTtl: number | undefined
  private known: Policy | undefined
  private readonly part: Part | undefined
  private readonly number: number

  constructor(
    type: number,
    ttl: number,
    minTtl: number | undefined,
    known: Policy | undefined,
    part?: Part,
    number = NONE,
  ) {
    this.type = type
    this.ttl = ttl
    this.minTtl = minTtl
    this.known = known
    this.part = part
    this.number = number
  }

  /** True if it is no policy, which would have to be decoded. */
  get isFixed(): boolean {
    return this.part === undefined
  }

  get policy(): Policy {
    this.known ??= this.decoded()
    return this.known
  }

  /** A policy that cannot be decoded answers nobody, and says so. */
  private decoded(): Policy {
    const { number } = this
    const { tables, context } = this.part as Part
    try {
      context.cache.charge(tables.policyLength(number))
      return context.loadPolicy(tables.policy(number), tables)
    } catch (error) {
      context.damage.note(error)
      return { kind: 'fail', why: `the compiled answer is damaged: ${(error as Error).message}` }
    }
  }
}
