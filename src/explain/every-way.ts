import type { Name, Rdata } from '../dns/index.ts'
import type { Decision, Policy, UndrawnInput } from '../policy/index.ts'
import type { Chain, PolicyRrset, QueryContext, Replay, Zone } from '../zone/index.ts'
import { ALWAYS, type Chance, isPossible, minus, times } from './chance.ts'
import { probabilities, type View } from './probability.ts'

/** Sees each policy that decides, for the client of the input; `view` replaces those that are met. */
export type Lens = { readonly view: View; see(policy: Policy, input: UndrawnInput): void }

/**
 * Decides in each way that chance allows, one way a walk. A record that is followed is a way of its own; records that
 * end a walk are one way together, since several of them may be drawn at once.
 */
export class EveryWay implements Replay {
  readonly chain: Chain
  private readonly context: QueryContext
  /** The chance of the records that were followed, and of what was drawn in their place. */
  chance: Chance = ALWAYS
  /** The chance that there are any records at the end, if there are. */
  endChance: Chance = ALWAYS
  private ending: ReadonlyMap<string, Chance> | undefined
  /** For each decision on the way: what can be decided, and which of it is. */
  private readonly way: { readonly choices: readonly Choice[]; taken: number }[] = []
  private at = 0
  private readonly lens: Lens | undefined

  constructor(context: QueryContext, chain: Chain, lens?: Lens) {
    this.lens = lens
    this.context = context
    this.chain = chain
  }

  choose(zone: Zone, rrset: PolicyRrset, owner: Name, isFollowed: boolean): Decision {
    const step = this.way[this.at] ?? { choices: this.choices(zone, rrset, owner, isFollowed), taken: 0 }
    this.way[this.at++] = step
    const { decision, chance, records } = step.choices[step.taken] as Choice
    this.ending = records
    if (records) this.endChance = chance
    else this.chance = times(this.chance, chance)
    return decision
  }

  /** Returns the chance of a record at the end of the walk, given all that was followed. */
  chanceOf({ text }: Rdata): Chance {
    return this.ending ? (this.ending.get(text) as Chance) : ALWAYS
  }

  private choices(zone: Zone, { policy }: PolicyRrset, owner: Name, isFollowed: boolean): readonly Choice[] {
    this.context.at(zone, owner)
    this.lens?.see(policy, this.context)
    return choicesOf(policy, this.context, isFollowed, this.lens?.view)
  }

  /** Goes on to the next way: the last decision that can be another one is. Returns false if there is none. */
  next(): boolean {
    this.at = 0
    this.chance = ALWAYS
    this.endChance = ALWAYS
    this.ending = undefined
    for (let last = this.way.at(-1); last; last = this.way.at(-1)) {
      if (++last.taken < last.choices.length) return true
      this.way.pop()
    }
    return false
  }
}

/** `records` has the chance of each record where they are decided together, by its text. */
type Choice = {
  readonly decision: Decision
  readonly chance: Chance
  readonly records?: ReadonlyMap<string, Chance>
}

function choicesOf(policy: Policy, input: UndrawnInput, isFollowed: boolean, view?: View): readonly Choice[] {
  const { records, rdatas, failure, refused, empty, validForSeconds } = probabilities(
    policy,
    input,
    isFollowed ? 'first' : 'all',
    view,
  )
  const base = { rdatas: [], scope: 0, byChance: true, validForSeconds }
  const fail = { kind: 'fail', why: '' } as const
  const all = [...records.keys()].map((text) => rdatas.get(text) as Rdata)
  const together = {
    decision: { ...base, rdatas: all },
    chance: minus(minus(minus(ALWAYS, failure), refused), empty),
    records,
  }
  const choices: readonly Choice[] = [
    ...(isFollowed
      ? all.map((rdata) => ({ decision: { ...base, rdatas: [rdata] }, chance: records.get(rdata.text) as Chance }))
      : [together]),
    { decision: base, chance: empty },
    { decision: { ...base, failure: { ...fail, refused: true } }, chance: refused },
    { decision: { ...base, failure: fail }, chance: failure },
  ]
  return choices.filter(({ chance }) => isPossible(chance))
}
