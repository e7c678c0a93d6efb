import {
  formatName,
  type Name,
  nameFromWire,
  type QueryError,
  RCODE,
  type Rdata,
  type Rrset,
  TYPE,
} from '../dns/query-path.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import { type Decision, hasScript, valuesStep } from '../policy/query-path.ts'
import { type Walking, walkingIn } from './asker.ts'
import { type Chain, cappedSoa, NO_CHAIN, negativeSoa, withTtl } from './chain.ts'
import type { Decided } from './hints.ts'
import { failed, type NeedsZone, type Resolution } from './resolution.ts'
import { Scopes } from './scopes.ts'
import { cnameTo, substitute, targetOf } from './target.ts'
import type { Step } from './trace.ts'
import { effectiveTtl, type Found, findRrset, lookup, type PolicyRrset, type Zone, type ZoneNode } from './zone.ts'
import { zoneFor } from './zones.ts'

/** The end of a walk, or the name to visit next. */
export type Hop = Resolution | { readonly kind: 'next'; readonly name: Name }

/** A decision about an rrset, or the zone that a script looked into and that has to be loaded first. */
export type Drawn = { readonly kind: 'drawn'; readonly decision: Decision } | NeedsZone

/**
 * The walk from name to name (RFC 1034 §4.3.2), with CNAME, DNAME and ALIAS: its rules, to which a subclass adds how
 * things are decided. A query takes a walk by chance, and `run` goes to the end; `explain` takes each walk that is
 * possible, name by name with `visit`.
 */
export abstract class Resolver {
  /** The names up to the one that `visit` looks up; afterwards those up to the next one. */
  chain: Chain
  /** The answer section so far. */
  readonly answer: Rrset[] = []
  protected readonly walking: Walking
  protected readonly trace: Step[] = []
  protected readonly scopes: Scopes
  protected byChance = false
  protected readonly type: number
  /** The walking as the zone of the visited name sees it. */
  protected here: Walking
  /** The smallest TTL that follows health, in seconds; from the first ALIAS on, if there is one. */
  private healthTtl = Number.POSITIVE_INFINITY

  constructor(walking: Walking, type: number, chain = NO_CHAIN, scopes = new Scopes()) {
    this.walking = walking
    this.here = walking
    this.type = type
    this.chain = chain
    this.scopes = scopes
  }

  run(start: Name): Resolution {
    let hop = this.visit(start)
    while (hop.kind === 'next') hop = this.visit(hop.name)
    return hop
  }

  visit(name: Name): Hop {
    const state = zoneFor(this.walking.zones, name.key, this.type)
    if (state === undefined) return this.outside(name)
    if (state.kind === 'unloaded') return { kind: 'needs-zone', origin: state.origin }
    if (state.kind === 'unavailable') return this.fail({ kind: 'not-ready', why: state.why })
    const { zone } = state
    this.here = walkingIn(this.walking, zone)
    this.scopes.enter(this.here.asker)
    this.trace.push({ step: 'zone', origin: zone.origin.key, serial: zone.serial })
    return this.inZone(zone, name)
  }

  /** A chain that leaves our zones is for the client to go on with. */
  private outside(name: Name): Resolution {
    const { names, aliased } = this.chain
    this.trace.push({ step: 'no-zone', name: name.key })
    if (aliased) return this.failAlias(name, 'is in none of the zones served here')
    return names.length === 0 ? this.fail({ kind: 'not-our-zone' }) : this.finish(RCODE.NOERROR, NONE)
  }

  private inZone(zone: Zone, name: Name): Hop {
    const { trace, type } = this
    const found = lookup(zone, name.key)
    if (found.kind === 'nothing') {
      trace.push({ step: 'name', name: name.key, found: 'nothing', at: found.encloser })
      return this.finish(RCODE.NXDOMAIN, [zone.negative])
    }
    const { node } = found
    if (found.kind === 'dname') return this.redirect(name, node)
    if (found.kind === 'delegation' && !(type === TYPE.DS && node.key === name.key)) {
      trace.push({ step: 'name', name: name.key, found: 'delegation', at: node.key })
      const cut = nameFromWire(Uint8Array.from(node.key, (character) => character.charCodeAt(0)))
      return this.chain.aliased
        ? this.failAlias(cut, 'is delegated to other name servers')
        : this.referral(zone, node, cut)
    }
    trace.push({ step: 'name', name: name.key, found: foundAs(found), at: node.key })
    if (node.rrsets.length === 0) return this.finish(RCODE.NOERROR, [zone.negative])
    const cname = findRrset(node, TYPE.CNAME)
    return (cname && this.canonical(zone, cname, name)) ?? this.atNode(zone, node, name)
  }

