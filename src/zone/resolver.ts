import {
  formatName,
  leadsOn,
  type Name,
  type NameKey,
  nameFromWire,
  type QueryError,
  RCODE,
  type Rdata,
  type Rrset,
  TYPE,
} from '../dns/query-path.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import { type Decision, hasScript, shuffled, valuesStep } from '../policy/query-path.ts'
import { Damaged } from '../stored-value.ts'
import { additionalTo, fewServers, leadsOf, missingGlue } from './additional.ts'
import { type Aliased, type Chain, cappedSoa, NO_CHAIN, negativeSoa, withTtl } from './chain.ts'
import { type Decided, hasHints, withHints } from './hints.ts'
import type { Found } from './names.ts'
import type { QueryContext } from './query-context.ts'
import { failed, type NeedsZone, needsPart, type Resolution, type Resolved } from './resolution.ts'
import { cnameTo, substitute, targetOf } from './target.ts'
import type { Step } from './trace.ts'
import { effectiveTtl, findRrset, type PolicyRrset, type Zone, type ZoneNode } from './zone.ts'
import { zoneFor } from './zones.ts'

/** The end of a walk, or the name to visit next. */
export type Hop = Resolution | { readonly kind: 'next'; readonly name: Name }

/**
 * Takes choices in place of chance, and goes on from a chain. Then only the chain is resolved: without hints,
 * additional records, and the servers of a referral.
 */
export type Replay = {
  readonly chain: Chain
  /** @param isFollowed true if the first record leads to another name, and any others count for nothing */
  choose(zone: Zone, rrset: PolicyRrset, owner: Name, isFollowed: boolean): Decision
}

/**
 * The walk from name to name (RFC 1034 §4.3.2), with CNAME, DNAME and ALIAS. A query takes it by chance, and `run` goes
 * to the end; `explain` takes each walk that is possible, name by name with `visit`.
 */
export class Resolver implements Chain {
  /** The names up to the one that `visit` looks up; afterwards those up to the next one. */
  names: readonly NameKey[]
  aliased: Aliased | undefined
  /** The walk ends at a name of our zones, at one outside of them, or at a delegation. */
  end: 'here' | 'outside' | 'referral' = 'here'
  /** The answer section so far. */
  answer: readonly Rrset[] = NONE
  private readonly context: QueryContext
  private readonly type: number
  private readonly replay: Replay | undefined
  /** True if the records are part of another answer, which has its own additional section. */
  private readonly isPart: boolean
  /** One for the whole reply, if somebody wants to see it. */
  private readonly trace: Step[] | undefined
  private byChance = false
  /** The smallest TTL that follows health, in seconds, if any does; from the first ALIAS on, if there is one. */
  private healthTtl: number | undefined

  constructor(context: QueryContext, type: number, isPart = false, replay?: Replay) {
    const chain = replay ? replay.chain : NO_CHAIN
    this.names = chain.names
    this.aliased = chain.aliased
    this.context = context
    this.trace = context.trace
    this.type = type
    this.isPart = isPart
    this.replay = replay
    if (hasHints(type) && !replay) context.keepDraws()
  }

  run(start: Name): Resolution {
    let name = start
    let hop = this.visit(name)
    while (hop.kind === 'next') {
      name = hop.name
      hop = this.visit(name)
    }
    return this.end === 'here' || hop.kind === 'needs-zone' ? hop : { ...hop, beyond: name }
  }

  /** Visits a name. A stored zone that is damaged has no answer, whatever is read of it. */
  visit(name: Name): Hop {
    try {
      return this.at(name)
    } catch (error) {
      if (error instanceof Damaged) return this.fail({ kind: 'not-ready', why: 'the compiled zone is damaged' })
      throw error
    }
  }

  private at(name: Name): Hop {
    const state = zoneFor(this.context.zones, name.key, this.type)
    if (state === undefined) return this.outside(name)
    if (state.kind === 'unloaded') return { ...state, kind: 'needs-zone' }
    if (state.kind === 'unavailable') return this.fail({ kind: 'not-ready', why: state.why })
    const { zone } = state
    if (zone.access && !this.admitted(zone)) return this.prohibited()
    const found = zone.names.lookup(name.key)
    if (found.kind === 'missing') return this.lacking(needsPart(zone, found.part))
    this.context.enter(zone)
    this.trace?.push({ step: 'zone', origin: zone.origin.key, serial: zone.serial })
    return this.inZone(zone, name, found)
  }

