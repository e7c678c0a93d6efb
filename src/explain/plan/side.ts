import { type NameKey, type Question, TYPE } from '../../dns/index.ts'
import type { GeoLookup } from '../../geo/index.ts'
import type { Health } from '../../health/index.ts'
import { SCRIPT_TRIES } from '../../limits.ts'
import { type Address, addressBits, formatAddress } from '../../net/index.ts'
import { hasScript, overClients, reachOf, usesPlaces } from '../../policy/index.ts'
import {
  Client,
  findRrset,
  type Outside,
  type PolicyRrset,
  QueryContext,
  type Zone,
  type ZoneNode,
  type Zones,
} from '../../zone/index.ts'
import { NotedAccess } from '../access.ts'
import type { Decided } from '../branch.ts'
import { outcomes } from '../outcomes.ts'
import { probabilities } from '../probability.ts'
import { NO_CHANCE, ReachLens, scopeOfScript } from '../reach-lens.ts'
import { ABSENT, type Outcome, ofOutcomes, ofProbabilities, type Telling } from './outcome.ts'

/** The inputs of a decision beside the client. `database` locates clients. */
export type Conditions = {
  readonly health: Health
  readonly database: GeoLookup | undefined
  /** The addresses of names outside the zones; without it an ALIAS that leads there fails. */
  readonly outside?: Outside | undefined
}

/**
 * The asker, which counts where a zone is not for everybody: all zones are for an `insider`, a `token` admits, and for
 * `anybody` the networks decide.
 */
export type Asking = 'insider' | 'token' | 'anybody'

/** The outcome of a client, and the network of clients that have the same one. */
export type Probed = {
  readonly outcome: Outcome
  /** A prefix length in bits of the client's family. */
  readonly scope: number
  /** True if a hash decides for each client of the network: the chances are those over its clients. */
  readonly byHash: boolean
  /** The same for networks whose clients have the same choices; set if a hash decides. */
  readonly choices: string
  /** The steps that it took. */
  readonly steps: number
  /** True if a script may have read all of the address. */
  readonly readsAll?: true
  /** The choices of the client on the way. */
  readonly decided: readonly Decided[]
  /** True if a zone on the way is not for the client. */
  readonly isRefused?: true
  /** Equal for networks with the same choices; undefined if it is not known, or if a hash was made for one address. */
  readonly path?: string | undefined
}

/** The source of an answer: nothing, one rrset, or the walk through several names. */
export type Subject =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rrset'; readonly zone: Zone; readonly rrset: PolicyRrset }
  | { readonly kind: 'walk'; readonly zone?: Zone }

/** A walk whose zone nobody needs to know. */
export const WALK: Subject = { kind: 'walk' }

/** One question to one set of zones, asked by any client. */
export class Side {
  private readonly subject: Subject
  private readonly question: Question
  private readonly zones: Zones
  private readonly conditions: Conditions
  private readonly asking: Asking
  private readonly tell: Telling | undefined
  /** By the choices that lead to them. */
  private readonly known = new Map<string, Outcome>()
  /** The runs of scripts that a look-up may take. */
  private readonly runs: number

  constructor(
    question: Question,
    subject: Subject,
    zones: Zones,
    conditions: Conditions,
    { asking = 'insider', tell }: { readonly asking?: Asking; readonly tell?: Telling } = {},
  ) {
    this.asking = asking
    this.tell = tell
    this.question = question
    this.zones = zones
    this.conditions = conditions
    this.subject = subject
    this.runs = this.subject.kind === 'rrset' && hasScript(this.subject.rrset.policy) ? SCRIPT_TRIES : 0
  }

  /** Asks for the network around a client. */
  probe(client: Address): Probed {
    const { subject } = this
    if (subject.kind === 'nothing') return NOTHING
    return subject.kind === 'rrset' ? this.probeRrset(client, subject) : this.probeWalk(client)
  }

  /** Asks for one client alone. */
  exact(client: Address): Outcome {
    const { subject, question, zones } = this
    if (subject.kind === 'nothing') return ABSENT
    const context = this.context(client, zones)
    if (subject.kind === 'walk') return ofOutcomes(outcomes(question, zones, context), question, true, this.tell)
    context.at(subject.zone, question)
    return ofProbabilities(probabilities(subject.rrset.policy, context), subject.rrset, true, this.tell)
  }

