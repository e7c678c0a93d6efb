import type { Rdata } from '../dns/index.ts'
import { SCRIPT_TRIES } from '../limits.ts'
import {
  type Decision,
  type Explorer,
  evaluate,
  type Fail,
  type Input,
  type Policy,
  type Rng,
  seededRng,
  type Values,
  Work,
} from '../policy/index.ts'
import { ALWAYS, type Chance, isPossible, NEVER, plus, times } from './chance.ts'
import type { Probabilities } from './probability.ts'

export type Leaf = Values | Fail

/** What a policy with scripts came to, and how likely: null where it was only tried. */
export type Tried = {
  readonly leaves: readonly { readonly leaf: Leaf; readonly chance: Chance }[]
  readonly holds: number
}

type Asked = Omit<Input, 'random' | 'work'>

/** The chances of what a policy without scripts can give. */
type Chances = (policy: Policy, asked: Asked) => Probabilities

/**
 * Runs a policy, along every way that chance can take in the picks of a script. What it does with other draws is not
 * known ahead: then it is tried a number of times, always with the same numbers.
 * @param most the records that count of each answer
 */
export function tried(policy: Policy, asked: Asked, chances: Chances, most = Number.POSITIVE_INFINITY): Tried {
  return new Exploration(policy, asked, chances, most).run() ?? tries(policy, asked, most)
}

function tries(policy: Policy, asked: Asked, most: number): Tried {
  const leaves: { leaf: Leaf; chance: Chance }[] = []
  let holds = Number.POSITIVE_INFINITY
  const random = seededRng(1)
  for (let i = 0; i < SCRIPT_TRIES; i++) {
    const decision = evaluate(policy, inputOf(asked, random))
    holds = Math.min(holds, decision.holds)
    leaves.push({ leaf: leafOf(decision, most), chance: null })
  }
  return { leaves, holds }
}

function leafOf({ failure, rdatas }: Decision, most: number): Leaf {
  return failure ?? { kind: 'values', rdatas: rdatas.length > most ? rdatas.slice(0, most) : rdatas }
}

/** Fields of `asked` may be getters, which a copy of it would lose. */
const inputOf = (asked: Asked, random: Rng): Input => ({
  client: asked.client,
  name: asked.name,
  health: asked.health,
  places: asked.places,
  query: asked.query,
  random,
  work: new Work(),
})

type Outcome = { readonly decision: Decision; readonly chance: Chance }

/** Each way through the calls whose outcomes are known with their chances. */
class Exploration {
  private readonly policy: Policy
  private readonly asked: Asked
  private readonly chances: Chances
  private readonly most: number
  /** Of each call on the way: which outcome is taken, and of how many. */
  private way: { taken: number; of: number }[] = []
  /** What calls can give, which may be in a loop. */
  private readonly known = new Map<Policy, readonly Outcome[] | undefined>()
  private at = 0
  private chance: Chance = ALWAYS
  private failed = false

  constructor(policy: Policy, asked: Asked, chances: Chances, most: number) {
    this.policy = policy
    this.asked = asked
    this.chances = chances
    this.most = most
  }

  /** Undefined where there are too many ways, or some that are not known. */
  run(): Tried | undefined {
    const leaves: { leaf: Leaf; chance: Chance }[] = []
    let holds = Number.POSITIVE_INFINITY
    const explorer: Explorer = {
      outcomeOf: (part: Policy) => this.outcomeOf(part),
      choose: (weights: readonly number[]) => this.choose(weights),
    }
    for (let runs = 0; runs < SCRIPT_TRIES; runs++) {
      this.at = 0
      this.chance = ALWAYS
      const decision = evaluate(this.policy, { ...inputOf(this.asked, () => this.fail()), explorer })
      // Each outcome that was not taken begins a way of its own, at least.
      const ways = this.way.reduce((sum, { of }) => sum + of - 1, 1)
      if (this.failed || ways > SCRIPT_TRIES) return undefined
      holds = Math.min(holds, decision.holds)
      leaves.push({ leaf: leafOf(decision, this.most), chance: this.chance })
      if (!this.advance()) return { leaves, holds }
    }
    return undefined
  }

  /** The next way: the last call that has another outcome takes it. */
  private advance(): boolean {
    for (let last = this.way.pop(); last; last = this.way.pop()) {
      if (last.taken + 1 === last.of) continue
      this.way.push({ ...last, taken: last.taken + 1 })
      return true
    }
    return false
  }

  private outcomeOf(part: Policy): Decision | undefined {
    const outcomes = this.known.has(part) ? this.known.get(part) : this.outcomesOf(part)
    this.known.set(part, outcomes)
    if (!outcomes) return undefined
    const { decision, chance } = outcomes[this.take(outcomes.length)] as Outcome
    this.chance = times(this.chance, chance)
    return decision
  }

  private choose(weights: readonly number[]): number {
    const taken = this.take(weights.length)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    this.chance = times(this.chance, ALWAYS.mul(weights[taken] as number).div(total))
    return taken
  }

  /** Which of so many ways is taken here. */
  private take(of: number): number {
    const step = this.way[this.at] ?? { taken: 0, of }
    this.way[this.at++] = step
    return step.taken
  }

  /** What a call can give, one of which it gives; undefined where there is no choice, or the outcomes overlap. */
  private outcomesOf(part: Policy): readonly Outcome[] | undefined {
    const { records, rdatas, failure, refused, empty, holds } = this.chances(part, this.asked)
    if ([failure, refused, empty, ...records.values()].some((chance) => chance?.equals(ALWAYS))) return undefined
    const base = { scope: 0, byChance: true, holds, trace: [] }
    const of = (list: readonly Rdata[]): Decision => ({ ...base, rdatas: list })
    const failed = (why: string): Decision => ({ ...of([]), failure: { kind: 'fail', why } })
    const outcomes = [
      ...[...records].map(([text, chance]) => ({ decision: of([rdatas.get(text) as Rdata]), chance })),
      { decision: of([]), chance: empty },
      { decision: failed('it fails'), chance: plus(failure, refused) },
    ].filter(({ chance }) => isPossible(chance))
    const sum = outcomes.reduce<Chance>((total, { chance }) => plus(total, chance), NEVER)
    if (sum?.equals(ALWAYS)) return outcomes
    this.fail()
    return undefined
  }

  private fail(): number {
    this.failed = true
    return 0
  }
}