  /** A chain that leaves our zones is for the client to go on with. */
  private outside(name: Name): Resolution {
    this.trace?.push({ step: 'no-zone', name: name.key })
    if (this.aliased) return this.elsewhere(name, this.aliased)
    this.end = 'outside'
    return this.names.length === 0 ? this.fail({ kind: 'not-our-zone' }) : this.finish(RCODE.NOERROR, NONE)
  }

  private admitted(zone: Zone): boolean {
    const admitted = this.context.mayAsk(zone)
    this.trace?.push({ step: 'access', zone: zone.origin.key, admitted })
    return admitted
  }

  /** A chain that leads into a zone which is not for the client ends there, as one that leaves our zones. */
  private prohibited(): Resolution {
    if (this.aliased) {
      // No name of that zone is for the client to know, which only the record would tell.
      const why = 'the ALIAS leads into a zone that is not for this client'
      return this.fail({ kind: 'alias-target', why })
    }
    return this.names.length === 0 ? this.fail({ kind: 'prohibited' }) : this.finish(RCODE.NOERROR, NONE)
  }

  private inZone(zone: Zone, name: Name, found: Found): Hop {
    const { trace, type } = this
    if (found.kind === 'nothing') {
      trace?.push({ step: 'name', name: name.key, found: 'nothing', at: found.encloser })
      return this.finish(RCODE.NXDOMAIN, [zone.negative])
    }
    const { node } = found
    if (found.kind === 'dname') return this.redirect(zone, name, node)
    if (found.kind === 'delegation' && !(type === TYPE.DS && node.key === name.key)) {
      trace?.push({ step: 'name', name: name.key, found: 'delegation', at: node.key })
      if (this.aliased) return this.elsewhere(name, this.aliased)
      const cut = nameFromWire(Uint8Array.from(node.key, (character) => character.charCodeAt(0)))
      return this.referral(zone, node, cut)
    }
    trace?.push({ step: 'name', name: name.key, found: foundAs(found), at: node.key })
    if (node.rrsets.length === 0) return this.finish(RCODE.NOERROR, [zone.negative])
    const isOfZone = name.key === zone.origin.key && isApexOnly(type)
    const cname = isOfZone ? undefined : findRrset(node, TYPE.CNAME)
    return (cname && this.canonical(zone, node, cname, name)) ?? this.atNode(zone, node, name)
  }

  /** Follows a CNAME. Returns undefined if it has no target now and the name has other records. */
  private canonical(zone: Zone, node: ZoneNode, cname: PolicyRrset, owner: Name): Hop | undefined {
    const isAsked = this.type === TYPE.CNAME || this.type === TYPE.ANY
    const decided = this.decide(zone, cname, owner, !isAsked)
    if (decided.kind !== 'decided') return decided
    const { rdatas, ttl } = decided
    const [target] = rdatas
    if (!target) {
      // Only a script may stand beside other records, which ANY asks for, too.
      const isLeft = this.type === TYPE.ANY ? node.rrsets.length > 1 : !isAsked
      if (isLeft && hasScript(cname.policy)) return undefined
      return this.finish(RCODE.NOERROR, [negativeSoa(zone, cname, ttl)])
    }
    // Only a script gives several targets, of which the first is followed.
    this.pass({ owner, type: TYPE.CNAME, ttl, rdatas: isAsked ? rdatas : [target] })
    if (isAsked) return this.finish(RCODE.NOERROR, NONE)
    const next = targetOf(target)
    this.trace?.push({ step: 'cname', target: next.key })
    return this.follow(owner, next)
  }

  private atNode(zone: Zone, node: ZoneNode, owner: Name): Hop {
    const { type } = this
    if (type === TYPE.ANY) {
      this.add({ owner, type: TYPE.HINFO, ttl: ANY_TTL, rdatas: [ANY_HINFO] })
      return this.finish(RCODE.NOERROR, NONE)
    }
    const rrset = type === TYPE.CNAME ? undefined : findRrset(node, type)
    if (rrset) return this.asked(zone, rrset, owner)
    const alias = type === TYPE.A || type === TYPE.AAAA ? findRrset(node, TYPE.ALIAS) : undefined
    if (alias) return this.flatten(zone, alias, owner)
    this.trace?.push({ step: 'no-rrset', type })
    return this.finish(RCODE.NOERROR, [zone.negative])
  }

