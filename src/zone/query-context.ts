import { EDNS_PAYLOAD, ednsField, type Name, type NameKey, type Question, TYPE } from '../dns/query-path.ts'
import type { GeoLookup, GeoSources } from '../geo/query-path.ts'
import type { AskedCheck, Health } from '../health/query-path.ts'
import { MAX_ASKED_AN_ANSWER } from '../limits.ts'
import type { Address, Prefix, SubnetTrust } from '../net/index.ts'
import {
  type Decision,
  decide,
  type Input,
  type Policy,
  type Rng,
  type ScriptQuery,
  Work,
} from '../policy/query-path.ts'
import { admits } from './access.ts'
import type { Asker } from './asker.ts'
import { Client } from './client.ts'
import type { Outside } from './outside.ts'
import { type NeedsZone, needsPart } from './resolution.ts'
import type { Step } from './trace.ts'
import type { PolicyRrset, Zone } from './zone.ts'
import { type Zones, zoneFor } from './zones.ts'

/** A decision that counts for the whole reply, and the steps that led to it, if they are wanted. */
type Drawn = { readonly decision: Decision; readonly steps: readonly Step[] }

/** The data that a query is answered from. */
export type Sources = {
  readonly zones: Zones
  readonly health: Health
  /** The locations of networks. */
  readonly database?: GeoLookup | undefined
  readonly random: Rng
  /** The addresses of names outside the zones; without it an ALIAS that leads there fails. */
  readonly outside?: Outside | undefined
  /** The connections whose Client Subnet options are believed, if the zone does not set it; all by default. */
  readonly clientSubnet?: SubnetTrust
  /** True to ask zones as somebody whom all of them are for. */
  readonly isInsider?: boolean | undefined
}

/**
 * One query on its way from question to answer: the input of every decision about it, and the sum of these decisions.
 * `at` moves it to the next decision.
 */
export class QueryContext implements Input, ScriptQuery {
  readonly question: Question
  readonly asker: Client
  readonly sources: Sources
  /** Health as the zone's answers use it. */
  health: Health
  /** The name that is decided about: the question's, or one that it led to. */
  qname: Name
  /** The zone or part that a script looked into for the last draw, and that is not loaded: the draw does not count. */
  missing: NeedsZone | undefined
  /** By type and name, where an rrset may be asked for again: a reply has one draw of each. */
  private drawn: Map<string, Drawn> | undefined
  /** Gets every decision, if somebody wants to see them. */
  readonly trace: Step[] | undefined
  /** Checks that scripts computed, and that no document has. */
  asked: AskedCheck[] | undefined
  private budget: Work | undefined
  private scopeOfSubnet = 0
  private scopeOfConnection = 0
  private isSubnetBelieved = false
  /** The zone that the question's name is in, once it was looked up there. */
  zone: Zone | undefined

  constructor(question: Question, asker: Client, sources: Sources, trace?: Step[]) {
    this.trace = trace
    this.question = question
    this.asker = asker
    this.sources = sources
    this.health = sources.health
    this.qname = question
  }

  /** @param asker another query's context may ask again */
  static of(question: Question, zones: Zones, asker: Asker | QueryContext, trace?: Step[]): QueryContext {
    if (asker instanceof QueryContext)
      return new QueryContext(question, asker.asker, { ...asker.sources, zones }, trace)
    const { client, health, random, places, identity, outside, isInsider } = asker
    const origin = { connection: client, place: places?.connection, identity }
    const subnet = places?.connection ? undefined : client
    const sources = { zones, health, random, database: places?.database, outside, isInsider }
    return new QueryContext(question, new Client(undefined, origin, subnet), sources, trace)
  }

  get zones(): Zones {
    return this.sources.zones
  }

  /** Takes the view of a zone, which may not believe the Client Subnet option. */
  enter(zone: Zone): void {
    const { asker } = this
    this.zone ??= zone
    asker.enter(zone.clientSubnet ?? this.sources.clientSubnet ?? 'on')
    this.isSubnetBelieved ||= !asker.ignoresSubnet
  }

  /** Returns true if a zone is for the client. */
  mayAsk({ access }: Zone): boolean {
    return !access || this.sources.isInsider || admits(access, this.asker)
  }

