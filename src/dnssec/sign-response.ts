import {
  type Name,
  type NameKey,
  type Question,
  RCODE,
  type Rdata,
  type Response,
  type Rrset,
  TYPE,
} from '../dns/query-path.ts'
import { Damaged } from '../stored-value.ts'
import {
  type Found,
  findRrset,
  type PolicyRrset,
  QueryContext,
  Resolver,
  targetOf,
  type Zone,
  type Zones,
  zoneFor,
} from '../zone/query-path.ts'
import { type Denial, isFromKeys, noData, noName, noSecurity, nsecOf, type SignedZone } from './denial.ts'
import type { KeyRing } from './key-ring.ts'
import type { Signatures } from './signature-cache.ts'
import type { Signer, ToSign } from './signer.ts'

/** The keys of a zone; or that it is not signed; or that its keys are not here. */
type KeysOf = (zone: Zone) => KeyRing | 'unsigned' | 'not-here'

type Unsigned = {
  readonly question: Question
  readonly response: Response
  readonly context: QueryContext
  /** DO (RFC 3225), and CO (RFC 9824 §5.1). */
  readonly dnssecOk: boolean
  readonly compactOk: boolean
}

/** `signer`: makes the signatures; who explains them makes none. */
export type Signing = { readonly keysOf: KeysOf; readonly signer: Pick<Signer, 'sign'>; readonly now: number }

/**
 * `unsigned`: no zone of the answer is signed. `not-here`: the keys of these zones are needed first. `not-ready`: a
 * zone that was there for the answer is not in memory any more.
 */
type SignedResponse =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'not-here'; readonly zones: readonly Zone[] }
  | { readonly kind: 'not-ready' }
  | {
      readonly kind: 'signed'
      readonly response: Response | Promise<Response>
      /** Set if nothing but the zone of this name that stands in it has a word in the response. */
      readonly only?: SignedZone | undefined
    }

/**
 * Signs a response: each rrset with the keys of its own zone, and what is not there is denied (RFC 9824). Types that
 * only a signed zone has (DNSKEY, CDS, CDNSKEY, NSEC, RRSIG) are answered also without DO.
 */
export function signResponse(unsigned: Unsigned, signing: Signing): SignedResponse {
  try {
    return new ResponseSigning(unsigned, signing).run()
  } catch (error) {
    // The zone is being replaced, or it is damaged: the answer itself has met neither.
    if (error instanceof NotReady || error instanceof Damaged) return { kind: 'not-ready' }
    throw error
  }
}

class NotReady extends Error {}

/** An rrset that is there at once, or one of signatures that are being made. */
type Pending = Rrset | Promise<Rrset>

/** The zone that a name is in, and what it finds there. */
type Place = SignedZone & { readonly found: Found }

class ResponseSigning {
  private readonly question: Question
  private readonly response: Response
  private readonly context: QueryContext
  private readonly zones: Zones
  private readonly unsigned: Unsigned
  private readonly signing: Signing
  private readonly lacking = new Set<Zone>()
  private isSigned = false
  private isOneZone = true
  private firstZone: Zone | undefined
  private lastName: NameKey | undefined
  private lastPlace: Place | undefined
  /** The place of a proof that a zone has about the apex of the one below. */
  private above: Place | undefined

  constructor(unsigned: Unsigned, signing: Signing) {
    this.unsigned = unsigned
    this.signing = signing
    this.question = unsigned.question
    this.response = unsigned.response
    this.context = unsigned.context
    this.zones = unsigned.context.zones
  }

  run(): SignedResponse {
    const content = this.content()
    const { answer, authority, additional } = content
    const { dnssecOk } = this.unsigned
    const sections = {
      answer: this.answerSection(answer),
      authority: dnssecOk ? this.section(authority) : authority,
      additional: dnssecOk ? this.section(additional) : additional,
    }
    if (this.lacking.size > 0) return { kind: 'not-here', zones: [...this.lacking] }
    if (!this.isSigned) return { kind: 'unsigned' }
    return { kind: 'signed', response: whole(content, sections), only: this.only() }
  }

