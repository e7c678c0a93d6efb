import {
  buildQuery,
  formatName,
  type Name,
  parentKey,
  parseQuery,
  type Query,
  type Question,
  ROOT,
  type Rrset,
  TYPE,
} from '../../dns/index.ts'
import type { AskedCheck } from '../../health/index.ts'
import { type Address, formatPrefix, maskAddress, type Prefix, type SubnetTrust } from '../../net/index.ts'
import type { Rng } from '../../policy/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { Sources } from '../../store/index.ts'
import {
  admits,
  Client,
  findRrset,
  QueryContext,
  Resolver,
  type Zone,
  type ZoneNode,
  type ZoneState,
  type Zones,
  zonesWithout,
} from '../../zone/index.ts'
import { domainId } from './domain.ts'
import { type BackendRecord, writtenFor } from './record.ts'

/** A look-up of PowerDNS, for the client of a query. */
export type Lookup = {
  readonly qname: Name
  /** TYPE.ANY for all types. */
  readonly qtype: number
  /** The sender of the query to PowerDNS: mostly a resolver. Unknown where PowerDNS asks on its own account. */
  readonly remote: Address
  /** The network that decides: that of the query's Client Subnet option, else the sender's address. */
  readonly realRemote: Prefix | undefined
  /** The number of the zone; undefined: the one with the longest origin. */
  readonly zoneId: number | undefined
}

/** The sources of the answers, beside the published zones. */
type LookupSources = Sources & { readonly random: Rng; readonly clientSubnet: SubnetTrust }

/** `records` is undefined outside the published zones. `asked`: as in `Reply`. */
type LookedUp = { readonly records?: readonly BackendRecord[]; readonly asked: readonly AskedCheck[] }

/**
 * Answers a look-up: the records of exactly this name, a wildcard's under the wildcard's own name, each rrset decided
 * for the client, with the scope that a query for it over HTTPS gets. PowerDNS itself follows CNAMEs, synthesizes from
 * wildcards and DNAMEs, and refers.
 * @returns an error if an rrset has no answer for the client: SERVFAIL
 */
export function lookUp(lookup: Lookup, sources: LookupSources): Result<LookedUp> {
  const { qname, qtype } = lookup
  const zones = zonesFor(lookup, sources.zones)
  const state = zones.find(qname.key)
  if (state === undefined) return ok({ asked: [] })
  if (state.kind === 'unavailable') return err(state.why)
  // A zone that is not in memory is loaded, and the look-up comes again.
  if (state.kind === 'unloaded') return ok({ asked: [] })
  const { zone } = state
  // PowerDNS has such a zone for the clients in its networks alone: a key of PowerDNS's is no token of theirs.
  if (zone.access && !admits(zone.access, clientFor(lookup, undefined))) return ok({ asked: [] })
  const node = zone.names.find(qname.key)
  // Nothing at a name below a DNAME counts.
  if (!node || (node.dname !== undefined && node.dname !== node)) return ok({ records: [], asked: [] })
  return new NameAnswers(lookup, { ...sources, zones }, zone, node).of(qtype)
}

/** Returns zones among which the name is in the zone with the number, as long as there is one at or above the name. */
function zonesFor({ qname, zoneId }: Lookup, zones: Zones): Zones {
  if (zoneId === undefined) return zones
  const below = new Set<string>()
  let state = zones.find(qname.key)
  while (state && domainId(formatName(originOf(state))) !== zoneId) {
    const origin = originOf(state)
    below.add(origin)
    state = origin === ROOT.key ? undefined : zones.find(parentKey(origin))
  }
  return state && below.size > 0 ? zonesWithout(zones, below) : zones
}

const originOf = (state: ZoneState) => (state.kind === 'loaded' ? state.zone.origin.key : state.origin)

/** The answers at a name. */
class NameAnswers {
  private readonly lookup: Lookup
  private readonly sources: LookupSources
  private readonly zone: Zone
  private readonly node: ZoneNode
  private readonly id: number
  private readonly asked: AskedCheck[] = []

  constructor(lookup: Lookup, sources: LookupSources, zone: Zone, node: ZoneNode) {
    this.lookup = lookup
    this.sources = sources
    this.zone = zone
    this.node = node
    this.id = domainId(formatName(zone.origin.key))
  }

  of(qtype: number): Result<LookedUp> {
    const { asked } = this
    const records: BackendRecord[] = []
    for (const type of this.types(qtype)) {
      const answered = this.ofType(type)
      if (!answered.ok) return answered
      records.push(...answered.value)
      // A script may have a CNAME for this client: then the name has nothing else.
      if (type === TYPE.CNAME && records.length > 0) break
    }
    if (records.length === 0 && qtype === TYPE.ANY) records.push(this.emptyName())
    return ok({ records, asked })
  }

