import {
  autoHints,
  fillHints,
  type Name,
  type NameKey,
  parseRdataText,
  type Question,
  RCODE,
  type Rcode,
  type Rdata,
  TYPE,
} from '../dns/index.ts'
import { MAX_CNAME_CHAIN, MAX_EXPLORED_NAMES } from '../limits.ts'
import { hasScript } from '../policy/index.ts'
import {
  type Asker,
  cnameTo,
  findRrset,
  lookup,
  PolicyInput,
  type PolicyRrset,
  substitute,
  targetOf,
  ttlWhile,
  type Walking,
  walkingIn,
  type ZoneNode,
  type Zones,
  zoneFor,
} from '../zone/index.ts'
import { ALWAYS, type Chance, isPossible, minus, NEVER, plus, times } from './chance.ts'
import { type Probabilities, probabilities } from './probability.ts'

/** How an answer can end. `rcode` goes with it. */
export type Ending =
  | 'records'
  | 'no data'
  | 'no such name'
  | 'referral'
  | 'the chain leaves our zones'
  | 'not our zone'
  | 'refused'
  | 'the name gets too long'
  | 'failure'

/** A record that an answer may hold, `ttl` in seconds. */
export type PossibleRecord = {
  readonly owner: NameKey
  readonly type: number
  readonly ttl: number
  readonly text: string
  readonly chance: Chance
}

/**
 * All that a question can come to, over all of chance. Chances are exact; null where that takes too long to compute, or
 * cannot be known: what a script does with what it draws is found by trying it.
 */
export type Outcomes = {
  readonly endings: readonly { readonly ending: Ending; readonly rcode: Rcode; readonly chance: Chance }[]
  /** In the order of the zone; each with the chance that the answer section holds it. */
  readonly records: readonly PossibleRecord[]
}

/**
 * What `resolve` can answer this client: the same walk, along every CNAME target that chance may choose.
 * @returns undefined where chance plays no part and no rrset is looked up: ANY (RFC 8482)
 */
export function outcomes(question: Question, zones: Zones, asker: Asker): Outcomes | undefined {
  const walking = { question, zones, asker }
  const direct = new Walk(walking, question.type, true)
  let part = direct.from(question, [])
  if (direct.sawAny) return undefined
  let walk = direct
  if (direct.sawLoop) {
    // Where chains come back, what a name leads to depends on the way to it: each way is followed by itself.
    walk = new Walk(walking, question.type, false)
    part = walk.from(question, [])
  }
  const known = (chance: Chance): Chance => (walk.explored > MAX_EXPLORED_NAMES ? null : chance)
  return {
    endings: [...part.endings].map(([ending, chance]) => ({ ending, rcode: RCODE_OF[ending], chance: known(chance) })),
    records: merged(part).map((record) => ({ ...record, chance: known(record.chance) })),
  }
}

const RCODE_OF: Readonly<Record<Ending, Rcode>> = {
  records: RCODE.NOERROR,
  'no data': RCODE.NOERROR,
  'no such name': RCODE.NXDOMAIN,
  referral: RCODE.NOERROR,
  'the chain leaves our zones': RCODE.NOERROR,
  'not our zone': RCODE.REFUSED,
  refused: RCODE.REFUSED,
  'the name gets too long': RCODE.YXDOMAIN,
  failure: RCODE.SERVFAIL,
}

/** `least` is the smallest TTL on the way to a record, its own included: what an ALIAS answers it with. */
type ReachedRecord = PossibleRecord & { readonly least: number }

type Part = { readonly endings: Map<Ending, Chance>; readonly records: Map<string, ReachedRecord> }

/** The records of a part, one each, by whatever way they are reached. */
function merged({ records }: Part): PossibleRecord[] {
  const byRecord = new Map<string, PossibleRecord>()
  for (const { least: _, ...record } of records.values()) {
    const id = `${record.type} ${record.owner} ${record.ttl} ${record.text}`
    byRecord.set(id, { ...record, chance: plus(byRecord.get(id)?.chance ?? NEVER, record.chance) })
  }
  return [...byRecord.values()]
}

