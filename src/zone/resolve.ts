import {
  CLASS,
  failure,
  type Name,
  type NameKey,
  NO_RECORDS,
  nameFromWire,
  type QueryError,
  type Question,
  RCODE,
  type Rdata,
  type Response,
  type Rrset,
  TYPE,
} from '../dns/index.ts'
import type { Whereabouts } from '../geo/index.ts'
import type { Health } from '../health/index.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import type { Address } from '../net/index.ts'
import { evaluate, type Input, type Rng, shuffled } from '../policy/index.ts'
import { serverAnswer } from './server.ts'
import type { Step } from './trace.ts'
import { type Found, findRrset, lookup, type PolicyRrset, ttlWhile, type Zone, type ZoneNode } from './zone.ts'
import { type Zones, zoneFor } from './zones.ts'

/** What to answer, and every decision that led there; or the zone that has to be loaded first. */
export type Resolution =
  | {
      readonly kind: 'resolved'
      readonly response: Response
      /** Whether chance decided: the next query may be answered otherwise. */
      readonly byChance: boolean
      readonly trace: readonly Step[]
    }
  | { readonly kind: 'needs-zone'; readonly origin: NameKey }

/** All that an answer depends on besides the question and the zones. `identity` is what id.server says. */
export type Asker = {
  readonly client: Address
  readonly health: Health
  /** Where clients are; nobody knows where it is left out. */
  readonly places?: Whereabouts | undefined
  readonly random: Rng
  readonly identity: string
}

/**
 * The one walk from question to answer (RFC 1034 §4.3.2). Pure: the Worker, `explain` and the tests call this.
 */
export function resolve(question: Question, zones: Zones, asker: Asker): Resolution {
  const refused = refusal(question)
  if (refused) return failed(refused, [])
  if (question.class === CLASS.CH) {
    const answer = serverAnswer(question, asker.identity)
    return answer ? { kind: 'resolved', response: answer, byChance: false, trace: [] } : failed({ kind: 'class' }, [])
  }
  if (question.class !== CLASS.IN && question.class !== CLASS.ANY) return failed({ kind: 'class' }, [])
  return new Walk(question, zones, asker).run()
}

/** Types that are no question for data (RFC 1035 §3.2.3, 8906, 9824). */
function refusal(question: Question): QueryError | undefined {
  switch (question.type) {
    case TYPE.AXFR:
    case TYPE.IXFR:
      return { kind: 'zone-transfer' }
    case TYPE.MAILA:
    case TYPE.MAILB:
      return { kind: 'mail-agent-type' }
    case TYPE.OPT:
    case TYPE.TKEY:
    case TYPE.TSIG:
    case TYPE.NXNAME:
      return { kind: 'not-a-query-type', type: question.type }
    default:
      return undefined
  }
}

function failed(error: QueryError, trace: readonly Step[], scope = 0, byChance = false): Resolution {
  return { kind: 'resolved', response: { ...NO_RECORDS, scope, ...failure(error) }, byChance, trace }
}

type Decided = { readonly rdatas: readonly Rdata[]; readonly ttl: number }

/** How the trace tells it. A DS at a cut is found at the parent's own name. */
const foundAs = ({ kind, node }: Found & { readonly node: ZoneNode }) =>
  node.rrsets.length === 0 ? 'empty-non-terminal' : kind === 'delegation' ? 'exact' : kind

/** RFC 8482 §4.2: what stands for everything at a name. */
const ANY_HINFO: Rdata = {
  bytes: Uint8Array.from([7, ...new TextEncoder().encode('RFC8482'), 0]),
  names: [],
  text: '"RFC8482" ""',
}
const ANY_TTL = 3600

/** The asker, with the name that is asked for at this step of the walk. */
class PolicyInput implements Input {
  readonly random: Rng
  readonly name: NameKey
  private readonly asker: Asker

  constructor(asker: Asker, name: NameKey) {
    this.random = asker.random
    this.name = name
    this.asker = asker
  }

  get client(): Address {
    return this.asker.client
  }

  get health(): Health {
    return this.asker.health
  }

  get places(): Whereabouts | undefined {
    return this.asker.places
  }
}

class Walk {
  private readonly question: Question
  private readonly zones: Zones
  private readonly asker: Asker
  private readonly answer: Rrset[] = []
  private readonly trace: Step[] = []
  private scope = 0
  private byChance = false

  constructor(question: Question, zones: Zones, asker: Asker) {
    this.question = question
    this.zones = zones
    this.asker = asker
  }

  run(): Resolution {
    let owner: Name = this.question
    for (let hops = 0; hops <= MAX_CNAME_CHAIN; hops++) {
      const state = zoneFor(this.zones, owner.key, this.question.type)
      if (state === undefined) {
        this.trace.push({ step: 'no-zone', name: owner.key })
        // A chain that leaves our zones is for the client to go on with.
        return hops === 0 ? failed({ kind: 'not-our-zone' }, this.trace) : this.finish(RCODE.NOERROR, [])
      }
      if (state.kind === 'unloaded') return { kind: 'needs-zone', origin: state.origin }
      if (state.kind === 'unavailable') return this.fail({ kind: 'not-ready', why: state.why })
      const next = this.inZone(state.zone, owner)
      if ('kind' in next) return next
      owner = next
    }
    return this.fail({ kind: 'chain-too-long' })
  }

