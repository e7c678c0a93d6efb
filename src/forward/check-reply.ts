import {
  CLASS,
  isSubdomain,
  leadOf,
  type Name,
  type NameKey,
  nameAt,
  type Question,
  RCODE,
  type Rrset,
  TYPE,
} from '../dns/index.ts'
import { MAX_FORWARD_CHAIN } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { UpstreamReply } from './read-reply.ts'

/** The part of an upstream's reply that belongs to the question. */
export type Checked = {
  readonly rcode: typeof RCODE.NOERROR | typeof RCODE.NXDOMAIN | typeof RCODE.YXDOMAIN
  readonly answer: readonly Rrset[]
  readonly authority: readonly Rrset[]
  readonly additional: readonly Rrset[]
  /** Seconds for which all of it counts. */
  readonly ttl: number
  /** The names that lead to the answer, the question's first. */
  readonly names: readonly NameKey[]
  /** The last name of a chain whose answer the reply does not have. */
  readonly next: Name | undefined
}

/** The seconds for which a negative answer without an SOA counts: RFC 2308 §5 would not keep it at all. */
const WITHOUT_SOA_SECONDS = 5

/**
 * Checks a reply against its question (RFC 5452 §9, as far as it applies over HTTPS). Records that do not belong to the
 * chain from the question's name to its answer, to the proof that there is none, or to the hosts that these name, are
 * left out: another question is to be asked for them.
 */
export function checkReply(reply: UpstreamReply, asked: Question): Result<Checked> {
  const { question, rcode } = reply
  if (reply.id !== 0) return err('the reply has another ID')
  if (question.key !== asked.key || question.type !== asked.type || question.class !== asked.class) {
    return err('the reply is to another question')
  }
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN && rcode !== RCODE.YXDOMAIN) return err(`rcode ${rcode}`)
  const ofClass = (rrsets: readonly Rrset[]): readonly Rrset[] => rrsets.filter((rrset) => isOfClass(rrset, asked))
  const answers = ofClass(reply.answer)
  const chain = chainOf(answers, asked)
  if (!chain.ok) return chain
  const { names, last, isAnswered } = chain.value
  const answer = answers.filter((rrset) => isOfChain(rrset, asked.type, names))
  const proofs = ofClass(reply.authority).filter((rrset) => isProof(rrset, names))
  const soa = proofs.find(({ type }) => type === TYPE.SOA)
  if (isReferral(reply, answer, soa)) return err('the reply is a referral: the upstream does not resolve')
  const isNegative = !isAnswered
  const authority = isNegative ? proofs.map(negativeSoa) : proofs
  const hosts = hostsOf([...answer, ...authority])
  const further = ofClass(reply.additional)
  const additional = further.filter(({ owner, type }) => ADDITIONAL.has(type) && hosts.has(owner.key))
  const isPartial = isNegative && names.length > 1 && rcode === RCODE.NOERROR && !soa
  const ttls = [...answer, ...authority, ...additional].map(({ ttl }) => ttl)
  if (isNegative && !isPartial && !soa) ttls.push(WITHOUT_SOA_SECONDS)
  const ttl = Math.min(...ttls)
  return ok({ rcode, answer, authority, additional, ttl, names, next: isPartial ? last : undefined })
}

/** A record of another class answers another question, unless all classes were asked for. */
const isOfClass = ({ class: own = CLASS.IN }: Rrset, asked: Question): boolean =>
  own === asked.class || asked.class === CLASS.ANY

type ChainOfNames = { readonly names: readonly NameKey[]; readonly last: Name; readonly isAnswered: boolean }

function chainOf(answer: readonly Rrset[], { key, type, wire }: Question): Result<ChainOfNames> {
  const names: NameKey[] = [key]
  let last: Name = { key, wire }
  for (;;) {
    const own = answer.filter(({ owner }) => owner.key === last.key)
    const isAnswered = own.some((rrset) => rrset.type === type || type === TYPE.ANY)
    const cname = own.find((rrset) => rrset.type === TYPE.CNAME)
    const target = cname && !isAnswered ? nameAt((cname.rdatas[0] as { bytes: Uint8Array }).bytes, 0) : undefined
    if (!target) return ok({ names, last, isAnswered })
    if (names.includes(target.key)) return err('the CNAME chain of the reply is a loop')
    if (names.length > MAX_FORWARD_CHAIN) return err(`the CNAME chain is longer than ${MAX_FORWARD_CHAIN} names`)
    names.push(target.key)
    last = target
  }
}

/** A record of the chain: what was asked for, at its end, and what leads there. DNAMEs are at names above. */
function isOfChain(rrset: Rrset, asked: number, names: readonly NameKey[]): boolean {
  const { owner } = rrset
  const type = coveredType(rrset) ?? rrset.type
  if (type === TYPE.DNAME && asked !== TYPE.DNAME) return names.some((name) => isSubdomain(name, owner.key))
  const isWanted = type === asked || type === TYPE.CNAME || asked === TYPE.ANY || rrset.type === asked
  return isWanted && names.includes(owner.key)
}

/** A record about the zones that the names are in, or about names that do not exist (RFC 2308, RFC 4035 §3.1.3). */
function isProof(rrset: Rrset, names: readonly NameKey[]): boolean {
  const type = coveredType(rrset) ?? rrset.type
  if (type === TYPE.NSEC || type === TYPE.NSEC3) return true
  const isOfZone = type === TYPE.SOA || type === TYPE.NS || type === TYPE.DS
  return isOfZone && names.some((name) => isSubdomain(name, rrset.owner.key))
}

/** Returns the type that a signature covers (RFC 4034 §3.1.1). */
function coveredType({ type, rdatas }: Rrset): number | undefined {
  const bytes = rdatas[0]?.bytes
  if (type !== TYPE.RRSIG || !bytes || bytes.length < 2) return undefined
  return ((bytes[0] as number) << 8) | (bytes[1] as number)
}

const ADDITIONAL: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.RRSIG, TYPE.SRV, TYPE.SVCB, TYPE.HTTPS])

/** Returns the names of the hosts that records lead to, and of those that these lead to. */
function hostsOf(rrsets: readonly Rrset[]): ReadonlySet<NameKey> {
  const hosts = rrsets.flatMap(({ owner, type, rdatas }) =>
    rdatas.flatMap((rdata) => {
      const lead = leadOf(type, rdata)
      return lead ? [(lead.name ?? owner).key] : []
    }),
  )
  return new Set(hosts)
}

/** An authoritative server that knows nothing names other servers, and does not ask them. */
const isReferral = (reply: UpstreamReply, answer: readonly Rrset[], soa: Rrset | undefined): boolean =>
  reply.rcode === RCODE.NOERROR &&
  !reply.recursionAvailable &&
  !soa &&
  answer.length === 0 &&
  reply.authority.some(({ type }) => type === TYPE.NS)

/** RFC 2308 §5: the SOA of a negative answer counts no longer than its MINIMUM. */
function negativeSoa(rrset: Rrset): Rrset {
  const bytes = rrset.rdatas[0]?.bytes
  if (rrset.type !== TYPE.SOA || !bytes || bytes.length < 4) return rrset
  const minimum = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0)
  return minimum < rrset.ttl ? { ...rrset, ttl: minimum } : rrset
}