class Walk {
  /** By name and hop: chains that meet are followed once, if that is allowed. */
  private readonly known = new Map<string, Part>()
  private readonly walking: Walking
  private readonly type: number
  private readonly once: boolean
  sawAny = false
  sawLoop = false
  explored = 0

  constructor(walking: Walking, type: number, once: boolean) {
    this.walking = walking
    this.type = type
    this.once = once
  }

  /** @param path the names that led here by CNAMEs */
  from(name: Name, path: readonly NameKey[]): Part {
    if (path.includes(name.key)) {
      this.sawLoop = true
      return ends('failure')
    }
    if (++this.explored > MAX_EXPLORED_NAMES) return ends('failure')
    const id = `${path.length} ${name.key}`
    const known = this.once ? this.known.get(id) : undefined
    if (known) return known
    const part = this.visit(name, path)
    this.known.set(id, part)
    return part
  }

  private visit(name: Name, path: readonly NameKey[]): Part {
    if (path.length > MAX_CNAME_CHAIN) return ends('failure')
    const state = zoneFor(this.walking.zones, name.key, this.type)
    if (state === undefined) return ends(path.length === 0 ? 'not our zone' : 'the chain leaves our zones')
    if (state.kind !== 'loaded') return ends('failure')
    const found = lookup(state.zone, name.key)
    if (found.kind === 'nothing') return ends('no such name')
    if (found.kind === 'dname') return this.redirect(found.node, name, path)
    if (found.kind === 'delegation' && !(this.type === TYPE.DS && found.node.key === name.key)) return ends('referral')
    return this.atNode(found.node, name, path)
  }

  private atNode(node: ZoneNode, name: Name, path: readonly NameKey[]): Part {
    if (node.rrsets.length === 0) return ends('no data')
    const alias = findRrset(node, TYPE.CNAME)
    if (!alias) return this.others(node, name, path)
    const isAsked = this.type === TYPE.CNAME || this.type === TYPE.ANY
    // Without a target, what else is at the name answers.
    const empty = !isAsked && hasScript(alias.policy) ? this.others(node, name, path) : ends('no data')
    return isAsked ? this.records(alias, name) : this.alias(alias, name, path, empty)
  }

  private others(node: ZoneNode, name: Name, path: readonly NameKey[]): Part {
    if (this.type === TYPE.ANY) {
      this.sawAny = true
      return ends('records')
    }
    const rrset = findRrset(node, this.type)
    if (rrset) return this.records(rrset, name)
    const instead = this.type === TYPE.A || this.type === TYPE.AAAA ? findRrset(node, TYPE.ALIAS) : undefined
    return instead ? this.flatten(instead, name, path) : ends('no data')
  }

  /** As a CNAME that is always the same; the DNAME itself is there too. */
  private redirect(node: ZoneNode, name: Name, path: readonly NameKey[]): Part {
    const rrset = findRrset(node, TYPE.DNAME) as PolicyRrset
    const owner = name.key
    const { policy, type } = rrset
    // A DNAME is the same for everybody: health has no say in it.
    const ttl = ttlWhile(rrset, Number.POSITIVE_INFINITY)
    const dname = policy.kind === 'values' ? (policy.rdatas[0] as Rdata) : undefined
    if (!dname) return ends('failure')
    const next = substitute(name, node.key, targetOf(dname))
    const follow = this.type !== TYPE.CNAME && this.type !== TYPE.ANY
    const found = follow && next ? this.from(next, [...path, owner]) : ends('records')
    const rest = next ? found : ends('the name gets too long')
    const chance = soundness(rest)
    const part: Part = { endings: new Map(rest.endings), records: new Map() }
    addRecord(part, { owner: node.key, type, ttl, least: ttl, text: dname.text, chance })
    if (next) addRecord(part, { owner, type: TYPE.CNAME, ttl, least: ttl, text: cnameTo(next).text, chance })
    for (const record of rest.records.values()) {
      // A chain that comes by the same DNAME again has it once.
      if (record.type !== type || record.owner !== node.key) addRecord(part, further(record, ttl, ALWAYS))
    }
    return part
  }

