import { isSubdomain, type Lead, leadOf, leadsOn, type Name, type Rdata, type Rrset, TYPE } from '../dns/query-path.ts'
import { MAX_ADDITIONAL_BYTES, MAX_ADDITIONAL_NAMES, MAX_REFERRAL_SERVERS } from '../limits.ts'
import { findRrset, type PolicyRrset, type Zone } from './zone.ts'
import type { Zones } from './zones.ts'

/** Finds the records of a name as this client gets them, aliases first; none where there are none, or they fail. */
type Find = (name: Name, type: number) => readonly Rrset[]

/**
 * The records that a client asks for next, as `leads` tell them: the additional section. It holds whole rrsets only,
 * and no more than the caps allow, since it saves queries and need not be complete.
 */
export const additionalTo = (
  owner: Name,
  leads: readonly KnownLead[],
  answer: readonly Rrset[],
  zones: Zones,
  find: Find,
): readonly Rrset[] => (leads.length === 0 ? NONE : new Additional(answer, zones, find).all(owner, leads))

class Additional {
  private readonly added: Rrset[] = []
  private readonly answer: readonly Rrset[]
  private readonly zones: Zones
  private readonly find: Find
  private names = 0
  private room = MAX_ADDITIONAL_BYTES

  constructor(answer: readonly Rrset[], zones: Zones, find: Find) {
    this.answer = answer
    this.zones = zones
    this.find = find
  }

  /** Records that lead further, like the SRV of a NAPTR, are followed too. */
  all(owner: Name, first: readonly KnownLead[]): readonly Rrset[] {
    for (const lead of first) this.add(owner, lead)
    for (const rrset of this.added) {
      if (!leadsOn(rrset.type)) continue
      for (const lead of plainLeads(rrset)) this.add(rrset.owner, lead)
    }
    return this.added
  }

  private add(owner: Name, lead: KnownLead): void {
    if (++this.names > MAX_ADDITIONAL_NAMES) return
    const name = lead.name ?? owner
    const state = this.zones.find(name.key)
    // A zone, or a part, that is not in memory is not waited for: nobody asked for these records.
    if (state?.kind !== 'loaded') return
    const plain = state.zone === lead.zone ? lead.plain : plainElsewhere(state.zone, lead, name)
    if (!plain) return
    lead.types.forEach((type, i) => {
      const records = plain[i]
      if (records?.length === 0 || this.has(name, type)) return
      const found = records ?? this.find(name, type)
      const isAliased = found.length > 1
      if (found.at(-1)?.type === type && (!isAliased || lead.follows)) this.take(found)
    })
  }

  private take(found: readonly Rrset[]): void {
    const fresh = found.filter(({ owner, type }) => !this.has(owner, type))
    const size = fresh.reduce((sum, rrset) => sum + sizeOf(rrset), 0)
    if (size > this.room) return
    this.room -= size
    this.added.push(...fresh)
  }

  private has({ key }: Name, type: number): boolean {
    for (const rrset of this.added) if (rrset.type === type && rrset.owner.key === key) return true
    for (const rrset of this.answer) if (rrset.type === type && rrset.owner.key === key) return true
    return false
  }
}

const NONE: readonly Rrset[] = []

/** Octets in the message at most. */
const sizeOf = ({ owner, rdatas }: Rrset): number =>
  rdatas.reduce((sum, { bytes }) => sum + owner.key.length + 10 + bytes.length, 0)

/** For each type of a lead the records where nothing has to be decided; undefined where only a walk can tell. */
type Plain = readonly (readonly Rrset[] | undefined)[]

/** A lead, with what the zone of its record has at its name: that does not change as long as the zone is loaded. */
type KnownLead = Lead & { readonly zone?: Zone; readonly plain: Plain }

const LEADS = new WeakMap<readonly Rdata[], readonly KnownLead[]>()

/** @param zone the one that the records are of */
export function leadsOf(type: number, rdatas: readonly Rdata[], zone: Zone): readonly KnownLead[] {
  const cached = LEADS.get(rdatas)
  if (cached) return cached
  let isComplete = true
  const leads = plainLeads({ type, rdatas }).flatMap((lead) => {
    const found = inZone(lead, zone)
    isComplete &&= found !== undefined
    return found ?? [lead]
  })
  if (isComplete) LEADS.set(rdatas, leads)
  return leads
}

/** Leaves out a lead to a name of the zone that has nothing to tell. Returns undefined if that is not known yet. */
function inZone(lead: KnownLead, zone: Zone): readonly KnownLead[] | undefined {
  if (!lead.name || !isSubdomain(lead.name.key, zone.origin.key)) return [lead]
  const plain = plainRecords(zone, lead, lead.name)
  if (!plain) return undefined
  return plain.some((found) => found?.length !== 0) ? [{ ...lead, zone, plain }] : []
}

const plainLeads = ({ type, rdatas }: Pick<Rrset, 'type' | 'rdatas'>): readonly KnownLead[] =>
  rdatas.slice(0, MAX_ADDITIONAL_NAMES).flatMap((rdata) => {
    const lead = leadOf(type, rdata)
    return lead ? [{ ...lead, plain: [] }] : []
  })

/** Another zone may not be for this client, which only a walk can tell. */
const plainElsewhere = (zone: Zone, lead: Lead, name: Name): Plain | undefined =>
  zone.access ? lead.types.map(() => undefined) : plainRecords(zone, lead, name)

/** Returns undefined if the part that knows the name is not in memory. */
function plainRecords(zone: Zone, { types }: Lead, name: Name): Plain | undefined {
  const found = zone.names.lookup(name.key)
  if (found.kind === 'missing') return undefined
  if (found.kind === 'nothing') return types.map(() => NONE)
  if (found.kind === 'dname' || found.kind === 'delegation') return types.map(() => undefined)
  const { rrsets } = found.node
  return types.map((type) => {
    const rrset = findRrset(found.node, type)
    if (!rrset) return rrsets.some(mayStandIn) ? undefined : NONE
    const { policy, ttl, minTtl } = rrset
    const isPlain = policy.kind === 'values' && minTtl === undefined && policy.rdatas.length <= 1
    if (!isPlain || policy.rdatas[0]?.blank) return undefined
    return policy.rdatas.length === 0 ? NONE : [{ owner: name, type, ttl, rdatas: policy.rdatas }]
  })
}

/** True if the rrset answers for other types than its own. */
const mayStandIn = ({ type }: PolicyRrset): boolean => type === TYPE.CNAME || type === TYPE.ALIAS

/** Returns a part of the zone that has addresses of a referral's servers and is not in memory. */
export function missingGlue({ origin, names }: Zone, servers: readonly Rdata[]): number | undefined {
  for (const server of servers.slice(0, MAX_REFERRAL_SERVERS)) {
    const key = server.names[0]?.name.key
    if (key === undefined || !isSubdomain(key, origin.key)) continue
    const part = names.missingPart(key)
    if (part !== undefined) return part
  }
  return undefined
}

/** Returns as many servers as a referral names: first those whose addresses only this zone can give. */
export function fewServers(zone: Zone, servers: readonly Rdata[]): readonly Rdata[] {
  if (servers.length <= MAX_REFERRAL_SERVERS) return servers
  const isGlue = ({ names }: Rdata): boolean => zone.names.find(names[0]?.name.key ?? '')?.cut !== undefined
  const all = [...servers.filter(isGlue), ...servers.filter((rdata) => !isGlue(rdata))]
  return all.slice(0, MAX_REFERRAL_SERVERS)
}