  /** Answers with the records that were asked for. An ALIAS that led here has them as its own. */
  private asked(zone: Zone, rrset: PolicyRrset, owner: Name): Resolution {
    const { type } = this
    const { aliased } = this
    const decided = this.decide(zone, rrset, owner)
    if (decided.kind !== 'decided') return decided
    const { rdatas } = decided
    if (rdatas.length === 0) return this.finish(RCODE.NOERROR, [negativeSoa(zone, rrset, decided.ttl)])
    const sent = this.filled(decided, owner)
    if (sent.kind !== 'decided') return sent
    const isOrdered = (type === TYPE.A || type === TYPE.AAAA) && sent.rdatas.length > 1
    const ordered = isOrdered ? this.ordered(sent.rdatas) : sent.rdatas
    this.add(
      aliased
        ? { owner: aliased.owner, type, ttl: Math.min(aliased.ttl, sent.ttl), rdatas: ordered }
        : { owner, type, ttl: sent.ttl, rdatas: ordered },
    )
    return this.finish(RCODE.NOERROR, NONE, this.additional(zone, owner, rdatas))
  }

  /** RFC 6672 §3.2: adds the DNAME and a CNAME made of it; YXDOMAIN if the new name is too long. */
  private redirect(zone: Zone, owner: Name, node: ZoneNode): Hop {
    this.trace?.push({ step: 'name', name: owner.key, found: 'dname', at: node.key })
    const dnameOwner = nameFromWire(owner.wire.slice(owner.wire.length - node.key.length))
    const rrset = findRrset(node, TYPE.DNAME) as PolicyRrset
    const decided = this.decide(zone, rrset, dnameOwner, true)
    if (decided.kind !== 'decided') return decided
    const { ttl, rdatas } = decided
    this.pass({ owner: dnameOwner, type: TYPE.DNAME, ttl, rdatas })
    const [dname] = rdatas
    // A DNAME that may give several targets, or none, is refused when the zone is compiled.
    if (!dname) throw new Damaged('a DNAME with a target')
    const next = substitute(owner, node.key, targetOf(dname))
    this.trace?.push({ step: 'dname', target: next?.key ?? null })
    if (!next) return this.finish(RCODE.YXDOMAIN, [])
    this.pass({ owner, type: TYPE.CNAME, ttl, rdatas: [cnameTo(next)] })
    // The CNAME answers a question for it, as if it stood in the zone; BIND has it so.
    if (this.type === TYPE.CNAME || this.type === TYPE.ANY) return this.finish(RCODE.NOERROR, NONE)
    return this.follow(owner, next)
  }

  /** Follows an ALIAS: the addresses of its target become the owner's own. */
  private flatten(zone: Zone, rrset: PolicyRrset, owner: Name): Hop {
    const { aliased } = this
    if (!aliased) this.healthTtl = undefined
    const decided = this.decide(zone, rrset, owner, true)
    if (decided.kind !== 'decided') return decided
    const { rdatas, ttl } = decided
    const [alias] = rdatas
    if (!alias) return this.finish(RCODE.NOERROR, [negativeSoa(zone, rrset, ttl)])
    this.aliased = aliased ? withTtl(aliased, ttl) : { owner, zone, ttl }
    const next = targetOf(alias)
    this.trace?.push({ step: 'alias', target: next.key })
    return this.follow(owner, next)
  }

  /** Answers an ALIAS that led out of our zones with the addresses that were found out before. Others are not asked. */
  private elsewhere(name: Name, { owner, zone, ttl }: Aliased): Resolution {
    const { context, type } = this
    const { outside } = context.sources
    const found = outside?.(name, type, context.zones.isFinal)
    if (outside && !found) return this.lacking({ kind: 'needs-zone', origin: zone.origin.key, isOutside: true })
    if (found) this.trace?.push({ step: 'outside', name: name.key, found })
    if (!found || 'why' in found) return this.failAlias(name, found?.why ?? 'is in none of the zones served here')
    const { rdatas, ede } = found
    this.healthTtl = Math.min(this.healthTtl ?? found.ttl, found.ttl)
    if (rdatas.length > 0) this.add({ owner, type, ttl: Math.min(ttl, found.ttl), rdatas: this.ordered(rdatas) })
    const end = this.finish(rdatas.length > 0 ? RCODE.NOERROR : RCODE.NXDOMAIN, NONE)
    return ede ? { ...end, response: { ...end.response, ede } } : end
  }

  private failAlias(name: Name, why: string): Resolution {
    return this.fail({ kind: 'alias-target', why: `the ALIAS leads to ${formatName(name)}, which ${why}` })
  }

  /** Adds records that lead on. Between an ALIAS and its addresses only their TTL counts. */
  private pass(rrset: Rrset): void {
    if (this.aliased) this.aliased = withTtl(this.aliased, rrset.ttl)
    else this.add(rrset)
  }

