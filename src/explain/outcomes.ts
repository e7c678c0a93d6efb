import { type Name, type Question, RCODE, type Rcode } from '../dns/index.ts'
import { MAX_CNAME_CHAIN, MAX_EXPLORED_NAMES } from '../limits.ts'
import { type Asker, type Chain, NO_CHAIN, QueryContext, type Resolution, Resolver, type Zones } from '../zone/index.ts'
import { ALWAYS, type Chance, times } from './chance.ts'
import { EveryWay, type Lens } from './every-way.ts'
import {
  addEnding,
  addRecord,
  addRest,
  type Ending,
  merged,
  type PartialOutcome,
  type PossibleRecord,
  reached,
} from './partial-outcome.ts'
import { type PossibleAddresses, withPossibleHints } from './possible-hints.ts'

/**
 * All possible answers to a question. Chances are exact; null where one takes too long to compute or cannot be known: a
 * script's own draws are sampled.
 */
export type Outcomes = {
  readonly endings: readonly { readonly ending: Ending; readonly rcode: Rcode; readonly chance: Chance }[]
  /** In the order of the zone; each with the chance that the answer section holds it. */
  readonly records: readonly PossibleRecord[]
}

/** Returns everything that `resolve` can answer this client: the same walk, replayed in each way that chance allows. */
export function outcomes(question: Question, zones: Zones, asker: Asker | QueryContext, lens?: Lens): Outcomes {
  const { part, isComplete } = explored(QueryContext.of(question, zones, asker), question, question.type, lens)
  const known = (chance: Chance): Chance => (isComplete ? chance : null)
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

type Explored = { readonly part: PartialOutcome; readonly isComplete: boolean; readonly sawLoop: boolean }

function explored(context: QueryContext, name: Name, type: number, lens: Lens | undefined): Explored {
  const once = new OutcomeWalk(context, type, true, lens)
  const part = once.from(name, NO_CHAIN)
  if (!once.sawLoop) return { part, isComplete: once.isComplete, sawLoop: false }
  // In a loop of chains the outcome of a name depends on the path to it, so that each path is followed by itself.
  const each = new OutcomeWalk(context, type, false, lens)
  return { part: each.from(name, NO_CHAIN), isComplete: each.isComplete, sawLoop: true }
}

class OutcomeWalk {
  sawLoop = false
  /** By the chain and the name: chains that meet are followed once, if that is allowed. */
  private readonly cached = new Map<string, PartialOutcome>()
  private readonly context: QueryContext
  private readonly type: number
  private readonly followsOnce: boolean
  private readonly lens: Lens | undefined
  private visits = 0

  constructor(context: QueryContext, type: number, followsOnce: boolean, lens: Lens | undefined) {
    this.lens = lens
    this.context = context
    this.type = type
    this.followsOnce = followsOnce
  }

  /** True if no name was left out for being one too many. */
  get isComplete(): boolean {
    return this.visits <= MAX_EXPLORED_NAMES
  }

  from(name: Name, chain: Chain): PartialOutcome {
    const part: PartialOutcome = { endings: new Map(), records: new Map() }
    if (++this.visits > MAX_EXPLORED_NAMES) {
      addEnding(part, 'failure', ALWAYS)
      return part
    }
    const { names, aliased } = chain
    const id = `${names.length} ${aliased?.ttl} ${aliased?.owner.key} ${name.key}`
    const cached = this.followsOnce ? this.cached.get(id) : undefined
    if (cached) return cached
    const ways = new EveryWay(this.context, chain, this.lens)
    do {
      this.visit(name, ways, part)
    } while (ways.next())
    this.cached.set(id, part)
    return part
  }

  /** Adds the outcomes of one way. */
  private visit(name: Name, ways: EveryWay, part: PartialOutcome): void {
    const resolver = new Resolver(this.context, this.type, false, ways)
    const hop = resolver.visit(name)
    if (hop.kind === 'next') {
      addRest(part, resolver.answer, this.from(hop.name, resolver), ways.chance)
      return
    }
    addEnding(part, endingOf(hop, resolver.end), times(ways.chance, ways.endChance))
    if (hop.kind === 'needs-zone') return
    this.sawLoop ||= hop.error?.kind === 'chain-too-long' && resolver.names.length <= MAX_CNAME_CHAIN
    for (const rrset of hop.response.answer) {
      const addressesOf = (target: Name, type: number) => possibleAddresses(this.context, target, type, this.lens)
      for (const { rdata, ttl, chance } of withPossibleHints(rrset, (one) => ways.chanceOf(one), addressesOf)) {
        addRecord(part, reached({ ...rrset, ttl }, rdata, times(ways.chance, chance)))
      }
    }
  }
}

/** Returns the addresses for a hint. They are certain if nothing else can be answered. */
function possibleAddresses(context: QueryContext, name: Name, type: number, lens: Lens | undefined): PossibleAddresses {
  const { part, isComplete, sawLoop } = explored(context, name, type, lens)
  const found = [...part.records.values()].filter((record) => record.type === type)
  const isOnly = found.length <= 1 && found.every(({ chance }) => chance?.equals(ALWAYS))
  return {
    rdatas: found.map(({ rdata }) => rdata),
    ttl: Math.min(...found.map(({ minTtl }) => minTtl)),
    isCertain: isOnly && part.endings.size === 1 && isComplete && !sawLoop,
  }
}

function endingOf(resolution: Resolution, end: Resolver['end']): Ending {
  if (resolution.kind === 'needs-zone') return 'failure'
  const { error, response } = resolution
  if (error?.kind === 'not-our-zone') return 'not our zone'
  if (error?.kind === 'prohibited') return 'refused'
  if (error) return error.kind === 'policy' && error.refused ? 'refused' : 'failure'
  if (response.rcode === RCODE.NXDOMAIN) return 'no such name'
  if (response.rcode === RCODE.YXDOMAIN) return 'the name gets too long'
  if (end === 'outside') return 'the chain leaves our zones'
  if (end === 'referral') return 'referral'
  return response.answer.length > 0 ? 'records' : 'no data'
}
