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
  type UndrawnInput,
  type Values,
  Work,
} from '../policy/index.ts'
import { ALWAYS, type Chance, isPossible, NEVER, type Probabilities, plus, times } from './chance.ts'

export type Leaf = Values | Fail

/** The possible results of a policy with scripts, and their chances: null for a sample. */
export type ScriptOutcomes = {
  readonly leaves: readonly { readonly leaf: Leaf; readonly chance: Chance }[]
  readonly validForSeconds: number
  /** The longest scope of a run, without what its calls left to chance. */
  readonly scope: number
}

/** Returns the possible answers of a policy without scripts. */
type Chances = (policy: Policy, input: UndrawnInput) => Probabilities

/**
 * Runs a policy along every path that chance can take in the picks of a script. Draws of other forms cannot be
 * enumerated: then the policy is sampled a number of times, always with the same random numbers.
 * @param maxRecords the number of records that count of each answer
 */
export function enumerateScript(
  policy: Policy,
  input: UndrawnInput,
  chances: Chances,
  maxRecords = Number.POSITIVE_INFINITY,
): ScriptOutcomes {
  return new Exploration(policy, input, chances, maxRecords).run() ?? samples(policy, input, maxRecords)
}

function samples(policy: Policy, input: UndrawnInput, maxRecords: number): ScriptOutcomes {
  const leaves: { leaf: Leaf; chance: Chance }[] = []
  let validForSeconds = Number.POSITIVE_INFINITY
  let scope = 0
  const random = seededRng(1)
  for (let i = 0; i < SCRIPT_TRIES; i++) {
    const decision = evaluate(policy, drawnInput(input, random))
    validForSeconds = Math.min(validForSeconds, decision.validForSeconds)
    scope = Math.max(scope, decision.scope)
    leaves.push({ leaf: leafOf(decision, maxRecords), chance: null })
  }
  return { leaves, validForSeconds, scope }
}

function leafOf({ failure, rdatas }: Decision, maxRecords: number): Leaf {
  return failure ?? { kind: 'values', rdatas: rdatas.length > maxRecords ? rdatas.slice(0, maxRecords) : rdatas }
}

/** Names each field: a spread would lose those that are getters. */
const drawnInput = (input: UndrawnInput, random: Rng): Input => ({
  client: input.client,
  name: input.name,
  health: input.health,
  places: input.places,
  query: input.query,
  random,
  work: new Work(),
})

type Outcome = { readonly decision: Decision; readonly chance: Chance }

/** Follows each path through the calls whose outcomes are known with their chances. */
class Exploration {
  private readonly policy: Policy
  private readonly input: UndrawnInput
  private readonly chances: Chances
  private readonly maxRecords: number
  /** For each call on the path: the outcome that it takes, and the number of its outcomes. */
  private path: { taken: number; of: number }[] = []
  /** The outcomes of calls, which may be in a loop. */
  private readonly cached = new Map<Policy, readonly Outcome[] | undefined>()
  private at = 0
  private chance: Chance = ALWAYS
  private failed = false

  constructor(policy: Policy, input: UndrawnInput, chances: Chances, maxRecords: number) {
    this.policy = policy
    this.input = input
    this.chances = chances
    this.maxRecords = maxRecords
  }

  /** Returns undefined if there are too many paths, or some that are not known. */
  run(): ScriptOutcomes | undefined {
    const leaves: { leaf: Leaf; chance: Chance }[] = []
    let validForSeconds = Number.POSITIVE_INFINITY
    let scope = 0
    const explorer: Explorer = {
      outcomeOf: (part: Policy) => this.outcomeOf(part),
      choose: (weights: readonly number[]) => this.choose(weights),
    }
    for (let runs = 0; runs < SCRIPT_TRIES; runs++) {
      this.at = 0
      this.chance = ALWAYS
      const decision = evaluate(this.policy, { ...drawnInput(this.input, () => this.fail()), explorer })
      // Each outcome that was not taken begins at least one more path.
      const paths = this.path.reduce((sum, { of }) => sum + of - 1, 1)
      if (this.failed || paths > SCRIPT_TRIES) return undefined
      validForSeconds = Math.min(validForSeconds, decision.validForSeconds)
      scope = Math.max(scope, decision.scope)
      leaves.push({ leaf: leafOf(decision, this.maxRecords), chance: this.chance })
      if (!this.advance()) return { leaves, validForSeconds, scope }
    }
    return undefined
  }

  /** Goes to the next path: the last call with an outcome that is left takes it. */
  private advance(): boolean {
    for (let last = this.path.pop(); last; last = this.path.pop()) {
      if (last.taken + 1 === last.of) continue
      this.path.push({ ...last, taken: last.taken + 1 })
      return true
    }
    return false
  }

  private outcomeOf(part: Policy): Decision | undefined {
    const outcomes = this.cached.has(part) ? this.cached.get(part) : this.outcomesOf(part)
    this.cached.set(part, outcomes)
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

  /** Returns the branch that the path takes here, among so many. */
  private take(of: number): number {
    const step = this.path[this.at] ?? { taken: 0, of }
    this.path[this.at++] = step
    return step.taken
  }

  /** Returns the exclusive outcomes of a call; undefined if there is no choice, or if the outcomes overlap. */
  private outcomesOf(part: Policy): readonly Outcome[] | undefined {
    const { records, rdatas, failure, refused, empty, validForSeconds } = this.chances(part, this.input)
    if ([failure, refused, empty, ...records.values()].some((chance) => chance?.equals(ALWAYS))) return undefined
    const base = { scope: 0, byChance: true, validForSeconds }
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
