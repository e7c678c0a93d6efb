import Fraction from 'fraction.js'
import { type NameKey, parentKey, RCODE, type Rcode, TYPE } from '../dns/index.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import type { Address } from '../net/index.ts'
import type { Policy } from '../policy/index.ts'
import { type Chance, minus, recordChances, sum, times } from './chances.ts'
import { findRrset, lookup, type PolicyRrset, type ZoneNode } from './zone.ts'
import type { Zones } from './zones.ts'

/** How an answer can end. `rcode` goes with it. */
export type Ending =
  | 'records'
  | 'no data'
  | 'no such name'
  | 'referral'
  | 'the chain leaves our zones'
  | 'not our zone'
  | 'failure'

/** A record that an answer may hold, `ttl` in seconds. */
export type PossibleRecord = {
  readonly owner: NameKey
  readonly type: number
  readonly ttl: number
  readonly text: string
  readonly chance: Chance
}

/** All that a question can come to, over all of chance. Chances are exact; null where that takes too long to compute. */
export type Outcomes = {
  readonly endings: readonly { readonly ending: Ending; readonly rcode: Rcode; readonly chance: Chance }[]
  /** In the order of the zone; each with the chance that the answer section holds it. */
  readonly records: readonly PossibleRecord[]
}

/**
 * What `resolve` can answer this client: the same walk, along every CNAME target that chance may choose.
 * @returns undefined where chance plays no part and no rrset is looked up: ANY (RFC 8482)
 */
export function outcomes(
  question: { readonly key: NameKey; readonly type: number },
  zones: Zones,
  client: Address,
): Outcomes | undefined {
  const walk = new Walk(question.type, zones, client)
  const { endings, records } = walk.from(question.key, 0)
  if (walk.sawAny) return undefined
  return {
    endings: [...endings].map(([ending, chance]) => ({ ending, rcode: RCODE_OF[ending], chance })),
    // A name that a chain may pass twice has its record in the answer twice: the sum over the ways counts it twice too.
    records: [...records.values()].map((record) =>
      record.type === TYPE.CNAME && walk.onLoop(record.owner) ? { ...record, chance: null } : record,
    ),
  }
}

const RCODE_OF: Readonly<Record<Ending, Rcode>> = {
  records: RCODE.NOERROR,
  'no data': RCODE.NOERROR,
  'no such name': RCODE.NXDOMAIN,
  referral: RCODE.NOERROR,
  'the chain leaves our zones': RCODE.NOERROR,
  'not our zone': RCODE.REFUSED,
  failure: RCODE.SERVFAIL,
}

type Part = { readonly endings: Map<Ending, Chance>; readonly records: Map<string, PossibleRecord> }

const ONE = new Fraction(1)
const ZERO = new Fraction(0)

class Walk {
  /** By name and hop: chains that meet are followed once. */
  private readonly known = new Map<string, Part>()
  private readonly targets = new Map<NameKey, Set<NameKey>>()
  private readonly type: number
  private readonly zones: Zones
  private readonly client: Address
  sawAny = false

  constructor(type: number, zones: Zones, client: Address) {
    this.type = type
    this.zones = zones
    this.client = client
  }

  from(name: NameKey, hop: number): Part {
    const id = `${hop} ${name}`
    const known = this.known.get(id)
    if (known) return known
    const part = this.visit(name, hop)
    this.known.set(id, part)
    return part
  }

  onLoop(name: NameKey): boolean {
    const seen = new Set<NameKey>()
    const reaches = (at: NameKey): boolean =>
      [...(this.targets.get(at) ?? [])].some((next) => {
        if (next === name) return true
        if (seen.has(next)) return false
        seen.add(next)
        return reaches(next)
      })
    return reaches(name)
  }

  private visit(name: NameKey, hop: number): Part {
    if (hop > MAX_CNAME_CHAIN) return ends('failure')
    const state = this.zoneFor(name)
    if (state === undefined) return ends(hop === 0 ? 'not our zone' : 'the chain leaves our zones')
    if (state.kind !== 'loaded') return ends('failure')
    const found = lookup(state.zone, name)
    if (found.kind === 'nothing') return ends('no such name')
    if (found.kind === 'delegation' && !(this.type === TYPE.DS && found.node.key === name)) return ends('referral')
    return this.atNode(found.node, name, hop)
  }

