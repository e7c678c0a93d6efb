import { leadsOn, type Name, RCODE, type Rdata, type Rrset, TYPE } from '../dns/query-path.ts'
import { MAX_REFERRAL_SERVERS } from '../limits.ts'
import { additionalTo, leadsOf } from './additional.ts'
import type { Walking } from './asker.ts'
import { NO_CHAIN } from './chain.ts'
import { Draws } from './decider.ts'
import { type Decided, hasHints, withHints } from './hints.ts'
import type { NeedsZone, Resolution } from './resolution.ts'
import { NONE, Resolver } from './resolver.ts'
import { findRrset, type PolicyRrset, type Zone, type ZoneNode } from './zone.ts'

/**
 * Resolves a query by chance. Hints and additional records are answers inside the answer: the same walk finds them, and
 * what it draws, its scopes and its trace are those of the whole.
 */
export class QueryResolver extends Resolver {
  private readonly draws: Draws
  /** True if the records are part of another answer, which has its own additional section. */
  private readonly isPart: boolean

  constructor(walking: Walking, type: number, whole?: QueryResolver) {
    const draws = whole?.draws ?? new Draws(walking.asker.random)
    if (hasHints(type)) draws.keep()
    super(walking, type, draws, NO_CHAIN, whole?.scopes)
    this.draws = draws
    this.isPart = whole !== undefined
  }

  protected override filled(type: number, decided: Decided, owner: Name): Decided | NeedsZone {
    if (!hasHints(type)) return decided
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
    this.draws.keep()
    const part = new QueryResolver(this.walking, type, this).run(name)
    if (part.kind === 'needs-zone') return part
    for (const step of part.trace) this.trace.push(step)
    this.byChance ||= part.byChance
    return part
  }

  protected override additional(zone: Zone, type: number, owner: Name, rdatas: readonly Rdata[]): readonly Rrset[] {
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