  /** Names that clients make up are left out, and an ALIAS, whose denial depends on its target's zone. */
  private only(): SignedZone | undefined {
    const place = this.isOneZone ? this.place(this.question.key, this.question.type) : undefined
    if (place?.found.kind !== 'exact' || findRrset(place.found.node, TYPE.ALIAS)) return undefined
    return this.isOneZone ? place : undefined
  }

  // --- what is answered -----------------------------------------------------------------------------------------------

  /** The records of the response, with those that only a signed zone has. */
  private content(): Response {
    const { response, question } = this
    const { type } = question
    if (response.rcode !== RCODE.NOERROR && response.rcode !== RCODE.NXDOMAIN) {
      // A failure in a signed zone has nothing to prove, and echoes CO.
      this.place(question.key, type)
      return response
    }
    if (type === TYPE.NSEC || type === TYPE.RRSIG) return this.ofSignedZones() ?? this.denied()
    const end = this.end()
    const place = this.place(end.key, type)
    if (place && isFromKeys(place, end.key, type)) {
      const chain = response.answer.filter((rrset) => rrset.type !== type)
      const keys = { ...(place.ring.rrsets.get(type) as Rrset), owner: end }
      return { ...response, authoritative: true, answer: [...chain, keys], authority: [], additional: [] }
    }
    return this.denied()
  }

  /**
   * NSEC and RRSIG stand at every name, beside a CNAME too (RFC 4035 §2.5): of a chain only what a DNAME leads on
   * counts. Who asks for RRSIG gets those of the NSEC record, and not all that there could be (as RFC 8482 for ANY).
   */
  private ofSignedZones(): Response | undefined {
    const { question, response } = this
    const chain: Rrset[] = []
    let name: Name = question
    for (;;) {
      const place = this.place(name.key, question.type)
      const { found } = place ?? {}
      const nsec = place && this.nsecAt(place, name)
      if (nsec) {
        const rest = { rcode: RCODE.NOERROR, authoritative: true, scope: response.scope, authority: [], additional: [] }
        return { ...rest, answer: [...chain, nsec] }
      }
      if (found?.kind !== 'dname') return undefined
      const { key } = found.node
      const led = cnameAt(response, name.key)
      if (!led) return undefined
      const dname = response.answer.find(({ type, owner }) => type === TYPE.DNAME && owner.key === key)
      if (dname && !chain.includes(dname)) chain.push(dname)
      chain.push(led)
      name = targetOf(led.rdatas[0] as Rdata)
    }
  }

  /**
   * Returns the NSEC record of a name. One that does not exist has one, too, for those that do not know NXNAME: with
   * NSEC and RRSIG in its bitmap it denies neither.
   */
  private nsecAt(place: Place, name: Name): Rrset | undefined {
    const { dnssecOk, compactOk } = this.unsigned
    switch (place.found.kind) {
      case 'exact':
      case 'wildcard':
        return nsecOf(place, name, place.found.node)
      case 'nothing':
        return dnssecOk && !compactOk ? noName(place, name).nsec : undefined
      case 'delegation':
      case 'dname':
        return undefined
    }
  }

  /** The name at the end of the chain, as far as the answer has it. */
  private end(): Name {
    const { question } = this
    let name: Name = question
    if (question.type === TYPE.CNAME || question.type === TYPE.ANY) return name
    for (const { type, owner, rdatas } of this.response.answer) {
      const [rdata] = rdatas
      if (type === TYPE.CNAME && owner.key === name.key && rdata) name = targetOf(rdata)
    }
    return name
  }

  /** Adds the proof of what is not there to a negative answer, and to a referral. */
  private denied(): Response {
    const { response } = this
    const [first] = response.authority
    if (!first || !this.unsigned.dnssecOk) return response
    if (first.type === TYPE.NS) return this.referral(first.owner)
    if (first.type !== TYPE.SOA) return response
    const end = this.end()
    const { type } = this.question
    const isOwnApex = type === TYPE.DS && first.owner.key === end.key
    return (isOwnApex && this.noDelegation(end)) || this.negative(first, end)
  }

