import { type NameKey, type Question, type Response, type Rrset, Slab } from '../dns/query-path.ts'
import { MAX_SIGNED_MESSAGE_BYTES } from '../limits.ts'
import type { Reply, Zone } from '../zone/query-path.ts'
import type { KeyRing } from './key-ring.ts'

/**
 * The part of a message that is neither the header's ID, nor the question as it is spelled, nor OPT: two clients who get the same of
 * it get the same signatures.
 */
type Frame = { readonly from: number; readonly to: number }

/** All octets are copies: those of a query and of a zone are parts of larger buffers, which must not stay for their sake. */
type Entry = {
  readonly type: number
  /** The name as the first client spelled it. */
  readonly spelled: Uint8Array
  readonly flags: number
  readonly compactOk: boolean
  readonly ring: KeyRing
  /** Milliseconds since the epoch. */
  readonly keptAt: number
  /** The records of the unsigned message. */
  readonly unsigned: Uint8Array
  /** The header and the records of the signed one. */
  readonly header: Uint8Array
  readonly records: Uint8Array
  readonly response: Response
}

/**
 * Replies that were signed, by what they are without signatures. A popular answer costs a comparison and a copy: neither look-ups of
 * its signatures, nor to write the message. Entries belong to the zone as it was loaded, and go with it.
 */
export class MessageCache {
  private zones = new WeakMap<Zone, Map<NameKey, Entry[]>>()
  private bytes = 0
  private lastZone: Zone | undefined
  private lastNames: Map<NameKey, Entry[]> | undefined

  /** @param now milliseconds since the epoch */
  find(answered: Reply, zone: Zone, ring: KeyRing, compactOk: boolean, now: number): Reply | undefined {
    const { query, message } = answered
    const { question } = query
    const variants = question && this.namesOf(zone)?.get(question.key)
    const frame = variants && !answered.beyond ? frameOf(answered) : undefined
    if (!frame || !variants) return undefined
    for (const entry of variants) {
      if (!isFor(entry, question, message, frame) || entry.ring !== ring || entry.compactOk !== compactOk) continue
      // An entry that was kept by a clock that was ahead may hold signatures of the future.
      if (Math.abs(now - entry.keptAt) > KEPT_MS) return undefined
      return withMessage(answered, composed(entry, message, frame), responseFor(entry, answered))
    }
    return undefined
  }

  /** The last zone is mostly the next one, too. */
  private namesOf(zone: Zone): ReadonlyMap<NameKey, readonly Entry[]> | undefined {
    if (zone !== this.lastZone) {
      this.lastZone = zone
      this.lastNames = this.zones.get(zone)
    }
    return this.lastNames
  }

  /** Keeps a reply that was signed. @param answered the same without signatures */
  keep(answered: Reply, signed: Reply, zone: Zone, ring: KeyRing, compactOk: boolean, now: number): void {
    const { question } = answered.query
    const frame = frameOf(answered)
    if (!frame || !question) return
    const octets = signed.message
    const end = octets.length - (answered.message.length - frame.to)
    // A message that is a failure has another OPT record.
    if (end < frame.from || signed.response.ede || answered.beyond) return
    const entry = {
      ...{ type: question.type, spelled: question.wire.slice(), flags: flagsOf(answered.message) },
      ...{ compactOk, ring, keptAt: now },
      unsigned: answered.message.slice(frame.from, frame.to),
      header: octets.slice(0, HEADER_BYTES),
      records: octets.slice(frame.from, end),
      response: copied(signed.response),
    }
    this.bytes += ENTRY_OCTETS + 2 * entry.records.length + entry.unsigned.length
    if (this.bytes > MAX_SIGNED_MESSAGE_BYTES) {
      this.zones = new WeakMap()
      this.bytes = 0
    }
    const names = this.zones.get(zone) ?? new Map<NameKey, Entry[]>()
    this.zones.set(zone, names)
    this.lastZone = undefined
    const { message } = answered
    const others = (names.get(question.key) ?? []).filter((other) => !isFor(other, question, message, frame))
    names.set(question.key, [entry, ...others.slice(0, MAX_VARIANTS - 1)])
  }
}

