import {
  formatName,
  leadsOn,
  type Name,
  nameFromWire,
  type QueryError,
  RCODE,
  type Rdata,
  type Response,
  type Rrset,
  TYPE,
} from '../dns/index.ts'
import { MAX_CNAME_CHAIN, MAX_REFERRAL_SERVERS } from '../limits.ts'
import { type Decision, evaluate, hasScript, type Policy, shuffled, valuesStep, Work } from '../policy/index.ts'
import { additionalTo, type KnownLead, leadsOf } from './additional.ts'
import { type Walking, walkingIn } from './asker.ts'
import { type Aliased, flattened, negativeWhile } from './flatten.ts'
import { type Decided, hasHints, withHints } from './hints.ts'
import { PolicyInput } from './policy-input.ts'
import { failed, type NeedsZone, type Resolution } from './resolution.ts'
import { Scopes } from './scopes.ts'
import { cnameTo, substitute, targetOf } from './target.ts'
import type { Step } from './trace.ts'
import { type Found, findRrset, lookup, type PolicyRrset, ttlWhile, type Zone, type ZoneNode } from './zone.ts'
import { zoneFor } from './zones.ts'

/** The walk itself: from name to name, with what it gathers on the way. */
export class Walk {
  private readonly walking: Walking
  /** The rest of the budget of the query; made when something has to be decided. */
  private work: Work | undefined
  /** As the zone sees it that the walk is in. */
  private here: Walking
  private readonly start: Name
  private readonly type: number
  /** By type and name, where they may be asked for again: a reply has one draw of each. */
  private drawn: Map<string, Decision> | undefined
  /** True if its records are part of another answer: then that answer gathers what they lead to. */
  private readonly isPart: boolean
  private readonly answer: Rrset[] = []
  private readonly trace: Step[] = []
  private aliased: Aliased | undefined
  /** The smallest TTL that follows health, from the first ALIAS on where there is one. */
  private holds = Number.POSITIVE_INFINITY
  private readonly scopes: Scopes
  private byChance = false

  /** @param whole the walk that this one is part of */
  constructor(walking: Walking, start: Name, type: number, whole?: Walk) {
    this.walking = walking
    this.work = whole?.work
    this.here = walking
    this.start = start
    this.type = type
    this.drawn = whole?.drawn ?? (hasHints(type) ? new Map() : undefined)
    this.scopes = whole?.scopes ?? new Scopes()
    this.isPart = whole !== undefined
  }