  /** Follows a CNAME. Returns undefined if it has no target now and the name has other records. */
  private canonical(zone: Zone, cname: PolicyRrset, owner: Name): Hop | undefined {
    const isAsked = this.type === TYPE.CNAME || this.type === TYPE.ANY
    const decided = this.decide(cname, owner, !isAsked)
    if (decided.kind !== 'decided') return decided
    const { rdatas, ttl } = decided
    const [target] = rdatas
    if (!target) {
      // Only a script may stand beside other records.
      if (!isAsked && hasScript(cname.policy)) return undefined
      return this.finish(RCODE.NOERROR, [negativeSoa(zone, cname, ttl)])
    }
    // Only a script gives several targets, of which the first is followed.
    this.pass({ owner, type: TYPE.CNAME, ttl, rdatas: isAsked ? rdatas : [target] })
    if (isAsked) return this.finish(RCODE.NOERROR, NONE)
    const next = targetOf(target)
    this.trace.push({ step: 'cname', target: next.key })
    return this.follow(owner, next)
  }

  private atNode(zone: Zone, node: ZoneNode, owner: Name): Hop {
    const { type } = this
    if (type === TYPE.ANY) {
      this.answer.push({ owner, type: TYPE.HINFO, ttl: ANY_TTL, rdatas: [ANY_HINFO] })
      return this.finish(RCODE.NOERROR, NONE)
    }
    const rrset = type === TYPE.CNAME ? undefined : findRrset(node, type)
    if (rrset) return this.end(zone, rrset, owner)
    const alias = type === TYPE.A || type === TYPE.AAAA ? findRrset(node, TYPE.ALIAS) : undefined
    if (alias) return this.flatten(zone, alias, owner)
    this.trace.push({ step: 'no-rrset', type })
    return this.finish(RCODE.NOERROR, [zone.negative])
  }

  /** Answers with the records that were asked for. An ALIAS that led here has them as its own. */
  private end(zone: Zone, rrset: PolicyRrset, owner: Name): Resolution {
    const { type } = this
    const { aliased } = this.chain
    const decided = this.decide(rrset, owner)
    if (decided.kind !== 'decided') return decided
    const { rdatas } = decided
    if (rdatas.length === 0) return this.finish(RCODE.NOERROR, [negativeSoa(zone, rrset, decided.ttl)])
    const sent = this.filled(decided, owner)
    if (sent.kind !== 'decided') return sent
    const isOrdered = (type === TYPE.A || type === TYPE.AAAA) && sent.rdatas.length > 1
    const ordered = isOrdered ? this.ordered(sent.rdatas) : sent.rdatas
    if (aliased) {
      this.answer.push({ owner: aliased.owner, type, ttl: Math.min(aliased.ttl, sent.ttl), rdatas: ordered })
    } else this.answer.push({ owner, type, ttl: sent.ttl, rdatas: ordered })
    return this.finish(RCODE.NOERROR, NONE, this.additional(zone, owner, rdatas))
  }

  /** RFC 6672 §3.2: adds the DNAME and a CNAME made of it; YXDOMAIN if the new name is too long. */
  private redirect(owner: Name, node: ZoneNode): Hop {
    this.trace.push({ step: 'name', name: owner.key, found: 'dname', at: node.key })
    const dnameOwner = nameFromWire(owner.wire.slice(owner.wire.length - node.key.length))
    const rrset = findRrset(node, TYPE.DNAME) as PolicyRrset
    const decided = this.decide(rrset, dnameOwner, true)
    if (decided.kind !== 'decided') return decided
    const { ttl, rdatas } = decided
    const isAnswered = this.answer.some(({ owner, type }) => type === TYPE.DNAME && owner.key === node.key)
    if (!isAnswered) this.pass({ owner: dnameOwner, type: TYPE.DNAME, ttl, rdatas })
    // A DNAME that may give several targets, or none, is refused when the zone is compiled.
    const next = substitute(owner, node.key, targetOf(rdatas[0] as Rdata))
    this.trace.push({ step: 'dname', target: next?.key ?? null })
    if (!next) return this.finish(RCODE.YXDOMAIN, [])
    this.pass({ owner, type: TYPE.CNAME, ttl, rdatas: [cnameTo(next)] })
    // The CNAME answers a question for it, as if it stood in the zone; BIND has it so.
    if (this.type === TYPE.CNAME || this.type === TYPE.ANY) return this.finish(RCODE.NOERROR, NONE)
    return this.follow(owner, next)
  }

  /** Follows an ALIAS: the addresses of its target become the owner's own. */
  private flatten(zone: Zone, rrset: PolicyRrset, owner: Name): Hop {
    const { aliased } = this.chain
    if (!aliased) this.healthTtl = Number.POSITIVE_INFINITY
    const decided = this.decide(rrset, owner, true)
    if (decided.kind !== 'decided') return decided
    const { rdatas, ttl } = decided
    const [alias] = rdatas
    if (!alias) return this.finish(RCODE.NOERROR, [negativeSoa(zone, rrset, ttl)])
    this.chain = { ...this.chain, aliased: aliased ? withTtl(aliased, ttl) : { owner, zone, ttl } }
    const next = targetOf(alias)
    this.trace.push({ step: 'alias', target: next.key })
    return this.follow(owner, next)
  }

