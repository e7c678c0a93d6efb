import { type NameKey, RCODE, type Rcode, TYPE } from '../dns/index.ts'
import { MAX_CNAME_CHAIN, MAX_EXPLORED_NAMES } from '../limits.ts'
import {
  ALWAYS,
  type Chance,
  isPossible,
  minus,
  NEVER,
  type Policy,
  plus,
  probabilities,
  times,
} from '../policy/index.ts'
import type { Asker } from './resolve.ts'
import { findRrset, lookup, type PolicyRrset, ttlWhile, type ZoneNode } from './zone.ts'
import type { Zones } from './zones.ts'
import { zoneFor } from './zones.ts'

/** How an answer can end. `rcode` goes with it. */
export type Ending =
  | 'records'
  | 'no data'
  | 'no such name'
  | 'referral'
  | 'the chain leaves our zones'
  | 'not our zone'
  | 'refused'
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
  asked: Asked,
): Outcomes | undefined {
  const direct = new Walk(question.type, zones, asked, true)
  let part = direct.from(question.key, [])
  if (direct.sawAny) return undefined
  let walk = direct
  if (direct.sawLoop) {
    // Where chains come back, what a name leads to depends on the way to it: each way is followed by itself.
    walk = new Walk(question.type, zones, asked, false)
    part = walk.from(question.key, [])
  }
  const known = (chance: Chance): Chance => (walk.explored > MAX_EXPLORED_NAMES ? null : chance)
  return {
    endings: [...part.endings].map(([ending, chance]) => ({ ending, rcode: RCODE_OF[ending], chance: known(chance) })),
    records: [...part.records.values()].map((record) => ({ ...record, chance: known(record.chance) })),
  }
}

/** Who asks, and when. */
type Asked = Pick<Asker, 'client' | 'health' | 'places'>

const RCODE_OF: Readonly<Record<Ending, Rcode>> = {
  records: RCODE.NOERROR,
  'no data': RCODE.NOERROR,
  'no such name': RCODE.NXDOMAIN,
  referral: RCODE.NOERROR,
  'the chain leaves our zones': RCODE.NOERROR,
  'not our zone': RCODE.REFUSED,
  refused: RCODE.REFUSED,
  failure: RCODE.SERVFAIL,
}

type Part = { readonly endings: Map<Ending, Chance>; readonly records: Map<string, PossibleRecord> }

class Walk {
  /** By name and hop: chains that meet are followed once, if that is allowed. */
  private readonly known = new Map<string, Part>()
  private readonly type: number
  private readonly zones: Zones
  private readonly asked: Asked
  private readonly once: boolean
  sawAny = false
  sawLoop = false
  explored = 0

  constructor(type: number, zones: Zones, asked: Asked, once: boolean) {
    this.type = type
    this.zones = zones
    this.asked = asked
    this.once = once
  }

  /** @param path the names that led here by CNAMEs */
  from(name: NameKey, path: readonly NameKey[]): Part {
    if (path.includes(name)) {
      this.sawLoop = true
      return ends('failure')
    }
    if (++this.explored > MAX_EXPLORED_NAMES) return ends('failure')
    const id = `${path.length} ${name}`
    const known = this.once ? this.known.get(id) : undefined
    if (known) return known
    const part = this.visit(name, path)
    this.known.set(id, part)
    return part
  }

  private visit(name: NameKey, path: readonly NameKey[]): Part {
    if (path.length > MAX_CNAME_CHAIN) return ends('failure')
    const state = zoneFor(this.zones, name, this.type)
    if (state === undefined) return ends(path.length === 0 ? 'not our zone' : 'the chain leaves our zones')
    if (state.kind !== 'loaded') return ends('failure')
    const found = lookup(state.zone, name)
    if (found.kind === 'nothing') return ends('no such name')
    if (found.kind === 'delegation' && !(this.type === TYPE.DS && found.node.key === name)) return ends('referral')
    return this.atNode(found.node, name, path)
  }

  private atNode(node: ZoneNode, name: NameKey, path: readonly NameKey[]): Part {
    if (node.rrsets.length === 0) return ends('no data')
    const alias = findRrset(node, TYPE.CNAME)
    if (alias) return this.alias(alias, name, path)
    if (this.type === TYPE.ANY) {
      this.sawAny = true
      return ends('records')
    }
    const rrset = findRrset(node, this.type)
    return rrset ? this.records(rrset, name) : ends('no data')
  }

  private records(rrset: PolicyRrset, owner: NameKey): Part {
    const { records, failure, refused, empty, holds } = probabilities(rrset.policy, { ...this.asked, name: owner })
    const part = ends('records', minus(minus(minus(ALWAYS, failure), refused), empty))
    add(part.endings, 'no data', empty)
    add(part.endings, 'refused', refused)
    add(part.endings, 'failure', failure)
    const { type } = rrset
    const ttl = ttlWhile(rrset, holds)
    for (const [text, chance] of records) addRecord(part, { owner, type, ttl, text, chance })
    return part
  }

  private alias(rrset: PolicyRrset, owner: NameKey, path: readonly NameKey[]): Part {
    // A CNAME policy that may give several targets is refused when the zone is compiled: any record is the target.
    const { records, failure, refused, empty, holds } = probabilities(rrset.policy, { ...this.asked, name: owner })
    const { type, policy } = rrset
    const ttl = ttlWhile(rrset, holds)
    const targets = targetsOf(policy)
    const part: Part = { endings: new Map(), records: new Map() }
    const follow = this.type !== TYPE.CNAME && this.type !== TYPE.ANY
    for (const [text, chance] of records) {
      const target = targets.get(text) as NameKey
      const rest = follow ? this.from(target, [...path, owner]) : ends('records')
      // A failure further down answers nothing at all, this record neither.
      const kept = times(
        chance,
        minus(minus(ALWAYS, rest.endings.get('failure') ?? NEVER), rest.endings.get('refused') ?? NEVER),
      )
      addRecord(part, { owner, type, ttl, text, chance: kept })
      for (const [ending, share] of rest.endings) add(part.endings, ending, times(chance, share))
      for (const record of rest.records.values()) addRecord(part, { ...record, chance: times(chance, record.chance) })
    }
    add(part.endings, 'no data', empty)
    add(part.endings, 'refused', refused)
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

const ends = (ending: Ending, chance: Chance = ALWAYS): Part => {
  const part: Part = { endings: new Map(), records: new Map() }
  add(part.endings, ending, chance)
  return part
}

function add(endings: Map<Ending, Chance>, ending: Ending, chance: Chance): void {
  if (isPossible(chance)) endings.set(ending, plus(endings.get(ending) ?? NEVER, chance))
}

function addRecord(part: Part, record: PossibleRecord): void {
  if (!isPossible(record.chance)) return
  const id = `${record.type} ${record.owner} ${record.text}`
  part.records.set(id, { ...record, chance: plus(part.records.get(id)?.chance ?? NEVER, record.chance) })
}
