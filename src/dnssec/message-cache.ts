import { type NameKey, type Question, type Response, type Rrset, Slab } from '../dns/query-path.ts'
import { MAX_SIGNED_MESSAGE_BYTES } from '../limits.ts'
import type { Reply, Zone } from '../zone/query-path.ts'
import type { KeyRing } from './key-ring.ts'

/**
 * All octets are copies: those of a query and of a zone are parts of larger buffers, which must not stay for their
 * sake.
 */
type Entry = {
  readonly type: number
  /** The name as the first client spelled it. */
  readonly spelled: Uint8Array
  readonly flags: number
  readonly compactOk: boolean
  readonly ring: KeyRing
  /** Milliseconds since the epoch. */
  readonly keptAt: number
  /**
   * The records of the unsigned message: the part that is neither the header's ID, nor the question as it is spelled,
   * nor OPT. Two clients who get the same of it get the same signatures.
   */
  readonly unsigned: Uint8Array
  /** The length of the signed message up to OPT. */
  readonly end: number
  /** The signed message as a client got it, who shares it with all that ask alike: nobody writes to it. */
  whole: Whole
  /** The message of the client who spelled the name so. */
  readonly first: Uint8Array
  /** The clients since then who asked otherwise: with another ID, in other letters, or with another OPT record. */
  others: number
  readonly response: Response
}

/** A message in a buffer of its own, with room for a longer OPT record. */
type Whole = { readonly words: Int32Array; readonly message: Uint8Array }

function wholeOf(message: Uint8Array): Whole {
  const words = new Int32Array((message.length + MAX_OPT_BYTES + 3) >> 2)
  const whole = new Uint8Array(words.buffer, 0, message.length)
  whole.set(message)
  return { words, message: whole }
}

/**
 * Replies that were signed, by what they are without signatures. A popular answer costs a comparison, and a copy for
 * clients who ask otherwise than most: neither look-ups of its signatures, nor to write the message. Entries belong to
 * the zone as it was loaded, and go with it.
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
    if (!variants || answered.beyond) return undefined
    const to = recordsEnd(answered)
    if (to === NOWHERE) return undefined
    for (const entry of variants) {
      if (!isFor(entry, question, message, to) || entry.ring !== ring || entry.compactOk !== compactOk) continue
      // An entry that was kept by a clock that was ahead may hold signatures of the future.
      if (Math.abs(now - entry.keptAt) > KEPT_MS) return undefined
      const whole = messageFor(entry, question, message, to)
      return withMessage(answered, whole, responseFor(entry, answered, whole === entry.first))
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
    const to = recordsEnd(answered)
    if (to === NOWHERE || !question) return
    const from = recordsStart(question)
    const octets = signed.message
    const end = octets.length - (answered.message.length - to)
    // A message that is a failure has another OPT record.
    if (end < from || signed.response.ede || answered.beyond) return
    const whole = wholeOf(octets)
    const entry = {
      ...{ type: question.type, spelled: question.wire.slice(), flags: flagsOf(answered.message) },
      ...{ compactOk, ring, keptAt: now },
      unsigned: answered.message.slice(from, to),
      ...{ end, whole, first: whole.message, others: 0 },
      response: copied(signed.response),
    }
    this.bytes += ENTRY_OCTETS + 2 * octets.length + entry.unsigned.length
    if (this.bytes > MAX_SIGNED_MESSAGE_BYTES) {
      this.zones = new WeakMap()
      this.bytes = 0
    }
    const names = this.zones.get(zone) ?? new Map<NameKey, Entry[]>()
    this.zones.set(zone, names)
    this.lastZone = undefined
    const { message } = answered
    const others = (names.get(question.key) ?? []).filter((other) => !isFor(other, question, message, to))
    names.set(question.key, [entry, ...others.slice(0, MAX_VARIANTS - 1)])
  }
}

/** Answers that a name has, by type, and by what its policies choose. Those of a name are compared one by one. */
const MAX_VARIANTS = 32

/** A message is kept for so long. Its signatures are valid for a day more, because they are replaced before that. */
const KEPT_MS = 600_000