  /** Adds records that lead on. Between an ALIAS and its addresses only their TTL counts. */
  private pass(rrset: Rrset): void {
    const { chain } = this
    if (chain.aliased) this.chain = { ...chain, aliased: withTtl(chain.aliased, rrset.ttl) }
    else this.answer.push(rrset)
  }

  /** A name that is met again is a loop, and would have a second CNAME (RFC 2181 §10.1). */
  private follow(owner: Name, name: Name): Hop {
    const names = [...this.chain.names, owner.key]
    this.chain = { ...this.chain, names }
    const isTooLong = names.includes(name.key) || names.length > MAX_CNAME_CHAIN
    return isTooLong ? this.fail({ kind: 'chain-too-long' }) : { kind: 'next', name }
  }

  protected decide(rrset: PolicyRrset, owner: Name, isFollowed = false): Decided | Resolution {
    const { policy } = rrset
    this.trace.push({ step: 'rrset', type: rrset.type, ttl: rrset.ttl })
    // Fixed values need no decision, and no object for one.
    if (policy.kind === 'values') {
      this.trace.push(valuesStep(policy))
      return this.decided(rrset, policy.rdatas, Number.POSITIVE_INFINITY)
    }
    const drawn = this.draw(rrset, owner, isFollowed)
    if (drawn.kind === 'needs-zone') return drawn
    const { decision } = drawn
    for (const step of decision.trace) this.trace.push(step)
    this.scopes.add(decision.scope, this.here.asker)
    this.byChance ||= decision.byChance
    const { failure } = decision
    if (failure) return this.fail({ kind: 'policy', why: failure.why, refused: failure.refused })
    return this.decided(rrset, decision.rdatas, decision.validForSeconds)
  }

  /** @param holds the seconds for which health cannot change the records */
  private decided(rrset: PolicyRrset, rdatas: readonly Rdata[], holds: number): Decided {
    const ttl = effectiveTtl(rrset, holds)
    if (rrset.leastTtl !== undefined) this.healthTtl = Math.min(this.healthTtl, ttl)
    if (ttl !== rrset.ttl) this.trace.push({ step: 'ttl', ttl, most: rrset.ttl, holds })
    return { kind: 'decided', rdatas, ttl }
  }

  /**
   * Decides what an rrset is answered with.
   * @param isFollowed true if the first record leads to another name, and any others count for nothing
   */
  protected abstract draw(rrset: PolicyRrset, owner: Name, isFollowed: boolean): Drawn

  /** Orders the addresses of an answer: clients take the first that they see. */
  protected abstract ordered(addresses: readonly Rdata[]): readonly Rdata[]

  /** Returns the records with the hints that are `auto` filled in; here they are left as they are. */
  protected filled(decided: Decided, _owner: Name): Decided | NeedsZone {
    return decided
  }

  /** Returns the additional section; here it is empty. */
  protected additional(_zone: Zone, _owner: Name, _rdatas: readonly Rdata[]): readonly Rrset[] {
    return NONE
  }

  /** Answers for a delegation; here it names no servers. */
  protected referral(_zone: Zone, _node: ZoneNode, _cut: Name): Resolution {
    return this.finish(RCODE.NOERROR, NONE)
  }

  /** A failure is valid for the clients, and by the chance, that led to it. */
  private fail(error: QueryError): Resolution {
    return failed(error, this.trace, this.scopes.longest, this.byChance)
  }

  /** An ALIAS outside our zones has no answer: other servers are not asked. */
  private failAlias(name: Name, why: string): Resolution {
    return this.fail({ kind: 'alias-target', why: `the ALIAS leads to ${formatName(name)}, which ${why}` })
  }

  /** An ALIAS whose chain has no addresses is NODATA: its owner exists, whether its target does or not. */
  protected finish(
    rcode: typeof RCODE.NOERROR | typeof RCODE.NXDOMAIN | typeof RCODE.YXDOMAIN,
    authority: readonly Rrset[],
    additional: readonly Rrset[] = NONE,
    authoritative = true,
  ): Resolution {
    const { answer, byChance, trace } = this
    const { aliased } = this.chain
    const scope = this.scopes.longest
    const isEmptyAlias = aliased !== undefined && (rcode !== RCODE.NOERROR || authority.length > 0)
    const response = isEmptyAlias
      ? {
          rcode: RCODE.NOERROR,
          authoritative,
          answer,
          authority: [cappedSoa(aliased.zone, this.healthTtl)],
          additional,
          scope,
        }
      : { rcode, authoritative, answer, authority, additional, scope }
    return { kind: 'resolved', response, byChance, trace }
  }
}

export const NONE: readonly Rrset[] = []

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