  /** The addresses at the end of each chain, as the owner's own. What a target has not, the owner has not either. */
  private flatten(rrset: PolicyRrset, name: Name, path: readonly NameKey[]): Part {
    const { records, rdatas, failure, refused, empty, holds } = this.probabilities(rrset, name, 'all')
    const owner = name.key
    const ttl = ttlWhile(rrset, holds)
    const part: Part = { endings: new Map(), records: new Map() }
    for (const [text, chance] of records) {
      const rest = this.from(targetOf(rdatas.get(text) as Rdata), [...path, owner])
      for (const [ending, share] of rest.endings) add(part.endings, FLATTENED[ending], times(chance, share))
      for (const record of rest.records.values()) {
        if (record.type !== this.type) continue
        const reached = further(record, ttl, chance)
        addRecord(part, { ...reached, owner, ttl: reached.least })
      }
    }
    add(part.endings, 'no data', empty)
    add(part.endings, 'refused', refused)
    add(part.endings, 'failure', failure)
    return part
  }

  private probabilities({ policy }: PolicyRrset, owner: Name, use: 'all' | 'first'): Probabilities {
    const state = zoneFor(this.walking.zones, owner.key, this.type)
    const here = state?.kind === 'loaded' ? walkingIn(this.walking, state.zone) : this.walking
    return probabilities(policy, new PolicyInput(here, owner), use)
  }

  private records(rrset: PolicyRrset, name: Name): Part {
    const possible = this.probabilities(rrset, name, 'all')
    const { failure, refused, empty, holds } = possible
    const owner = name.key
    const part = ends('records', minus(minus(minus(ALWAYS, failure), refused), empty))
    add(part.endings, 'no data', empty)
    add(part.endings, 'refused', refused)
    add(part.endings, 'failure', failure)
    const { type } = rrset
    const ttl = ttlWhile(rrset, holds)
    for (const { text, chance, ttl: least } of this.told(possible, ttl, name)) {
      addRecord(part, { owner, type, ttl: least, least, text, chance })
    }
    return part
  }

  /**
   * The records as they are sent: with their hints, where those are certain. Where they are not, chance may put
   * together more than is worth counting: then the text says `auto`, and no chance is told.
   */
  private told(
    { records, rdatas }: Probabilities,
    ttl: number,
    owner: Name,
  ): readonly { readonly text: string; readonly chance: Chance; readonly ttl: number }[] {
    const blanks = new Map([...rdatas].filter(([, rdata]) => rdata.blank))
    const told = [...records].map(([text, chance]) => {
      const blank = blanks.get(text)
      const filled = blank ? this.filled(blank, owner) : { text, ttl }
      return { chance, ...filled, ttl: Math.min(ttl, filled.ttl) }
    })
    const least = Math.min(...told.map((one) => one.ttl))
    const isOne = new Set(told.map(({ text }) => text)).size === told.length
    // The rrset has one TTL, which depends on what is in it.
    const isEven = told.every((one) => one.ttl === least) || told.every(({ chance }) => chance?.equals(ALWAYS))
    const isKnown = isOne && isEven && told.every(({ text }) => !blanks.has(text))
    if (isKnown || ![...records.keys()].some((text) => blanks.has(text))) {
      return told.map((one) => ({ ...one, ttl: least }))
    }
    return [...records].map(([text]) => ({ text, chance: null, ttl: least }))
  }