  private probeRrset(client: Address, { zone, rrset }: Extract<Subject, { kind: 'rrset' }>): Probed {
    const { policy } = rrset
    const context = this.context(client, this.zones)
    context.at(zone, this.question)
    const { scope, path, hashes, steps, choices: own } = reachOf(policy, context, scopeOfScript(context))
    const decided = [{ name: this.question.key, choices: own }]
    // A network of one client has no chances over clients.
    if (scope === addressBits(client.family)) {
      return { ...this.single(client, steps + this.runs, path === undefined), decided }
    }
    const known = path === undefined ? undefined : this.known.get(path)
    const outcome =
      known ?? ofProbabilities(probabilities(policy, context, 'all', overClients), rrset, hashes < 2, this.tell)
    if (path !== undefined) this.known.set(path, outcome)
    const byHash = hashes > 0
    const choices = byHash ? (path ?? formatAddress(client)) : ''
    return { outcome, scope, byHash, choices, steps: steps + this.runs, decided, path }
  }

  private probeWalk(client: Address): Probed {
    const { question, asking } = this
    const zones = asking === 'insider' ? this.zones : new NotedAccess(this.zones, client, asking === 'token')
    const lens = new ReachLens()
    const found = outcomes(question, zones, this.context(client, zones), lens)
    const { hashes, paths, steps, decided } = lens
    const noted = zones instanceof NotedAccess ? zones : undefined
    const scope = Math.max(lens.scope, noted?.scope ?? 0)
    const told = { decided, ...(noted?.isRefused && { isRefused: true as const }) }
    if (scope === addressBits(client.family)) return { ...this.single(client, steps, paths === undefined), ...told }
    const choices = hashes > 0 ? (paths?.join(' ') ?? formatAddress(client)) : ''
    const outcome = ofOutcomes(found, question, hashes < 2, this.tell)
    return { outcome, scope, byHash: hashes > 0, choices, steps, ...told }
  }

  private single(client: Address, steps: number, isByCode: boolean): Omit<Probed, 'decided'> {
    return {
      ...{ outcome: this.exact(client), scope: addressBits(client.family), byHash: false, choices: '', steps },
      ...(isByCode && { readsAll: true as const }),
    }
  }

  private context(client: Address, zones: Zones): QueryContext {
    const { health, database, outside } = this.conditions
    const { asking } = this
    const origin = { connection: client, identity: '', ...(asking === 'token' && { token: 'explain' }) }
    const sources = { zones, health, random: NO_CHANCE, database, outside, isInsider: asking === 'insider' }
    return new QueryContext(this.question, new Client(undefined, origin, client), sources)
  }
}

const NOTHING: Probed = { outcome: ABSENT, scope: 0, byHash: false, choices: '', steps: 1, decided: [] }

/** Finds what a question is answered from. */
export function subjectOf(key: NameKey, type: number, zones: Zones): Subject {
  const state = zones.find(key)
  if (state?.kind !== 'loaded') return { kind: 'nothing' }
  const { zone } = state
  const found = zone.names.lookup(key)
  const of = (rrset: PolicyRrset | undefined): Subject => (rrset ? { kind: 'rrset', zone, rrset } : { kind: 'nothing' })
  switch (found.kind) {
    case 'nothing':
      return { kind: 'nothing' }
    case 'missing':
      throw new Error(`part ${found.part} of a zone is not in memory; expected the whole zone`)
    case 'delegation':
      if (type === TYPE.DS) return { kind: 'walk', zone }
      return of(carried(zone, found.node, key, type))
    case 'dname':
      return { kind: 'walk', zone }
    default:
      return authoritative(zone, found.node, type) ?? of(findRrset(found.node, type))
  }
}

/** Returns the records that a referral carries: the name servers, and addresses at or below the delegation. */
function carried(zone: Zone, cut: ZoneNode, key: string, type: number): PolicyRrset | undefined {
  if (type === TYPE.NS) return cut.key === key ? findRrset(cut, type) : undefined
  const node = zone.names.find(key)
  return node && (type === TYPE.A || type === TYPE.AAAA) ? findRrset(node, type) : undefined
}

/** Returns the walk, where more than one rrset makes the answer. */
function authoritative(zone: Zone, node: ZoneNode, type: number): Subject | undefined {
  const walk: Subject = { kind: 'walk', zone }
  if (type === TYPE.DS) return walk
  if (type !== TYPE.CNAME && findRrset(node, TYPE.CNAME)) return walk
  if (type === TYPE.SVCB || type === TYPE.HTTPS) return walk
  const isAddress = type === TYPE.A || type === TYPE.AAAA
  return isAddress && !findRrset(node, type) && findRrset(node, TYPE.ALIAS) ? walk : undefined
}

/** True if the client's location may decide. */
export const isPlaced = (subject: Subject): boolean =>
  subject.kind === 'rrset'
    ? usesPlaces(subject.rrset.policy)
    : subject.kind === 'walk' && subject.zone?.usesPlaces === true