/** Answers that a name has, by type, and by what its policies choose. Those of a name are compared one by one. */
const MAX_VARIANTS = 32

/** Signatures hold for a day more when they are made anew. */
const KEPT_MS = 600_000

const HEADER_BYTES = 12
const OPT_BYTES = 11

/** The memory of an entry with its response and question, about. */
const ENTRY_OCTETS = 3000

/** @returns undefined for a message whose OPT record depends on its length, or that has an error in it */
function frameOf({ query: { question, edns }, message, response }: Reply): Frame | undefined {
  if (!question || !edns || edns.padded || response.ede) return undefined
  const subnet = edns.ecs ? 8 + ((edns.ecs.sourcePrefixLength + 7) >> 3) : 0
  return { from: question.nameEnd + 4, to: message.length - OPT_BYTES - subnet }
}

const flagsOf = (message: Uint8Array): number => ((message[2] as number) << 8) | (message[3] as number)

/** The last octets tell most answers apart. */
function isFor(entry: Entry, { type }: Question, message: Uint8Array, { from, to }: Frame): boolean {
  const { unsigned } = entry
  if (entry.type !== type || unsigned.length !== to - from || entry.flags !== flagsOf(message)) return false
  for (let i = unsigned.length - 1; i >= 0; i--) if (unsigned[i] !== message[from + i]) return false
  return true
}

function withMessage(answered: Reply, message: Uint8Array, response: Response): Reply {
  const { query, shareable, asked, asker } = answered
  if (asked || !asker) return { ...answered, message, response }
  // A copy of each field takes a fraction of the time.
  return { kind: 'reply', message, query, response, shareable, beyond: undefined, asker }
}

const MESSAGES = new Slab()

/** Returns the signed message with the ID, the question and the OPT record of the unsigned one. */
function composed({ header, records, compactOk }: Entry, message: Uint8Array, { from, to }: Frame): Uint8Array {
  const optAt = from + records.length
  const out = MESSAGES.take(optAt + message.length - to)
  for (let i = 2; i < HEADER_BYTES; i++) out[i] = header[i] as number
  out[0] = message[0] as number
  out[1] = message[1] as number
  for (let i = HEADER_BYTES; i < from; i++) out[i] = message[i] as number
  out.set(records, from)
  for (let i = to; i < message.length; i++) out[optAt + i - to] = message[i] as number
  if (compactOk) out[optAt + 7] = (out[optAt + 7] as number) | 0x40
  return out
}

/** Returns the content of the message for the JSON forms, with the name as this client spelled it. */
function responseFor({ response, spelled }: Entry, { query, response: own }: Reply): Response {
  const asked = query.question as Question
  const same = response.scope === own.scope ? response : { ...response, scope: own.scope }
  if (isSpelledAlike(asked, spelled)) return same
  const respelled = (rrsets: readonly Rrset[]): readonly Rrset[] =>
    rrsets.map((rrset) => (rrset.owner.key === asked.key ? { ...rrset, owner: asked } : rrset))
  const { answer, authority, additional } = same
  return {
    ...same,
    ...{ answer: respelled(answer), authority: respelled(authority), additional: respelled(additional) },
  }
}

function isSpelledAlike({ message }: Question, spelled: Uint8Array): boolean {
  for (let i = 0; i < spelled.length; i++) if (message[HEADER_BYTES + i] !== spelled[i]) return false
  return true
}

/** Returns the content as the JSON forms need it, on its own. */
function copied(response: Response): Response {
  const copies = (rrsets: readonly Rrset[]): readonly Rrset[] =>
    rrsets.map((rrset) => ({
      ...rrset,
      owner: { wire: rrset.owner.wire.slice(), key: rrset.owner.key },
      rdatas: rrset.rdatas.map(({ bytes, text }) => ({ bytes: bytes.slice(), names: [], text })),
    }))
  const { answer, authority, additional } = response
  return { ...response, answer: copies(answer), authority: copies(authority), additional: copies(additional) }
}
