import type { Rdata } from '../dns/index.ts'
import {
  AVOIDANCE,
  type Avoidance,
  type Drawn,
  hasScript,
  ofKind,
  type Policy,
  reachable,
  type Script,
  type UndrawnInput,
  type Values,
} from '../policy/index.ts'
import { ALWAYS, type Chance, EXACT, minus, NEVER, type Probabilities, plus, times } from './chance.ts'
import { ofFixedMembers } from './fixed-members.ts'
import { enumerateScript, type Leaf, type ScriptOutcomes } from './script-outcomes.ts'

export type { Probabilities } from './chance.ts'

/** Replaces the policies that are met: `overClients`, or none. */
export type View = (policy: Policy) => Policy

const AS_IT_IS: View = (policy) => policy

/**
 * Returns the possible answers of a policy to this client, over all of chance.
 * @param use `first`: of the records that a script gives, which may be several CNAMEs, only the first is followed
 */
export function probabilities(
  policy: Policy,
  input: UndrawnInput,
  use: 'all' | 'first' = 'all',
  view: View = AS_IT_IS,
): Probabilities {
  const draws = new Draws(input, view)
  if (use === 'first' && hasScript(policy)) {
    const { leaves, validForSeconds } = enumerateScript(policy, input, draws.chances, 1)
    const rdatas = new Map(leaves.flatMap(({ leaf }) => recordsIn(leaf)).map((rdata) => [rdata.text, rdata]))
    return summary(rdatas, validForSeconds, (hit) => ofLeaves(leaves, hit), new Set(sampledIn(leaves)))
  }
  const fixed = ofFixed(policy, draws)
  if (fixed) return fixed
  const rdatas = new Map<string, Rdata>()
  const validForSeconds = collect(policy, draws, rdatas)
  return summary(rdatas, validForSeconds, (hit) => draws.avoidance(policy, hit), draws.sampled)
}

/** Follows what has one way on to a draw of fixed records, whose chances are quick to compute. */
function ofFixed(met: Policy, draws: Draws, until = Number.POSITIVE_INFINITY): Probabilities | undefined {
  const policy = draws.view(met)
  if (policy.kind === 'values' || policy.kind === 'fail' || policy.kind === 'script') return undefined
  const { members, validForSeconds } = reachable(policy, draws.input)
  const seconds = Math.min(until, validForSeconds)
  if (!isDrawn(policy)) return members.length === 1 ? ofFixed(members[0] as Policy, draws, seconds) : undefined
  const viewed = members.map(draws.view)
  return viewed.length === policy.members.length ? ofFixedMembers({ ...policy, members: viewed }, seconds) : undefined
}

const recordsIn = (leaf: Leaf): readonly Rdata[] => (leaf.kind === 'fail' ? [] : leaf.rdatas)

/** Returns the texts of the records that come from samples. */
const sampledIn = (leaves: ScriptOutcomes['leaves']): string[] =>
  leaves.flatMap(({ leaf, chance }) => (chance === null ? recordsIn(leaf).map(({ text }) => text) : []))

/**
 * @param avoidance returns the chance that no part of the answer is a hit
 * @param sampled the texts from samples: appearing in every sample does not make a record certain
 */
function summary(
  rdatas: ReadonlyMap<string, Rdata>,
  validForSeconds: number,
  avoidance: (hit: (leaf: Leaf) => boolean) => Chance,
  sampled: ReadonlySet<string>,
): Probabilities {
  const fails = (leaf: Leaf): boolean => leaf.kind === 'fail'
  const sound = avoidance(fails)
  const failure = minus(
    ALWAYS,
    avoidance((leaf) => leaf.kind === 'fail' && !leaf.refused),
  )
  const hasText = (text: string) => (leaf: Leaf) => fails(leaf) || (leaf as Values).rdatas.some((r) => r.text === text)
  const chanceOf = (text: string): Chance => {
    // The answer is sound and has the record: it is sound, less the chance that it is sound without it.
    const chance = minus(sound, avoidance(hasText(text)))
    return sampled.has(text) && chance?.equals(ALWAYS) ? null : chance
  }
  return {
    records: new Map([...rdatas.keys()].map((text) => [text, chanceOf(text)])),
    rdatas,
    failure,
    refused: minus(minus(ALWAYS, sound), failure),
    empty: avoidance((leaf) => fails(leaf) || (leaf as Values).rdatas.length > 0),
    validForSeconds,
  }
}

/** Collects every possible record; returns how long all of it is valid. */
function collect(met: Policy, draws: Draws, rdatas: Map<string, Rdata>): number {
  const policy = draws.view(met)
  if (policy.kind === 'values') for (const rdata of policy.rdatas) rdatas.set(rdata.text, rdata)
  if (policy.kind === 'script') {
    const { leaves, validForSeconds } = draws.outcomesOf(policy)
    for (const rdata of leaves.flatMap(({ leaf }) => recordsIn(leaf))) rdatas.set(rdata.text, rdata)
    return validForSeconds
  }
  const { members, validForSeconds } = reachable(policy, draws.input)
  return members.reduce((min, member) => Math.min(min, collect(member, draws, rdatas)), validForSeconds)
}

/** The draws of a policy. It caches what is the same for every record. */
class Draws {
  readonly input: UndrawnInput
  private readonly avoidances = new Map<Drawn, Avoidance>()
  private readonly outcomes = new Map<Script, ScriptOutcomes>()
  readonly sampled = new Set<string>()
  readonly view: View

  constructor(input: UndrawnInput, view: View) {
    this.input = input
    this.view = view
  }

  readonly chances = (policy: Policy, input: UndrawnInput): Probabilities =>
    probabilities(policy, input, 'all', this.view)

  outcomesOf(script: Script): ScriptOutcomes {
    const cached = this.outcomes.get(script)
    if (cached) return cached
    const outcomes = enumerateScript(script, this.input, this.chances)
    this.outcomes.set(script, outcomes)
    for (const text of sampledIn(outcomes.leaves)) this.sampled.add(text)
    return outcomes
  }

  /** Returns the chance that no part of the answer is a hit. */
  avoidance(met: Policy, hit: (leaf: Leaf) => boolean): Chance {
    const policy = this.view(met)
    if (policy.kind === 'values' || policy.kind === 'fail') return hit(policy) ? NEVER : ALWAYS
    if (policy.kind === 'script') return ofLeaves(this.outcomesOf(policy).leaves, hit)
    const chances = reachable(policy, this.input).members.map((member) => this.avoidance(member, hit))
    if (chances.every((chance) => chance === ALWAYS || chance?.equals(ALWAYS))) return ALWAYS
    if (chances.every((chance) => chance?.equals(NEVER))) return NEVER
    return isDrawn(policy) ? this.avoidanceOf(policy)(chances) : chances.reduce<Chance>(times, ALWAYS)
  }

  private avoidanceOf(policy: Drawn): Avoidance {
    const cached = this.avoidances.get(policy)
    if (cached) return cached
    const avoidance = ofKind(AVOIDANCE, policy)(policy, EXACT)
    this.avoidances.set(policy, avoidance)
    return avoidance
  }
}

const isDrawn = (policy: Policy): policy is Drawn => policy.kind in AVOIDANCE

/** A result that no sample had counts as impossible. */
function ofLeaves(leaves: ScriptOutcomes['leaves'], hit: (leaf: Leaf) => boolean): Chance {
  const others = leaves.filter(({ leaf }) => !hit(leaf))
  if (others.length === leaves.length) return ALWAYS
  return others.reduce<Chance>((sum, { chance }) => plus(sum, chance), NEVER)
}