  run(): Resolution {
    let owner = this.start
    for (let hops = 0; hops <= MAX_CNAME_CHAIN; hops++) {
      const state = zoneFor(this.walking.zones, owner.key, this.type)
      if (state === undefined) {
        this.trace.push({ step: 'no-zone', name: owner.key })
        if (this.aliased) return this.failAlias(owner, 'is in none of the zones served here')
        // A chain that leaves our zones is for the client to go on with.
        return hops === 0 ? failed({ kind: 'not-our-zone' }, this.trace) : this.finish(RCODE.NOERROR, NONE)
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
    this.here = walkingIn(this.walking, zone)
    this.scopes.enter(this.here.asker)
    trace.push({ step: 'zone', origin: zone.origin.key, serial: zone.serial })
    const found = lookup(zone, owner.key)
    if (found.kind === 'nothing') {
      trace.push({ step: 'name', name: owner.key, found: 'nothing', at: found.encloser })
      return this.finish(RCODE.NXDOMAIN, [zone.negative])
    }
    const { node } = found
    if (found.kind === 'dname') return this.redirect(owner, node)
    if (found.kind === 'delegation' && !(this.type === TYPE.DS && node.key === owner.key)) {
      trace.push({ step: 'name', name: owner.key, found: 'delegation', at: node.key })
      return this.referral(zone, node)
    }
    trace.push({ step: 'name', name: owner.key, found: foundAs(found), at: node.key })
    if (node.rrsets.length === 0) return this.finish(RCODE.NOERROR, [zone.negative])

    const alias = findRrset(node, TYPE.CNAME)
    if (alias) {
      const aliased = this.alias(zone, alias, owner)
      if (aliased) return aliased
    }
    const { type } = this
    if (type === TYPE.ANY) {
      this.answer.push({ owner, type: TYPE.HINFO, ttl: ANY_TTL, rdatas: [ANY_HINFO] })
      return this.finish(RCODE.NOERROR, NONE)
    }
    const rrset = type === TYPE.CNAME ? undefined : findRrset(node, type)
    if (!rrset) {
      const instead = type === TYPE.A || type === TYPE.AAAA ? findRrset(node, TYPE.ALIAS) : undefined
      if (instead) return this.flatten(zone, instead, owner)
      trace.push({ step: 'no-rrset', type })
      return this.finish(RCODE.NOERROR, [zone.negative])
    }
    const decided = this.decide(rrset, owner)
    if ('kind' in decided) return decided
    const { rdatas, ttl } = decided
    if (rdatas.length === 0) return this.finish(RCODE.NOERROR, [negativeWhile(zone, rrset, ttl)])
    const told = hasHints(type) ? this.hinted(decided, owner) : decided
    if ('kind' in told) return told
    this.answer.push({ owner, type, ttl: told.ttl, rdatas: this.inOrder(type, told.rdatas) })
    const leads = this.isPart || !leadsOn(type) ? NO_LEADS : leadsOf(type, rdatas, zone)
    return this.finish(RCODE.NOERROR, NONE, leads.length === 0 ? NONE : this.additional(owner, leads))
  }

  /** Follows a CNAME, whatever is asked for. Returns nothing where it has no target, and something else is there. */
  private alias(zone: Zone, alias: PolicyRrset, owner: Name): Resolution | Name | undefined {
    const isAsked = this.type === TYPE.CNAME || this.type === TYPE.ANY
    const decided = this.decide(alias, owner)
    if ('kind' in decided) return decided
    const { rdatas, ttl } = decided
    const [target] = rdatas
    if (!target) {
      if (!isAsked && hasScript(alias.policy)) return undefined
      return this.finish(RCODE.NOERROR, [negativeWhile(zone, alias, ttl)])
    }
    // Only a script gives several, of which the first is followed.
    this.answer.push({ owner, type: TYPE.CNAME, ttl, rdatas: isAsked ? rdatas : [target] })
    if (isAsked) return this.finish(RCODE.NOERROR, NONE)
    const next = targetOf(target)
    this.trace.push({ step: 'cname', target: next.key })
    return this.onwards(next)
  }

  /** Back at a name of the chain: a loop, and a second CNAME at its owner (RFC 2181 §10.1). */
  private onwards(next: Name): Resolution | Name {
    const met = this.answer.some(({ owner, type }) => owner.key === next.key && type !== TYPE.DNAME)
    return met || this.aliased?.owners.includes(next.key) ? this.fail({ kind: 'chain-too-long' }) : next
  }

  /** RFC 6672 §3.2: the DNAME, and the CNAME that stands for it; or YXDOMAIN where the new name gets too long. */
  private redirect(owner: Name, node: ZoneNode): Resolution | Name {
    this.trace.push({ step: 'name', name: owner.key, found: 'dname', at: node.key })
    const dnameOwner = nameFromWire(owner.wire.slice(owner.wire.length - node.key.length))
    const rrset = findRrset(node, TYPE.DNAME) as PolicyRrset
    const decided = this.decide(rrset, dnameOwner)
    if ('kind' in decided) return decided
    const { ttl } = decided
    const known = this.answer.some(({ owner, type }) => type === TYPE.DNAME && owner.key === node.key)
    if (!known) this.answer.push({ owner: dnameOwner, type: TYPE.DNAME, ttl, rdatas: decided.rdatas })
    // A DNAME that may give several targets, or none, is refused when the zone is compiled.
    const next = substitute(owner, node.key, targetOf(decided.rdatas[0] as Rdata))
    this.trace.push({ step: 'dname', target: next?.key ?? null })
    if (!next) return this.finish(RCODE.YXDOMAIN, [])
    this.answer.push({ owner, type: TYPE.CNAME, ttl, rdatas: [cnameTo(next)] })
    // The CNAME answers a question for it, as if it stood in the zone; BIND has it so.
    if (this.type === TYPE.CNAME || this.type === TYPE.ANY) return this.finish(RCODE.NOERROR, NONE)
    return this.onwards(next)
  }

  /** ALIAS: the addresses of its target are answered as the owner's own. */
  private flatten(zone: Zone, rrset: PolicyRrset, owner: Name): Resolution | Name {
    if (!this.aliased) this.holds = Number.POSITIVE_INFINITY
    const decided = this.decide(rrset, owner)
    if ('kind' in decided) return decided
    const { rdatas, ttl } = decided
    const [alias] = rdatas
    if (!alias) return this.finish(RCODE.NOERROR, [negativeWhile(zone, rrset, ttl)])
    const before = this.aliased ?? { owner, zone, from: this.answer.length, owners: [], ttl }
    this.aliased = { ...before, owners: [...before.owners, owner.key], ttl: Math.min(before.ttl, ttl) }
    const next = targetOf(alias)
    this.trace.push({ step: 'alias', target: next.key })
    return this.onwards(next)
  }

  private decide(rrset: PolicyRrset, owner: Name): Decided | Resolution {
    const { policy } = rrset
    this.trace.push({ step: 'rrset', type: rrset.type, ttl: rrset.ttl })
    // Nothing is decided, so that nothing has to be made for it.
    if (policy.kind === 'values') {
      this.trace.push(valuesStep(policy))
      return this.lasting(rrset, policy.rdatas, Number.POSITIVE_INFINITY)
    }
    const decision = this.draw(rrset, owner)
    if ('kind' in decision) return decision
    for (const step of decision.trace) this.trace.push(step)
    this.scopes.add(decision.scope, this.here.asker)
    this.byChance ||= decision.byChance
    const { failure } = decision
    if (failure) return this.fail({ kind: 'policy', why: failure.why, refused: failure.refused })
    return this.lasting(rrset, decision.rdatas, decision.holds)
  }

  /** Records with the TTL that they have while health is as it is, which is for `holds` seconds at least. */
  private lasting(rrset: PolicyRrset, rdatas: readonly Rdata[], holds: number): Decided {
    const ttl = ttlWhile(rrset, holds)
    if (rrset.leastTtl !== undefined) this.holds = Math.min(this.holds, ttl)
    if (ttl !== rrset.ttl) this.trace.push({ step: 'ttl', ttl, most: rrset.ttl, holds })
    return { rdatas, ttl }
  }

  private draw({ type, policy }: PolicyRrset, owner: Name): Decision | NeedsZone {
    const { drawn } = this
    if (!drawn) return this.evaluated(policy, owner)
    const id = `${type} ${owner.key}`
    const known = drawn.get(id)
    if (known) return known
    const decision = this.evaluated(policy, owner)
    if (!('kind' in decision)) drawn.set(id, decision)
    return decision
  }

  private evaluated(policy: Policy, owner: Name): Decision | NeedsZone {
    this.work ??= new Work()
    const input = new PolicyInput(this.here, owner, this.work)
    const decision = evaluate(policy, input)
    return input.missing === undefined ? decision : { kind: 'needs-zone', origin: input.missing }
  }

  private hinted(decided: Decided, owner: Name): Decided | NeedsZone {
    return withHints(decided, owner, (name, type) => this.addressesOf(name, type))
  }

  /** None where the answer is anything but addresses. */
  private addressesOf(name: Name, type: number): Decided | NeedsZone {
    this.trace.push({ step: 'hint', type, name: name.key })
    const response = this.part(name, type)
    if ('kind' in response) return response
    const last = response.answer.at(-1)
    if (last?.type !== type) return { rdatas: [], ttl: Number.POSITIVE_INFINITY }
    return { rdatas: last.rdatas, ttl: Math.min(...response.answer.map((rrset) => rrset.ttl)) }
  }

  /** An answer that is part of this one: whoever gets another there gets another one here. */
  private part(name: Name, type: number): Response | NeedsZone {
    this.drawn ??= new Map()
    this.work ??= new Work()
    const found = new Walk(this.walking, name, type, this).run()
    if (found.kind === 'needs-zone') return found
    const { response, byChance, trace } = found
    for (const step of trace) this.trace.push(step)
    this.byChance ||= byChance
    return response
  }

  private additional(owner: Name, leads: readonly KnownLead[]): readonly Rrset[] {
    const { answer, walking } = this
    return additionalTo(owner, leads, answer, walking.zones, (name, type) => this.furtherRecords(name, type))
  }

  /** None where anything is in the way: they are not what was asked for, and nobody waits for them. */
  private furtherRecords(name: Name, type: number): readonly Rrset[] {
    this.trace.push({ step: 'additional', type, name: name.key })
    const response = this.part(name, type)
    return 'kind' in response || response.rcode !== RCODE.NOERROR ? [] : response.answer
  }

  /** Clients take the first address they see: the order is left to chance, as PowerDNS and gdnsd do. */
  private inOrder(type: number, rdatas: readonly Rdata[]): readonly Rdata[] {
    const addresses = type === TYPE.A || type === TYPE.AAAA
    return addresses && rdatas.length > 1 ? shuffled(rdatas, this.walking.asker.random) : rdatas
  }

  /** RFC 1034 §4.3.2 3b: the name servers of the delegation, and their addresses as far as our zones have them. */
  private referral(zone: Zone, cut: ZoneNode): Resolution {
    const owner = nameFromWire(Uint8Array.from(cut.key, (character) => character.charCodeAt(0)))
    if (this.aliased) return this.failAlias(owner, 'is delegated to other name servers')
    if (this.isPart) return this.finish(RCODE.NOERROR, NONE)
    const ns = findRrset(cut, TYPE.NS) as PolicyRrset
    const decided = this.decide(ns, owner)
    if ('kind' in decided) return decided
    const servers = { owner, type: TYPE.NS, ttl: decided.ttl, rdatas: fewServers(zone, decided.rdatas) }
    const find = (name: Name, type: number) => this.glue(zone, name, type) ?? this.furtherRecords(name, type)
    const leads = leadsOf(TYPE.NS, servers.rdatas, zone)
    const additional = additionalTo(owner, leads, this.answer, this.walking.zones, find)
    return this.finish(RCODE.NOERROR, [servers], additional, this.answer.length > 0)
  }

  /** Addresses that the zone has at or below a delegation; undefined where the name is not there. */
  private glue(zone: Zone, name: Name, type: number): readonly Rrset[] | undefined {
    const node = zone.nodes.get(name.key)
    if (!node?.cut) return undefined
    const rrset = findRrset(node, type)
    const addresses = rrset && this.decide(rrset, name)
    if (!addresses || 'kind' in addresses || addresses.rdatas.length === 0) return []
    return [{ owner: name, type, ...addresses }]
  }

  /** A failure holds for those clients, and by that chance, that led to it. */
  private fail(error: QueryError): Resolution {
    return failed(error, this.trace, this.scopes.longest, this.byChance)
  }

  /** Other servers are not asked: only our own zones can say what an ALIAS stands for. */
  private failAlias(name: Name, why: string): Resolution {
    return this.fail({ kind: 'alias-target', why: `the ALIAS leads to ${formatName(name)}, which ${why}` })
  }

  private finish(
    rcode: Response['rcode'],
    authority: readonly Rrset[],
    additional: readonly Rrset[] = NONE,
    authoritative = true,
  ): Resolution {
    const { answer, byChance, trace, aliased } = this
    const scope = this.scopes.longest
    const response = { rcode, authoritative, answer, authority, additional, scope }
    return {
      kind: 'resolved',
      response: aliased ? { ...response, ...flattened(aliased, response, this.holds) } : response,
      byChance,
      trace,
    }
  }
}

const NONE: readonly Rrset[] = []
const NO_LEADS: readonly KnownLead[] = []

/** Returns as many servers as a referral names: first those whose addresses only this zone can give. */
function fewServers(zone: Zone, servers: readonly Rdata[]): readonly Rdata[] {
  if (servers.length <= MAX_REFERRAL_SERVERS) return servers
  const isGlue = ({ names }: Rdata): boolean => zone.nodes.get(names[0]?.name.key ?? '')?.cut !== undefined
  const all = [...servers.filter(isGlue), ...servers.filter((rdata) => !isGlue(rdata))]
  return all.slice(0, MAX_REFERRAL_SERVERS)
}

/** Returns the trace's word for it. A DS at a cut is found at the parent's own name. */
const foundAs = ({ kind, node }: Found & { readonly node: ZoneNode }) =>
  node.rrsets.length === 0 ? 'empty-non-terminal' : kind === 'delegation' ? 'exact' : kind

/** RFC 8482 §4.2: this record stands for everything at a name. */
const ANY_HINFO: Rdata = {
  bytes: Uint8Array.from([7, ...new TextEncoder().encode('RFC8482'), 0]),
  names: [],
  text: '"RFC8482" ""',
}
const ANY_TTL = 3600