  private negative(soa: Rrset, end: Name): Response {
    const { response } = this
    const signed = this.place(soa.owner.key, TYPE.SOA)
    if (!signed) return response
    // RFC 9824 §5: who does not know NXNAME takes the proof for one of a name without data, as the rcode then says.
    const rcode = this.unsigned.compactOk ? response.rcode : RCODE.NOERROR
    // The proof is of the zone above, though one of ours begins at the name.
    if (this.question.type === TYPE.DS) this.above = this.place(end.key, TYPE.DS)
    return { ...response, rcode, authority: proof(soa, this.denialOf(signed, end)) }
  }

  private denialOf(signed: SignedZone, end: Name): Denial {
    const found = this.lookup(signed.zone, end.key)
    switch (found.kind) {
      case 'exact':
      case 'wildcard':
      case 'delegation':
        return noData(signed, end, found.node, this.question.type, this.zones)
      case 'nothing':
        return noName(signed, end)
      case 'dname':
        throw new NotReady()
    }
  }

  /**
   * A signed zone above one of ours that has no delegation to it: without a proof that there is no DS, the names of the
   * zone below would be bogus.
   */
  private noDelegation(apex: Name): Response | undefined {
    const above = apex.key.length > 1 ? this.zones.find(apex.key.slice(apex.key.charCodeAt(0) + 1)) : undefined
    if (above?.kind !== 'loaded' || !this.context.mayAsk(above.zone)) return undefined
    const ring = this.ringOf(above.zone)
    if (!ring) return undefined
    const { zone } = above
    this.isOneZone = false
    this.above = { zone, ring, found: { kind: 'nothing', encloser: zone.origin.key } }
    return { ...this.response, authority: proof(zone.negative, noSecurity(this.above, apex)) }
  }

  /** RFC 4035 §3.1.4: the DS records of the delegation, or the proof that it has none. */
  private referral(cut: Name): Response {
    const { response } = this
    const place = this.place(cut.key, TYPE.NS)
    if (!place) return response
    const of = QueryContext.of(this.question, this.zones, this.context)
    const resolution = new Resolver(of, TYPE.DS, true).run(cut)
    if (resolution.kind !== 'resolved' || resolution.response.rcode !== RCODE.NOERROR) throw new NotReady()
    const security = resolution.response.answer.filter(({ type }) => type === TYPE.DS)
    const added = security.length > 0 ? security : [noSecurity(place, cut).nsec]
    return { ...response, authority: [...response.authority, ...added] }
  }

  // --- signatures -----------------------------------------------------------------------------------------------------

  /** Returns the rrsets of a section, each with its signatures behind it. */
  private section(rrsets: readonly Rrset[]): readonly Pending[] {
    const all: Pending[] = []
    for (const rrset of rrsets) {
      all.push(rrset)
      const signatures = this.signaturesOf(rrset)
      if (signatures) all.push(signatures)
    }
    return all
  }

  private answerSection(rrsets: readonly Rrset[]): readonly Pending[] {
    const last = rrsets.at(-1)
    const signatures = this.question.type === TYPE.RRSIG && last?.type === TYPE.NSEC && this.signaturesOf(last)
    const shown = signatures ? rrsets.slice(0, -1) : rrsets
    const all = this.unsigned.dnssecOk ? this.section(shown) : shown
    return signatures ? [...all, signatures] : all
  }

  private signaturesOf(rrset: Rrset): Pending | undefined {
    const { above } = this
    const place = above && rrset.type === TYPE.NSEC ? above : this.place(rrset.owner.key, rrset.type)
    const toSign = place && toSignAt(place, rrset)
    if (!toSign) return undefined
    const { signer, now } = this.signing
    const made = signer.sign(place.ring, toSign, now)
    return made instanceof Promise ? made.then((done) => rrsigOf(rrset, done)) : rrsigOf(rrset, made)
  }

  // --- where names are ------------------------------------------------------------------------------------------------