  /** As in `resolve`: a DS record belongs to the parent side of a cut. */
  private zoneFor(name: NameKey) {
    const state = this.zones.find(name)
    if (this.type !== TYPE.DS || state?.kind !== 'loaded' || state.zone.origin.key !== name) return state
    const parent = name.length > 1 ? this.zones.find(parentKey(name)) : undefined
    return parent?.kind === 'loaded' && lookup(parent.zone, name).kind !== 'delegation' ? state : (parent ?? state)
  }

  private atNode(node: ZoneNode, name: NameKey, hop: number): Part {
    if (node.rrsets.length === 0) return ends('no data')
    const alias = findRrset(node, TYPE.CNAME)
    if (alias) return this.alias(alias, name, hop)
    if (this.type === TYPE.ANY) {
      this.sawAny = true
      return ends('records')
    }
    const rrset = findRrset(node, this.type)
    return rrset ? this.records(rrset, name) : ends('no data')
  }

  private records({ policy, type, ttl }: PolicyRrset, owner: NameKey): Part {
    const { records, failure, empty } = recordChances(policy, { client: this.client, name: owner })
    const part = ends('records', minus(minus(ONE, failure), empty))
    add(part.endings, 'no data', empty)
    add(part.endings, 'failure', failure)
    for (const [text, chance] of records) addRecord(part, { owner, type, ttl, text, chance })
    return part
  }

  private alias({ policy, type, ttl }: PolicyRrset, owner: NameKey, hop: number): Part {
    const input = { client: this.client, name: owner }
    // A CNAME policy that may give several targets is refused when the zone is compiled: any record is the target.
    const { records, failure, empty } = recordChances(policy, input)
    const targets = targetsOf(policy)
    const part: Part = { endings: new Map(), records: new Map() }
    const follow = this.type !== TYPE.CNAME && this.type !== TYPE.ANY
    for (const [text, chance] of records) {
      const target = targets.get(text) as NameKey
      if (follow) this.targets.set(owner, (this.targets.get(owner) ?? new Set()).add(target))
      const rest = follow ? this.from(target, hop + 1) : ends('records')
      // A failure further down answers nothing at all, this record neither.
      const kept = times(chance, minus(ONE, sum(rest.endings.get('failure'), ZERO)))
      addRecord(part, { owner, type, ttl, text, chance: kept })
      for (const [ending, share] of rest.endings) add(part.endings, ending, times(chance, share))
      for (const record of rest.records.values()) addRecord(part, { ...record, chance: times(chance, record.chance) })
    }
    add(part.endings, 'no data', empty)
    add(part.endings, 'failure', failure)
    return part
  }
}

/** The names that the policy's records hold, by the records' text. */
function targetsOf(policy: Policy): ReadonlyMap<string, NameKey> {
  if (policy.kind === 'fail') return new Map()
  if (policy.kind !== 'values') return new Map(policy.members.flatMap((member) => [...targetsOf(member)]))
  return new Map(policy.rdatas.flatMap(({ text, names }) => names.map(({ name }) => [text, name.key] as const)))
}

const ends = (ending: Ending, chance: Chance = ONE): Part => {
  const part: Part = { endings: new Map(), records: new Map() }
  add(part.endings, ending, chance)
  return part
}

function add(endings: Map<Ending, Chance>, ending: Ending, chance: Chance): void {
  if (isPossible(chance)) endings.set(ending, sum(endings.get(ending), chance))
}

function addRecord(part: Part, record: PossibleRecord): void {
  if (!isPossible(record.chance)) return
  const id = `${record.type} ${record.owner} ${record.text}`
  part.records.set(id, { ...record, chance: sum(part.records.get(id)?.chance, record.chance) })
}

const isPossible = (chance: Chance): boolean => chance === null || chance.compare(ZERO) > 0
