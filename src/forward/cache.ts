import type { Ecs, NameKey } from '../dns/index.ts'
import { MAX_FORWARD_VARIANTS } from '../limits.ts'
import { type Kept, sizeOf } from './kept-reply.ts'
import { octetMask, type UpstreamQuery } from './upstream-query.ts'

/** The key of a reply, beside the name. */
export type Asked = Pick<UpstreamQuery, 'nameKey' | 'type' | 'class' | 'dnssecOk' | 'checkingDisabled' | 'ecs'>

/**
 * The clients that a reply is for (RFC 7871 §7.3.1): everybody, if its scope is 0 though a network was sent; those
 * without the option, if none was sent; those that opted out; or a network.
 */
type Audience = 'all' | 'plain' | 'opted out' | Ecs

type Variant = {
  readonly type: number
  readonly class: number
  readonly dnssecOk: boolean
  readonly checkingDisabled: boolean
  readonly audience: Audience
  kept: Kept
}

type Generation = { readonly names: Map<NameKey, Variant[]>; bytes: number }

/**
 * Replies by name, type, class, DO, CD and the clients that they are for. Two generations bound it in octets: what is
 * asked for moves to the young one, and when that has half of the octets, the old one goes. So a look-up of a popular
 * name moves nothing, and a flood of names pushes out what nobody asks for.
 */
export class ReplyCache {
  private young: Generation = { names: new Map(), bytes: 0 }
  private old: Generation = { names: new Map(), bytes: 0 }
  private readonly maxBytes: number

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get bytes(): number {
    return this.young.bytes + this.old.bytes
  }

  find(asked: Asked): Kept | undefined {
    const variants = this.variantsOf(asked.nameKey)
    if (!variants) return undefined
    let found: Variant | undefined
    for (const variant of variants) {
      if (isFor(variant, asked) && (!found || isNarrower(variant, found))) found = variant
    }
    return found?.kept
  }

  /** Keeps a reply, in place of the one for the same question and clients. */
  keep(asked: Asked, kept: Kept): void {
    const { nameKey: key, type, class: klass, dnssecOk, checkingDisabled } = asked
    const audience = audienceOf(asked, kept)
    const { young } = this
    const variant = { type, class: klass, dnssecOk, checkingDisabled, audience, kept }
    const variants = this.variantsOf(key)
    if (!variants) {
      young.names.set(key, [variant])
      young.bytes += key.length + sizeOf(kept)
    } else {
      const same = variants.findIndex((other) => isSame(other, variant))
      if (same < 0) variants.push(variant)
      young.bytes += sizeOf(kept)
      const dropped = same >= 0 ? variants.splice(same, 1, variant)[0] : undefined
      const oldest = variants.length > MAX_FORWARD_VARIANTS ? variants.shift() : undefined
      for (const gone of [dropped, oldest]) if (gone) young.bytes -= sizeOf(gone.kept)
    }
    this.turn()
  }

  /** Returns the replies for a name, which become young. */
  private variantsOf(key: NameKey): Variant[] | undefined {
    const { young, old } = this
    const known = young.names.get(key)
    if (known) return known
    const variants = old.names.get(key)
    if (!variants) return undefined
    const bytes = variants.reduce((sum, { kept }) => sum + sizeOf(kept), key.length)
    old.names.delete(key)
    old.bytes -= bytes
    young.names.set(key, variants)
    young.bytes += bytes
    this.turn()
    return variants
  }

  private turn(): void {
    if (this.young.bytes < this.maxBytes / 2) return
    this.old = this.young
    this.young = { names: new Map(), bytes: 0 }
  }
}

function audienceOf({ ecs }: Asked, { scope }: Kept): Audience {
  if (!ecs) return 'plain'
  if (ecs.sourcePrefixLength === 0) return 'opted out'
  return scope === 0 || !ecs.address ? 'all' : { ...ecs, sourcePrefixLength: scope }
}

function isFor(variant: Variant, asked: Asked): boolean {
  if (variant.type !== asked.type || variant.dnssecOk !== asked.dnssecOk || variant.class !== asked.class) return false
  if (variant.checkingDisabled !== asked.checkingDisabled) return false
  const { audience } = variant
  const { ecs } = asked
  if (audience === 'all') return true
  if (!ecs) return audience === 'plain'
  if (ecs.sourcePrefixLength === 0) return audience === 'opted out'
  return typeof audience === 'object' && contains(audience, ecs)
}

/** Returns true if all addresses of the second network are in the first. */
function contains(network: Ecs, other: Ecs): boolean {
  const length = network.sourcePrefixLength
  if (network.family !== other.family || other.sourcePrefixLength < length) return false
  for (let bit = 0; bit < length; bit += 8) {
    const differing = (network.address?.bytes[bit >> 3] ?? 0) ^ (other.address?.bytes[bit >> 3] ?? 0)
    if (differing & octetMask(length - bit)) return false
  }
  return true
}

const isNarrower = (a: Variant, b: Variant): boolean => lengthOf(a.audience) > lengthOf(b.audience)

const lengthOf = (audience: Audience): number => (typeof audience === 'object' ? audience.sourcePrefixLength : 0)

function isSame(a: Variant, b: Variant): boolean {
  if (a.type !== b.type || a.class !== b.class) return false
  if (a.dnssecOk !== b.dnssecOk || a.checkingDisabled !== b.checkingDisabled) return false
  if (typeof a.audience !== 'object' || typeof b.audience !== 'object') return a.audience === b.audience
  return a.audience.sourcePrefixLength === b.audience.sourcePrefixLength && contains(a.audience, b.audience)
}