  /** Keeps what is drawn from now on, for what else belongs to the reply. */
  keepDraws(): void {
    this.drawn ??= new Map()
  }

  /** Decides by chance what an rrset is answered with that has no fixed records. */
  draw(zone: Zone, { type, policy }: PolicyRrset, owner: Name): Decision {
    this.at(zone, owner)
    const { drawn, trace } = this
    if (!drawn) return decide(policy, this, trace)
    const id = `${type} ${owner.key}`
    const before = drawn.get(id)
    if (before) {
      trace?.push(...before.steps)
      return before.decision
    }
    const from = trace?.length
    const decision = decide(policy, this, trace)
    if (this.missing === undefined) drawn.set(id, { decision, steps: trace?.slice(from) ?? [] })
    return decision
  }

  /** Prepares a decision about a name of a zone. */
  at(zone: Zone, qname: Name): void {
    const { health } = this.sources
    this.enter(zone)
    this.health = zone.guard ? zone.guard.over(health) : health
    this.qname = qname
    this.missing = undefined
  }

  /** Adds the scope of a decision, in the view of the zone. */
  addScope(scope: number): void {
    if (this.asker.ignoresSubnet) this.scopeOfConnection = Math.max(this.scopeOfConnection, scope)
    else this.scopeOfSubnet = Math.max(this.scopeOfSubnet, scope)
  }

  /**
   * The scope of the answer. If a zone on the way believes the Client Subnet option, it is that of the subnet, and
   * decisions of zones that do not believe it add nothing: they depend on the connection.
   */
  get scope(): number {
    return this.isSubnetBelieved ? this.scopeOfSubnet : this.scopeOfConnection
  }

  // --- the input of a decision ----------------------------------------------------------------------------------------

  get name(): NameKey {
    return this.qname.key
  }

  get random(): Rng {
    return this.sources.random
  }

  get client(): Address {
    return this.asker.address
  }

  get places(): GeoSources {
    return this.asker.placesBy(this.sources.database)
  }

  /** The budget of the query, over all decisions; made with the first. */
  get work(): Work {
    this.budget ??= new Work()
    return this.budget
  }

  get query(): ScriptQuery {
    return this
  }

  ask(checks: readonly AskedCheck[]): void {
    this.asked ??= []
    for (const check of checks) if (this.asked.length < MAX_ASKED_AN_ANSWER) this.asked.push(check)
  }

  // --- for scripts alone ----------------------------------------------------------------------------------------------

  get connection(): Address {
    return this.asker.connection
  }

  get ecs(): Prefix | undefined {
    return this.asker.ecs
  }

  get dnssecOk(): boolean {
    return this.asker.dnssecOk
  }

  get payloadSize(): number {
    return ednsField(this.question, EDNS_PAYLOAD)
  }

  get header(): ScriptQuery['header'] {
    const { message } = this.question
    const word = (at: number): number => ((message[at] as number) << 8) | (message[at + 1] as number)
    const flags = word(2)
    const flag = (bit: number): boolean => (flags & bit) !== 0
    return {
      ...{ id: word(0), aa: flag(0x0400), tc: flag(0x0200), rd: flag(0x0100), ra: flag(0x0080), ad: flag(0x0020) },
      ...{ cd: flag(0x0010), opcode: (flags >> 11) & 15, rcode: flags & 15 },
      ...{ qdcount: word(4), ancount: word(6), nscount: word(8), arcount: word(10) },
    }
  }

  data(name: Name, type: number): readonly string[] {
    const state = zoneFor(this.zones, name.key, type)
    if (state?.kind === 'unloaded') this.missing = { ...state, kind: 'needs-zone' }
    if (state?.kind !== 'loaded') return []
    const { zone } = state
    const part = zone.names.missingPart(name.key)
    if (part !== undefined) {
      this.missing = needsPart(zone, part)
      return []
    }
    const rrsets = zone.names.find(name.key)?.rrsets ?? []
    return rrsets.flatMap((rrset) => (type === rrset.type || type === TYPE.ANY ? staticData(rrset.policy) : []))
  }
}

/** Returns the records that no decision and no code chooses. */
function staticData(policy: Policy): string[] {
  if (policy.kind === 'values') return (policy.stored ?? policy.rdatas).map(({ text }) => text)
  return policy.kind === 'all' ? policy.members.flatMap(staticData) : []
}
