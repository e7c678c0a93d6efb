import { leadsOn, type Name, RCODE, type Rdata, type Rrset, TYPE } from '../dns/query-path.ts'
import { MAX_REFERRAL_SERVERS } from '../limits.ts'
import { evaluate, shuffled, Work } from '../policy/query-path.ts'
import { additionalTo, leadsOf } from './additional.ts'
import type { Walking } from './asker.ts'
import { NO_CHAIN } from './chain.ts'
import { type Decided, hasHints, withHints } from './hints.ts'
import { PolicyInput } from './policy-input.ts'
import type { NeedsZone, Resolution } from './resolution.ts'
import { type Drawn, NONE, Resolver } from './resolver.ts'
import { findRrset, type PolicyRrset, type Zone, type ZoneNode } from './zone.ts'

/**
 * Resolves a query by chance. Hints and additional records are answers inside the answer: the same walk finds them, and
 * what it draws, its scopes and its trace are those of the whole.
 */
export class QueryResolver extends Resolver {
  /** The budget of the query; made when something has to be decided. */
  private work: Work | undefined
  /** By type and name, where an rrset may be asked for again: a reply has one draw of each. */
  private drawn: Map<string, Drawn> | undefined
  /** True if the records are part of another answer, which has its own additional section. */
  private readonly isPart: boolean

  constructor(walking: Walking, type: number, whole?: QueryResolver) {
    super(walking, type, NO_CHAIN, whole?.scopes)
    this.work = whole?.work
    this.drawn = whole?.drawn ?? (hasHints(type) ? new Map() : undefined)
    this.isPart = whole !== undefined
  }

  protected override draw(rrset: PolicyRrset, owner: Name): Drawn {
    const { drawn } = this
    if (!drawn) return this.evaluated(rrset, owner)
    const id = `${rrset.type} ${owner.key}`
    const known = drawn.get(id)
    if (known) return known
    const draw = this.evaluated(rrset, owner)
    if (draw.kind === 'drawn') drawn.set(id, draw)
    return draw
  }

  private evaluated({ policy }: PolicyRrset, owner: Name): Drawn {
    this.work ??= new Work()
    const input = new PolicyInput(this.here, owner, this.work)
    const decision = evaluate(policy, input)
    return input.missing === undefined ? { kind: 'drawn', decision } : { kind: 'needs-zone', origin: input.missing }
  }

  /** Leaves the order to chance, as PowerDNS and gdnsd do. */
  protected override ordered(addresses: readonly Rdata[]): readonly Rdata[] {
    return shuffled(addresses, this.walking.asker.random)
  }

  protected override filled(decided: Decided, owner: Name): Decided | NeedsZone {
    if (!hasHints(this.type)) return decided
    return withHints(decided, owner, (name, hinted) => this.addressesOf(name, hinted))
  }

  /** Returns no addresses if the answer is anything else. */
  private addressesOf(name: Name, type: number): Decided | NeedsZone {
    this.trace.push({ step: 'hint', type, name: name.key })
    const part = this.part(name, type)
    if (part.kind === 'needs-zone') return part
    const { answer } = part.response
    const last = answer.at(-1)
    if (last?.type !== type) return { kind: 'decided', rdatas: [], ttl: Number.POSITIVE_INFINITY }
    return { kind: 'decided', rdatas: last.rdatas, ttl: Math.min(...answer.map((rrset) => rrset.ttl)) }
  }

  private part(name: Name, type: number): Resolution {
    this.drawn ??= new Map()
    this.work ??= new Work()
    const part = new QueryResolver(this.walking, type, this).run(name)
    if (part.kind === 'needs-zone') return part
    for (const step of part.trace) this.trace.push(step)
    this.byChance ||= part.byChance
    return part
  }

  protected override additional(zone: Zone, owner: Name, rdatas: readonly Rdata[]): readonly Rrset[] {
    const { type } = this
    if (this.isPart || !leadsOn(type)) return NONE
    const leads = leadsOf(type, rdatas, zone)
    if (leads.length === 0) return NONE
    return additionalTo(owner, leads, this.answer, this.walking.zones, (name, other) => this.further(name, other))
  }

  /** Returns nothing if anything is in the way: nobody asked for these records, so that nothing waits for them. */
  private further(name: Name, type: number): readonly Rrset[] {
    this.trace.push({ step: 'additional', type, name: name.key })
    const part = this.part(name, type)
    return part.kind === 'needs-zone' || part.response.rcode !== RCODE.NOERROR ? NONE : part.response.answer
  }

  /** RFC 1034 §4.3.2 3b: the name servers of the delegation, and their addresses as far as our zones have them. */
  protected override referral(zone: Zone, node: ZoneNode, cut: Name): Resolution {
    if (this.isPart) return super.referral(zone, node, cut)
    const decided = this.decide(findRrset(node, TYPE.NS) as PolicyRrset, cut)
    if (decided.kind !== 'decided') return decided
    const servers = { owner: cut, type: TYPE.NS, ttl: decided.ttl, rdatas: fewServers(zone, decided.rdatas) }
    const find = (name: Name, type: number) => this.glue(zone, name, type) ?? this.further(name, type)
    const leads = leadsOf(TYPE.NS, servers.rdatas, zone)
    const additional = additionalTo(cut, leads, this.answer, this.walking.zones, find)
    return this.finish(RCODE.NOERROR, [servers], additional, this.answer.length > 0)
  }

  /** Returns the addresses that the zone has at or below a delegation; undefined for any other name. */
  private glue(zone: Zone, name: Name, type: number): readonly Rrset[] | undefined {
    const node = zone.nodes.get(name.key)
    if (!node?.cut) return undefined
    const rrset = findRrset(node, type)
    const addresses = rrset && this.decide(rrset, name)
    if (addresses?.kind !== 'decided' || addresses.rdatas.length === 0) return NONE
    return [{ owner: name, type, ttl: addresses.ttl, rdatas: addresses.rdatas }]
  }
}

/** Returns as many servers as a referral names: first those whose addresses only this zone can give. */
function fewServers(zone: Zone, servers: readonly Rdata[]): readonly Rdata[] {
  if (servers.length <= MAX_REFERRAL_SERVERS) return servers
  const isGlue = ({ names }: Rdata): boolean => zone.nodes.get(names[0]?.name.key ?? '')?.cut !== undefined
  const all = [...servers.filter(isGlue), ...servers.filter((rdata) => !isGlue(rdata))]
  return all.slice(0, MAX_REFERRAL_SERVERS)
}