  /**
   * Adds an rrset. A DNAME that redirected before is there already. Most answers have one rrset: a list of its own takes
   * less room than one that grew.
   */
  private add(rrset: Rrset): void {
    if (
      rrset.type === TYPE.DNAME &&
      this.answer.some(({ owner, type }) => type === TYPE.DNAME && owner.key === rrset.owner.key)
    )
      return
    this.answer = this.answer.length === 0 ? [rrset] : [...this.answer, rrset]
  }

  /** A name that is met again is a loop, and would have a second CNAME (RFC 2181 §10.1). */
  private follow(owner: Name, name: Name): Hop {
    const names = [...this.names, owner.key]
    this.names = names
    const isTooLong = names.includes(name.key) || names.length > MAX_CNAME_CHAIN
    return isTooLong ? this.fail({ kind: 'chain-too-long' }) : { kind: 'next', name }
  }

  private decide(zone: Zone, rrset: PolicyRrset, owner: Name, isFollowed = false): Decided | Resolution {
    const { policy } = rrset
    this.trace?.push({ step: 'rrset', type: rrset.type, ttl: rrset.ttl })
    // Fixed values need no decision, and no object for one.
    if (policy.kind === 'values') {
      this.trace?.push(valuesStep(policy))
      return this.decided(rrset, policy.rdatas, Number.POSITIVE_INFINITY)
    }
    const { context, replay, trace } = this
    const start = trace?.length
    const decision = replay?.choose(zone, rrset, owner, isFollowed) ?? context.draw(zone, rrset, owner)
    const { missing } = context
    if (missing !== undefined && !replay) {
      trace?.splice(start as number)
      return this.lacking(missing)
    }
    context.addScope(decision.scope)
    this.byChance ||= decision.byChance
    const { failure } = decision
    if (failure) return this.fail({ kind: 'policy', why: failure.why, refused: failure.refused })
    return this.decided(rrset, decision.rdatas, decision.validForSeconds)
  }

  /** @param validForSeconds the seconds for which health cannot change the records */
  private decided(rrset: PolicyRrset, rdatas: readonly Rdata[], validForSeconds: number): Decided {
    const ttl = effectiveTtl(rrset, validForSeconds)
    if (rrset.minTtl !== undefined) this.healthTtl = Math.min(this.healthTtl ?? ttl, ttl)
    if (ttl !== rrset.ttl) this.trace?.push({ step: 'ttl', ttl, most: rrset.ttl, holds: validForSeconds })
    return { kind: 'decided', rdatas, ttl }
  }

  /** Leaves the order of addresses to chance, as PowerDNS and gdnsd do: clients take the first that they see. */
  private ordered(addresses: readonly Rdata[]): readonly Rdata[] {
    return this.replay ? addresses : shuffled(addresses, this.context.random)
  }

  // --- what belongs to a whole reply ----------------------------------------------------------------------------------

  /** Fills in hints that are `auto`. */
  private filled(decided: Decided, owner: Name): Decided | NeedsZone {
    if (!hasHints(this.type) || this.replay) return decided
    return withHints(decided, owner, (name, type) => this.addressesOf(name, type))
  }

  /** Returns no addresses if the answer is anything else. */
  private addressesOf(name: Name, type: number): Decided | NeedsZone {
    this.trace?.push({ step: 'hint', type, name: name.key })
    const part = this.part(name, type)
    if (part.kind === 'needs-zone') return part
    const { answer } = part.response
    const last = answer.at(-1)
    if (last?.type !== type) return { kind: 'decided', rdatas: [], ttl: Number.POSITIVE_INFINITY }
    return { kind: 'decided', rdatas: last.rdatas, ttl: Math.min(...answer.map((rrset) => rrset.ttl)) }
  }

  /** Finds an answer inside this one: the same client, and the same draws decide. */
  private part(name: Name, type: number): Resolution {
    const { trace } = this
    this.context.keepDraws()
    const start = trace?.length
    const part = new Resolver(this.context, type, true).run(name)
    if (part.kind === 'needs-zone') {
      trace?.splice(start as number)
      return part
    }
    this.byChance ||= part.byChance
    return part
  }

  private additional(zone: Zone, owner: Name, rdatas: readonly Rdata[]): readonly Rrset[] {
    const { type } = this
    if (this.isPart || this.replay || !leadsOn(type)) return NONE
    const leads = leadsOf(type, rdatas, zone)
    if (leads.length === 0) return NONE
    return additionalTo(owner, leads, this.answer, this.context.zones, (name, other) => this.further(name, other))
  }