  /** The text stays what it is where the hints are not certain; `ttl` is the least that they may have. */
  private filled(blank: Rdata, owner: Name): { readonly text: string; readonly ttl: number } {
    const auto = autoHints(blank)
    const addresses = new Map<number, readonly Rdata[]>()
    let ttl = Number.POSITIVE_INFINITY
    let isCertain = true
    for (const type of auto?.types ?? []) {
      const walk = new Walk(this.walking, type, true)
      const part = walk.from(auto?.target ?? owner, [])
      const found = [...part.records.values()].filter((record) => record.type === type)
      for (const { least } of found) ttl = Math.min(ttl, least)
      const isOnly = found.length <= 1 && found.every(({ chance }) => chance?.equals(ALWAYS))
      isCertain &&= isOnly && part.endings.size === 1 && !walk.sawLoop && walk.explored <= MAX_EXPLORED_NAMES
      addresses.set(
        type,
        found.flatMap(({ text }) => {
          const rdata = parseRdataText(type, text)
          return rdata.ok ? [rdata.value] : []
        }),
      )
    }
    return { text: isCertain ? fillHints(blank, addresses).text : blank.text, ttl }
  }

  /** @param without what is answered where there is no target */
  private alias(rrset: PolicyRrset, name: Name, path: readonly NameKey[], without: Part): Part {
    // Of several targets, which only scripts give, the first is followed: any record is the target.
    const { records, rdatas, failure, refused, empty, holds } = this.probabilities(rrset, name, 'first')
    const owner = name.key
    const { type } = rrset
    const ttl = ttlWhile(rrset, holds)
    const part: Part = { endings: new Map(), records: new Map() }
    for (const [text, chance] of records) {
      const rest = this.from(targetOf(rdatas.get(text) as Rdata), [...path, owner])
      addRecord(part, { owner, type, ttl, least: ttl, text, chance: times(chance, soundness(rest)) })
      for (const [ending, share] of rest.endings) add(part.endings, ending, times(chance, share))
      for (const record of rest.records.values()) addRecord(part, further(record, ttl, chance))
    }
    addPart(part, without, empty)
    add(part.endings, 'refused', refused)
    add(part.endings, 'failure', failure)
    return part
  }
}

/** What an ending at its target is for an ALIAS. */
const FLATTENED: Readonly<Record<Ending, Ending>> = {
  records: 'records',
  'no data': 'no data',
  'no such name': 'no data',
  'the name gets too long': 'no data',
  referral: 'failure',
  'the chain leaves our zones': 'failure',
  'not our zone': 'failure',
  refused: 'refused',
  failure: 'failure',
}

/** The chance that a part answers at all: a failure further down takes all records with it, those before it too. */
const soundness = ({ endings }: Part): Chance =>
  minus(minus(ALWAYS, endings.get('failure') ?? NEVER), endings.get('refused') ?? NEVER)

/** A record as it is seen from a hop before it. */
const further = (record: ReachedRecord, ttl: number, chance: Chance): ReachedRecord => ({
  ...record,
  least: Math.min(ttl, record.least),
  chance: times(chance, record.chance),
})

const ends = (ending: Ending, chance: Chance = ALWAYS): Part => {
  const part: Part = { endings: new Map(), records: new Map() }
  add(part.endings, ending, chance)
  return part
}

function add(endings: Map<Ending, Chance>, ending: Ending, chance: Chance): void {
  if (isPossible(chance)) endings.set(ending, plus(endings.get(ending) ?? NEVER, chance))
}

function addPart(part: Part, { endings, records }: Part, chance: Chance): void {
  for (const [ending, share] of endings) add(part.endings, ending, times(chance, share))
  for (const record of records.values()) addRecord(part, { ...record, chance: times(chance, record.chance) })
}

function addRecord(part: Part, record: ReachedRecord): void {
  if (!isPossible(record.chance)) return
  const id = `${record.type} ${record.owner} ${record.ttl} ${record.least} ${record.text}`
  part.records.set(id, { ...record, chance: plus(part.records.get(id)?.chance ?? NEVER, record.chance) })
}