  /** The types at the name, CNAME first. An ALIAS is flattened here. */
  private types(qtype: number): readonly number[] {
    const { node } = this
    const all = node.rrsets.map(({ type }) => type)
    const isAlias = all.includes(TYPE.ALIAS)
    if (qtype !== TYPE.ANY) {
      const isFlat = isAlias && (qtype === TYPE.A || qtype === TYPE.AAAA)
      return all.includes(qtype) || isFlat ? [qtype] : []
    }
    const others = new Set(all.filter((type) => type !== TYPE.CNAME && type !== TYPE.ALIAS))
    if (isAlias) others.add(TYPE.A).add(TYPE.AAAA)
    return all.includes(TYPE.CNAME) ? [TYPE.CNAME, ...others] : [...others]
  }

  private ofType(type: number): Result<readonly BackendRecord[]> {
    return this.node.cut ? ok(this.belowCut(type)) : this.authoritative(type)
  }

  /** The answer is that of a query, so that its scope is, too. */
  private authoritative(type: number): Result<readonly BackendRecord[]> {
    const { node } = this
    const context = this.contextFor(type)
    const { question } = context
    const resolution = new Resolver(context, type).run(question)
    this.asked.push(...(context.asked ?? []))
    // Something that is not in memory is loaded, and the look-up comes again.
    if (resolution.kind === 'needs-zone') return ok([])
    const { response, error } = resolution
    if (error) {
      // PowerDNS can resolve the target itself (expand-alias).
      const alias = error.kind === 'alias-target' ? findRrset(node, TYPE.ALIAS) : undefined
      if (alias?.policy.kind !== 'values') return err(response.ede?.text ?? `${error.kind}`)
      return ok(this.recordsOf({ type: TYPE.ALIAS, ttl: alias.ttl, rdatas: alias.policy.rdatas }, response.scope))
    }
    const own = response.answer.find((rrset) => rrset.owner.key === node.key && rrset.type === type)
    const isBelieved = context.asker.isSubnetBelieved !== false
    return ok(own ? this.recordsOf(own, isBelieved ? response.scope : 0) : [])
  }

  /** Name servers of a delegation, and addresses below it, are not for queries: they are as they stand. */
  private belowCut(type: number): readonly BackendRecord[] {
    const rrset = findRrset(this.node, type)
    if (!rrset) return []
    const context = this.contextFor(type)
    const { rdatas, scope } = context.draw(this.zone, rrset, this.lookup.qname)
    const isDs = type === TYPE.DS
    return this.recordsOf({ type, ttl: rrset.ttl, rdatas }, scope).map((record) =>
      isDs ? record : { ...record, auth: 0 },
    )
  }

  private recordsOf({ type, ttl, rdatas }: Pick<Rrset, 'type' | 'ttl' | 'rdatas'>, scope: number): BackendRecord[] {
    const common = { qname: this.qname, ttl, domain_id: this.id, scopeMask: scope }
    return rdatas.map((rdata) => ({ ...writtenFor(type, rdata), ...common }))
  }

  /** PowerDNS says NODATA at a name with this pseudo type, and NXDOMAIN at one without any record. */
  private emptyName(): BackendRecord {
    return { qtype: 'ENT', qname: this.qname, content: '', ttl: 0, domain_id: this.id }
  }

  private get qname(): string {
    return formatName(this.lookup.qname.key)
  }

  private contextFor(type: number): QueryContext {
    const { question, edns } = queryFor(this.lookup, type)
    return new QueryContext(question, clientFor(this.lookup, edns), this.sources)
  }
}

/** Returns the query that the client would send over HTTPS. */
function queryFor({ qname, remote, realRemote }: Lookup, type: number): { question: Question; edns: Query['edns'] } {
  const subnet = realRemote && !isSenders(realRemote, remote) ? realRemote : undefined
  const query = parseQuery(buildQuery({ name: qname, type, edns: true, subnet }))
  if (!query.ok || !query.value.question) throw new Error('a query that was just built is not valid')
  return { question: query.value.question, edns: query.value.edns }
}

/**
 * PowerDNS names the sender's own address where the query has no Client Subnet option. Length 0 says nothing (RFC 7871
 * §7.1.2).
 */
const isSenders = (network: Prefix, remote: Address): boolean =>
  network.length === 0 || formatPrefix(network) === formatPrefix(maskAddress(remote, remote.bytes.length * 8))

/** The sender's location is that of its address: the connection is PowerDNS's own. */
function clientFor({ remote }: Lookup, edns: Query['edns']): Client {
  const origin = { connection: remote, identity: 'edge-gslb' }
  const isKnown = remote.bytes.some((octet) => octet !== 0)
  return edns?.ecs ? new Client(edns, origin) : new Client(edns, origin, isKnown ? remote : undefined)
}