  /** Returns nothing if anything is in the way: nobody asked for these records, so that nothing waits for them. */
  private further(name: Name, type: number): readonly Rrset[] {
    this.trace?.push({ step: 'additional', type, name: name.key })
    const part = this.part(name, type)
    return part.kind === 'needs-zone' || part.response.rcode !== RCODE.NOERROR ? NONE : part.response.answer
  }

  /** RFC 1034 §4.3.2 3b: the name servers of the delegation, and their addresses as far as our zones have them. */
  private referral(zone: Zone, node: ZoneNode, cut: Name): Resolution {
    this.end = 'referral'
    if (this.isPart || this.replay) return this.finish(RCODE.NOERROR, NONE)
    const decided = this.decide(zone, findRrset(node, TYPE.NS) as PolicyRrset, cut)
    if (decided.kind !== 'decided') return decided
    const part = missingGlue(zone, decided.rdatas)
    if (part !== undefined) return this.lacking(needsPart(zone, part))
    const servers = { owner: cut, type: TYPE.NS, ttl: decided.ttl, rdatas: fewServers(zone, decided.rdatas) }
    const find = (name: Name, type: number) => this.glue(zone, name, type) ?? this.further(name, type)
    const leads = leadsOf(TYPE.NS, servers.rdatas, zone)
    const additional = additionalTo(cut, leads, this.answer, this.context.zones, find)
    return this.finish(RCODE.NOERROR, [servers], additional, this.answer.length > 0)
  }

  /** Returns the addresses that the zone has at or below a delegation; undefined for any other name. */
  private glue(zone: Zone, name: Name, type: number): readonly Rrset[] | undefined {
    const node = zone.names.find(name.key)
    if (!node?.cut) return undefined
    const rrset = findRrset(node, type)
    const addresses = rrset && this.decide(zone, rrset, name)
    if (addresses?.kind !== 'decided' || addresses.rdatas.length === 0) return NONE
    return [{ owner: name, type, ttl: addresses.ttl, rdatas: addresses.rdatas }]
  }

  // --- the end --------------------------------------------------------------------------------------------------------

  /** Asks for what is not in memory. Where nothing is loaded any more it is a failure. */
  private lacking(missing: NeedsZone): Resolution {
    if (!this.context.zones.isFinal) return missing
    return this.fail({ kind: 'not-ready', why: 'a part of the zone could not be loaded' })
  }

  /** A failure is valid for the clients, and by the chance, that led to it. */
  private fail(error: QueryError): Resolution {
    return failed(error, this.context.scope, this.byChance)
  }

  /** An ALIAS whose chain has no addresses is NODATA: its owner exists, whether its target does or not. */
  private finish(
    rcode: typeof RCODE.NOERROR | typeof RCODE.NXDOMAIN | typeof RCODE.YXDOMAIN,
    authority: readonly Rrset[],
    additional: readonly Rrset[] = NONE,
    authoritative = true,
  ): Resolved {
    const { answer, byChance, aliased } = this
    const scope = this.context.scope
    const isEmptyAlias = aliased !== undefined && (rcode !== RCODE.NOERROR || authority.length > 0)
    const response = isEmptyAlias
      ? {
          rcode: RCODE.NOERROR,
          authoritative,
          answer,
          authority: [cappedSoa(aliased.zone, this.healthTtl ?? Number.POSITIVE_INFINITY)],
          additional,
          scope,
        }
      : { rcode, authoritative, answer, authority, additional, scope }
    return { kind: 'resolved', response, byChance }
  }
}

const NONE: readonly Rrset[] = []

/**
 * Returns true for a type that only the zone itself has: PowerDNS answers it before it runs a LUA CNAME at the apex. A
 * signed zone whose DNSKEY is a CNAME would be bogus.
 */
export const isApexOnly = (type: number): boolean =>
  type === TYPE.SOA || type === TYPE.DS || type === TYPE.DNSKEY || type === TYPE.CDS || type === TYPE.CDNSKEY

/** Returns the trace's word for what a look-up found. A DS at a cut is found at the parent's own name. */
const foundAs = ({ kind, node }: Found & { readonly node: ZoneNode }) =>
  node.rrsets.length === 0 ? 'empty-non-terminal' : kind === 'delegation' ? 'exact' : kind

/** RFC 8482 §4.2: this record stands for everything at a name. */
const ANY_HINFO: Rdata = {
  bytes: Uint8Array.from([7, ...new TextEncoder().encode('RFC8482'), 0]),
  names: [],
  text: '"RFC8482" ""',
}
const ANY_TTL = 3600