const HEADER_BYTES = 12
const OPT_BYTES = 11

/** The memory of an entry with its response and question, about. */
const ENTRY_OCTETS = 3000

/** OPT with an option of a whole IPv6 address (RFC 7871 §6). */
const MAX_OPT_BYTES = OPT_BYTES + 8 + 16

const recordsStart = ({ nameEnd }: Question): number => nameEnd + 4

/**
 * @returns the end of the records; NOWHERE for a message whose OPT record depends on its length, or that has an error
 * in it
 */
function recordsEnd({ query: { edns }, message, response }: Reply): number {
  if (!edns || edns.padded || response.ede) return NOWHERE
  const subnet = edns.ecs ? 8 + ((edns.ecs.sourcePrefixLength + 7) >> 3) : 0
  return message.length - OPT_BYTES - subnet
}

const NOWHERE = -1

const flagsOf = (message: Uint8Array): number => ((message[2] as number) << 8) | (message[3] as number)

/** The last octets tell most answers apart. */
function isFor(entry: Entry, question: Question, message: Uint8Array, to: number): boolean {
  const { unsigned } = entry
  const from = recordsStart(question)
  const { length } = unsigned
  if (entry.type !== question.type || length !== to - from || entry.flags !== flagsOf(message)) return false
  for (let i = length - 1; i >= 0; i--) if (unsigned[i] !== message[from + i]) return false
  return true
}

function withMessage(answered: Reply, message: Uint8Array, response: Response): Reply {
  const { query, shareable, asked, asker } = answered
  if (asked || !asker) return { ...answered, message, response }
  // A copy of each field takes a fraction of the time.
  return { kind: 'reply', message, query, response, shareable, beyond: undefined, asker }
}

const MESSAGES = new Slab()

/**
 * Most clients ask alike: over HTTP the ID is 0 (RFC 8484 §4.1). After so many who do not, what they ask is taken for
 * usual.
 */
const MAX_OTHERS = 16

/** Returns the signed message with the ID, the question and the OPT record of the unsigned one. */
function messageFor(entry: Entry, question: Question, message: Uint8Array, to: number): Uint8Array {
  if (isWhole(entry, question, message, to)) {
    entry.others = 0
    return entry.whole.message
  }
  const { end, compactOk, whole } = entry
  const out = MESSAGES.copy(whole.words, end + message.length - to)
  out[0] = message[0] as number
  out[1] = message[1] as number
  const from = recordsStart(question)
  for (let i = HEADER_BYTES; i < from; i++) out[i] = message[i] as number
  for (let i = to, at = end; i < message.length; i++) out[at++] = message[i] as number
  if (compactOk) out[end + 7] = (out[end + 7] as number) | COMPACT_OK
  if (++entry.others > MAX_OTHERS) {
    entry.whole = wholeOf(out)
    entry.others = 0
  }
  return out
}

/** CO in the flags of OPT (RFC 9824 §5.1), which the unsigned message has not. */
const COMPACT_OK = 0x40

/** Returns true if a client asked as the one did for whom the whole message was written. */
function isWhole({ whole, end, compactOk }: Entry, question: Question, message: Uint8Array, to: number): boolean {
  const { message: kept } = whole
  if (kept.length !== end + message.length - to || kept[0] !== message[0] || kept[1] !== message[1]) return false
  const from = recordsStart(question)
  for (let i = HEADER_BYTES; i < from; i++) if (kept[i] !== message[i]) return false
  const back = end - to
  for (let i = to; i < message.length; i++) {
    const octet = compactOk && i === to + 7 ? (message[i] as number) | COMPACT_OK : message[i]
    if (kept[i + back] !== octet) return false
  }
  return true
}

/** Returns the content of the message for the JSON forms, with the name as this client spelled it. */
function responseFor({ response, spelled }: Entry, { query, response: own }: Reply, isFirst: boolean): Response {
  const asked = query.question as Question
  const same = response.scope === own.scope ? response : { ...response, scope: own.scope }
  if (isFirst || isSpelledAlike(asked, spelled)) return same
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
