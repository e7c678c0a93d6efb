import type { NameKey, Rdata } from '../dns/query-path.ts'
import type { KeyRing } from './key-ring.ts'

/** The content of an rrset that is signed. `ttl`: the original one, in seconds. Each record stands there once. */
export type Content = {
  readonly owner: NameKey
  readonly type: number
  readonly ttl: number
  readonly rdatas: readonly Rdata[]
}

/** The signatures of an rrset: one for each key. */
export type Signatures = readonly Rdata[]

/**
 * Signatures that are kept, or being made. `since`, `refreshAt`: seconds since the epoch; the latter is long before
 * they expire.
 */
export type Kept = {
  readonly ring: KeyRing
  readonly since: number
  readonly refreshAt: number
  made: Signatures | Promise<Signatures>
}

/** The content is copied: records are views of a zone's buffers, which must go when the zone goes. */
type Entry = Omit<Content, 'rdatas'> & {
  readonly kept: Kept
  readonly data: readonly Uint8Array[]
  readonly bytes: number
  /** The same as `data`, where there are too many to compare each with each. */
  texts: Set<string> | undefined
}

/**
 * Signatures by the content that they sign, whatever the order of its records. Two generations bound it in octets: what
 * is asked for moves to the young one, and when that has half of the octets, the old one goes.
 */
export class SignatureCache {
  private young = new Map<number, Entry>()
  private old = new Map<number, Entry>()
  private youngBytes = 0
  private readonly maxBytes: number

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** @param hash of the content, by `hashOf` */
  find(hash: number, content: Content, ring: KeyRing): Kept | undefined {
    const young = this.young.get(hash)
    if (young) return isSame(young, content) && young.kept.ring === ring ? young.kept : undefined
    const old = this.old.get(hash)
    if (!old || old.kept.ring !== ring || !isSame(old, content)) return undefined
    this.put(hash, old)
    return old.kept
  }

  /** Keeps signatures in place of those of the same hash. @param octets the octets of each signature, about */
  keep(hash: number, { owner, type, ttl, rdatas }: Content, kept: Kept, octets: number): void {
    const data = rdatas.map(({ bytes }) => bytes.slice())
    const bytes = data.reduce((sum, { length }) => sum + length + ARRAY_OCTETS, ENTRY_OCTETS + owner.length + octets)
    this.put(hash, { owner, type, ttl, data, kept, bytes, texts: undefined })
  }

  /** Forgets signatures that could not be made. */
  drop(hash: number, kept: Kept): void {
    const entry = this.young.get(hash)
    if (entry?.kept !== kept) return
    this.young.delete(hash)
    this.youngBytes -= entry.bytes
  }

  private put(hash: number, entry: Entry): void {
    this.youngBytes += entry.bytes - (this.young.get(hash)?.bytes ?? 0)
    this.young.set(hash, entry)
    if (this.youngBytes < this.maxBytes / 2) return
    this.old = this.young
    this.young = new Map()
    this.youngBytes = 0
  }
}

/** The memory of an array of octets, and of an entry with its maps, as V8 has them, about. */
const ARRAY_OCTETS = 100
const ENTRY_OCTETS = 500

/** Returns a number of 32 bits that does not depend on the order of the records. Equality is for `find` to tell. */
export function hashOf({ owner, type, ttl, rdatas }: Content): number {
  let hash = (type * 31 + ttl) | 0
  for (let i = 0; i < owner.length; i++) hash = Math.imul(hash ^ owner.charCodeAt(i), 0x01000193)
  let sum = 0
  for (const { bytes } of rdatas) sum = (sum + hashOctets(bytes)) | 0
  return mixed(hash ^ mixed(sum))
}

function hashOctets(bytes: Uint8Array): number {
  let hash = bytes.length
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return mixed(hash)
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

const MAX_COMPARED = 16

/** The records of both sides are distinct, so that as many that are all found are the same ones. */
function isSame(entry: Entry, { owner, type, ttl, rdatas }: Content): boolean {
  const { data } = entry
  if (entry.owner !== owner || entry.type !== type || entry.ttl !== ttl || data.length !== rdatas.length) return false
  if (data.length <= MAX_COMPARED) {
    for (let i = 0; i < data.length; i++) if (!isAmong((rdatas[i] as Rdata).bytes, data, i)) return false
    return true
  }
  entry.texts ??= new Set(data.map(textOf))
  for (const { bytes } of rdatas) if (!entry.texts.has(textOf(bytes))) return false
  return true
}

const textOf = (bytes: Uint8Array): string => bytes.join()

/** @param likely the place where it is, if the order is the same */
function isAmong(bytes: Uint8Array, data: readonly Uint8Array[], likely: number): boolean {
  if (isEqual(bytes, data[likely] as Uint8Array)) return true
  for (const other of data) if (isEqual(bytes, other)) return true
  return false
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