  /** The answer from one zone, or the name that a CNAME leads to. */
  private inZone(zone: Zone, owner: Name): Resolution | Name {
    const { trace } = this
    trace.push({ step: 'zone', origin: zone.origin.key, serial: zone.serial })
    const found = lookup(zone, owner.key)
    if (found.kind === 'nothing') {
      trace.push({ step: 'name', name: owner.key, found: 'nothing', at: found.encloser })
      return this.finish(RCODE.NXDOMAIN, [zone.negative])
    }
    const { node } = found
    if (found.kind === 'delegation' && !(this.question.type === TYPE.DS && node.key === owner.key)) {
      trace.push({ step: 'name', name: owner.key, found: 'delegation', at: node.key })
      return this.referral(zone, node)
    }
    trace.push({ step: 'name', name: owner.key, found: foundAs(found), at: node.key })
    if (node.rrsets.length === 0) return this.finish(RCODE.NOERROR, [zone.negative])

    const alias = findRrset(node, TYPE.CNAME)
    const type = alias && this.question.type !== TYPE.CNAME ? TYPE.CNAME : this.question.type
    if (type === TYPE.ANY) {
      this.answer.push({ owner, type: TYPE.HINFO, ttl: ANY_TTL, rdatas: [ANY_HINFO] })
      return this.finish(RCODE.NOERROR, [])
    }
    const rrset = alias ?? findRrset(node, type)
    if (!rrset || rrset.type !== type) {
      trace.push({ step: 'no-rrset', type })
      return this.finish(RCODE.NOERROR, [zone.negative])
    }
    const decided = this.decide(rrset, owner)
    if ('kind' in decided) return decided
    const { rdatas, ttl } = decided
    if (rdatas.length === 0) return this.finish(RCODE.NOERROR, [this.negativeWhile(zone, rrset, ttl)])
    if (type !== TYPE.CNAME) {
      this.answer.push({ owner, type, ttl, rdatas: this.inOrder(type, rdatas) })
      return this.finish(RCODE.NOERROR, [])
    }
    // A CNAME policy that may give several targets is refused when the zone is compiled.
    const target = rdatas[0] as Rdata
    this.answer.push({ owner, type, ttl, rdatas })
    if (this.question.type === TYPE.CNAME || this.question.type === TYPE.ANY) return this.finish(RCODE.NOERROR, [])
    const next = (target.names[0] as { name: Name }).name
    trace.push({ step: 'cname', target: next.key })
    // Back at a name of the chain: a loop, and a second CNAME at its owner (RFC 2181 §10.1).
    if (this.answer.some((rrset) => rrset.owner.key === next.key)) return this.fail({ kind: 'chain-too-long' })
    return next
  }

  /** That health left nothing holds no longer than an answer would. */
  private negativeWhile({ negative }: Zone, { leastTtl }: PolicyRrset, ttl: number): Rrset {
    return leastTtl === undefined ? negative : { ...negative, ttl: Math.min(negative.ttl, ttl) }
  }

  private decide(rrset: PolicyRrset, owner: Name): Decided | Resolution {
    this.trace.push({ step: 'rrset', type: rrset.type, ttl: rrset.ttl })
    const decision = evaluate(rrset.policy, new PolicyInput(this.asker, owner.key))
    for (const step of decision.trace) this.trace.push(step)
    this.scope = Math.max(this.scope, decision.scope)
    this.byChance ||= decision.byChance
    const { failure } = decision
    if (failure) return this.fail({ kind: 'policy', why: failure.why, refused: failure.refused })
    const ttl = ttlWhile(rrset, decision.holds)
    if (ttl !== rrset.ttl) this.trace.push({ step: 'ttl', ttl, most: rrset.ttl, holds: decision.holds })
    return { rdatas: decision.rdatas, ttl }
  }

  /** Clients take the first address they see: the order is left to chance, as PowerDNS and gdnsd do. */
  private inOrder(type: number, rdatas: readonly Rdata[]): readonly Rdata[] {
    const addresses = type === TYPE.A || type === TYPE.AAAA
    return addresses && rdatas.length > 1 ? shuffled(rdatas, this.asker.random) : rdatas
  }

  /** RFC 1034 §4.3.2 3b: the name servers of the delegation, and the addresses that only we can give (glue). */
  private referral(zone: Zone, cut: ZoneNode): Resolution {
    const owner = nameFromWire(Uint8Array.from(cut.key, (character) => character.charCodeAt(0)))
    const ns = findRrset(cut, TYPE.NS) as PolicyRrset
    const decided = this.decide(ns, owner)
    if ('kind' in decided) return decided
    const additional: Rrset[] = []
    for (const target of decided.rdatas.flatMap((rdata) => rdata.names.map((placed) => placed.name))) {
      const node = zone.nodes.get(target.key)
      if (!node?.cut) continue
      for (const type of [TYPE.A, TYPE.AAAA]) {
        const glue = findRrset(node, type)
        if (!glue) continue
        const addresses = this.decide(glue, target)
        if ('kind' in addresses) return addresses
        additional.push({ owner: target, type, ...addresses })
      }
    }
    const authority = [{ owner, type: TYPE.NS, ...decided }]
    const aliased = this.answer.length > 0
    return this.finish(RCODE.NOERROR, authority, additional, aliased)
  }

  /** A failure holds for those clients, and by that chance, that led to it. */
  private fail(error: QueryError): Resolution {
    return failed(error, this.trace, this.scope, this.byChance)
  }

  private finish(
    rcode: Response['rcode'],
    authority: readonly Rrset[],
    additional: readonly Rrset[] = [],
    authoritative = true,
  ): Resolution {
    const { answer, scope, byChance, trace } = this
    return {
      kind: 'resolved',
      response: { rcode, authoritative, answer, authority, additional, scope },
      byChance,
      trace,
    }
  }
}
