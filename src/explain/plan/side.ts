import { type NameKey, type Question, TYPE } from '../../dns/index.ts'
import type { GeoLookup } from '../../geo/index.ts'
import type { Health } from '../../health/index.ts'
import { SCRIPT_TRIES } from '../../limits.ts'
import { type Address, addressBits, formatAddress } from '../../net/index.ts'
import {
  hasScript,
  overClients,
  type Policy,
  reachOf,
  type Script,
  type UndrawnInput,
  usesPlaces,
} from '../../policy/index.ts'
import { findRrset, type PolicyRrset, QueryContext, type Zone, type ZoneNode, type Zones } from '../../zone/index.ts'
import type { Lens } from '../every-way.ts'
import { outcomes } from '../outcomes.ts'
import { type Probabilities, probabilities } from '../probability.ts'
import { enumerateScript } from '../script-outcomes.ts'
import { ABSENT, type Outcome, ofOutcomes, ofProbabilities } from './outcome.ts'

/** The inputs of a decision beside the client. `database` locates clients. */
export type Conditions = { readonly health: Health; readonly database: GeoLookup | undefined }

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
}

/** The source of an answer: nothing, one rrset, or the walk through several names. */
export type Subject =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rrset'; readonly zone: Zone; readonly rrset: PolicyRrset }
  | { readonly kind: 'walk'; readonly zone: Zone }

/** One question to one set of zones, asked by any client. */
export class Side {
  private readonly subject: Subject
  private readonly question: Question
  private readonly zones: Zones
  private readonly conditions: Conditions
  /** By the choices that lead to them. */
  private readonly known = new Map<string, Outcome>()
  /** The runs of scripts that a look-up may take. */
  private readonly runs: number

  constructor(question: Question, subject: Subject, zones: Zones, conditions: Conditions) {
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
    const context = this.context(client)
    if (subject.kind === 'walk') return ofOutcomes(outcomes(question, zones, context), question, true)
    context.at(subject.zone, question)
    return ofProbabilities(probabilities(subject.rrset.policy, context), subject.rrset, true)
  }

  private probeRrset(client: Address, { zone, rrset }: Extract<Subject, { kind: 'rrset' }>): Probed {
    const { policy } = rrset
    const context = this.context(client)
    context.at(zone, this.question)
    const { scope, path, hashes, steps } = reachOf(policy, context, scopeOfScript(context))
    // A network of one client has no chances over clients.
    if (scope === addressBits(client.family)) return this.single(client, steps + this.runs, path === undefined)
    const known = path === undefined ? undefined : this.known.get(path)
    const outcome = known ?? ofProbabilities(probabilities(policy, context, 'all', overClients), rrset, hashes < 2)
    if (path !== undefined) this.known.set(path, outcome)
    const byHash = hashes > 0
    const choices = byHash ? (path ?? formatAddress(client)) : ''
    return { outcome, scope, byHash, choices, steps: steps + this.runs }
  }

  private probeWalk(client: Address): Probed {
    const { question, zones } = this
    const lens = new ScopeLens()
    const found = outcomes(question, zones, this.context(client), lens)
    const { scope, hashes, paths, steps } = lens
    if (scope === addressBits(client.family)) return this.single(client, steps, paths === undefined)
    const choices = hashes > 0 ? (paths?.join(' ') ?? formatAddress(client)) : ''
    return { outcome: ofOutcomes(found, question, hashes < 2), scope, byHash: hashes > 0, choices, steps }
  }

  private single(client: Address, steps: number, isByCode: boolean): Probed {
    return {
      ...{ outcome: this.exact(client), scope: addressBits(client.family), byHash: false, choices: '', steps },
      ...(isByCode && { readsAll: true as const }),
    }
  }

  private context(client: Address): QueryContext {
    const { health, database } = this.conditions
    const asker = { client, health, places: { database }, random: NO_CHANCE, identity: '', isInsider: true }
    return QueryContext.of(this.question, this.zones, asker)
  }
}

const NOTHING: Probed = { outcome: ABSENT, scope: 0, byHash: false, choices: '', steps: 1 }

/** Chances are computed, and nothing is drawn. */
const NO_CHANCE = (): number => {
  throw new Error('a plan draws nothing')
}

const overAll = (policy: Policy, input: UndrawnInput): Probabilities => probabilities(policy, input, 'all', overClients)

const scopeOfScript =
  (input: UndrawnInput) =>
  (script: Script): number =>
    enumerateScript(script, input, overAll).scope

/** A walk takes about the time of so many visits of a policy. */
const STEPS_A_WALK = 16

/** Adds up the scopes of the decisions of a walk. */
class ScopeLens implements Lens {
  readonly view = overClients
  scope = 0
  hashes = 0
  steps = STEPS_A_WALK
  /** The choices of each policy; undefined if only a run of a script tells. */
  paths: string[] | undefined = []

  see(policy: Policy, input: UndrawnInput): void {
    const { scope, hashes, path, steps } = reachOf(policy, input, scopeOfScript(input))
    this.scope = Math.max(this.scope, scope)
    this.hashes += hashes
    this.steps += steps + (hasScript(policy) ? SCRIPT_TRIES : 0)
    if (path === undefined) this.paths = undefined
    else this.paths?.push(path)
  }
}

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
  subject.kind === 'rrset' ? usesPlaces(subject.rrset.policy) : subject.kind === 'walk' && subject.zone.usesPlaces