  /**
   * Returns the place of a name if its zone is signed, and for the client: a chain may end in front of one that is not.
   */
  private place(name: NameKey, type: number): Place | undefined {
    if (name === this.lastName && type !== TYPE.DS) return this.lastPlace
    const state = zoneFor(this.zones, name, type)
    const isOpen = state?.kind === 'loaded' && this.context.mayAsk(state.zone)
    const ring = isOpen ? this.ringOf(state.zone) : undefined
    this.note(isOpen ? state.zone : undefined)
    const place =
      state?.kind === 'loaded' && ring ? { zone: state.zone, ring, found: this.lookup(state.zone, name) } : undefined
    if (type !== TYPE.DS) {
      this.lastName = name
      this.lastPlace = place
    }
    return place
  }

  private note(zone: Zone | undefined): void {
    this.firstZone ??= zone
    if (!zone || zone !== this.firstZone) this.isOneZone = false
  }

  private ringOf(zone: Zone): KeyRing | undefined {
    const keys = this.signing.keysOf(zone)
    if (keys === 'unsigned') return undefined
    this.isSigned = true
    if (keys !== 'not-here') return keys
    this.lacking.add(zone)
    return undefined
  }

  private lookup({ names }: Zone, name: NameKey): Found {
    const found = names.lookup(name)
    if (found.kind === 'missing') throw new NotReady()
    return found
  }
}

/** The denial is valid for the shorter of both times, and so is the answer. */
const proof = (soa: Rrset, { nsec, ttl }: Denial): readonly Rrset[] => {
  const least = Math.min(soa.ttl, ttl)
  return [
    { ...soa, ttl: least },
    { ...nsec, ttl: least },
  ]
}

/**
 * Returns how an rrset is signed; undefined for what the zone has no word in: the servers of a delegation and their
 * addresses, and the CNAME that stands for a DNAME (RFC 4035 §2.2, RFC 6672 §5.3.1).
 */
function toSignAt({ zone, found }: Place, rrset: Rrset): ToSign | undefined {
  const { type, owner, ttl } = rrset
  const rest = { rrset, isMadeUp: found.kind !== 'exact' && found.kind !== 'delegation' }
  switch (found.kind) {
    case 'dname':
      return undefined
    case 'delegation':
      if (found.node.key !== owner.key || (type !== TYPE.DS && type !== TYPE.NSEC)) return undefined
      break
    case 'exact':
    case 'wildcard':
      break
    case 'nothing':
      return { ...rest, originalTtl: Math.max(zone.negative.ttl, ttl), life: 'static' }
  }
  if (type === TYPE.NSEC) return { ...rest, originalTtl: Math.max(zone.negative.ttl, ttl), life: 'static' }
  const standing = findRrset(found.node, type)
  const alias = standing ?? (type === TYPE.A || type === TYPE.AAAA ? findRrset(found.node, TYPE.ALIAS) : undefined)
  const isSteered = standing ? !isFixed(standing) : alias !== undefined
  return { ...rest, originalTtl: Math.max(alias?.ttl ?? 0, ttl), life: isSteered ? 'steered' : 'static' }
}

/** True if all clients get the same records. */
const isFixed = ({ policy }: PolicyRrset): boolean =>
  policy.kind === 'values' && !policy.rdatas.some(({ blank }) => blank)

const cnameAt = ({ answer }: Response, name: NameKey): Rrset | undefined =>
  answer.find(({ type, owner, rdatas }) => type === TYPE.CNAME && owner.key === name && rdatas.length > 0)

const rrsigOf = ({ owner, ttl }: Rrset, rdatas: Signatures): Rrset => ({ owner, type: TYPE.RRSIG, ttl, rdatas })

type Sections = Record<'answer' | 'authority' | 'additional', readonly Pending[]>

/** Puts the sections into the response. It is a promise if signatures of one are being made. */
function whole(content: Response, { answer, authority, additional }: Sections): Response | Promise<Response> {
  if (isThere(answer) && isThere(authority) && isThere(additional)) return { ...content, answer, authority, additional }
  return Promise.all([answer, authority, additional].map((section) => Promise.all(section))).then(
    ([answer = [], authority = [], additional = []]) => ({ ...content, answer, authority, additional }),
  )
}

const isThere = (section: readonly Pending[]): section is readonly Rrset[] =>
  section.every((rrset) => !(rrset instanceof Promise))
