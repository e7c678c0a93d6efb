import type Fraction from 'fraction.js'
import type { Rdata } from '../dns/index.ts'
import { MAX_EXACT_SAMPLE_MEMBERS } from '../limits.ts'
import {
  hasScript,
  type Input,
  type Multi,
  type Policy,
  reachable,
  type Script,
  type Values,
  type Weighted,
} from '../policy/index.ts'
import { ALWAYS, type Chance, minus, NEVER, plus, times } from './chance.ts'
import { type Leaf, type Tried, tried } from './script-outcomes.ts'

/**
 * What an rrset's policy can come to. `records`: the chance that the answer holds each record, by its text.
 * `failure` is SERVFAIL and `refused` REFUSED, which take all records with them; `empty` is NODATA. What scripts do with
 * what they draw by themselves is not computed: records that came of trying them have no chance, and what never came of
 * it is left out.
 */
export type Probabilities = {
  readonly records: ReadonlyMap<string, Chance>
  /** The same records. */
  readonly rdatas: ReadonlyMap<string, Rdata>
  readonly failure: Chance
  readonly refused: Chance
  readonly empty: Chance
  /** Seconds until health can change any of this at the earliest. */
  readonly holds: number
}

type Asked = Omit<Input, 'random' | 'work'>

/**
 * What `evaluate` can answer this client, over all of chance.
 * @param use `first`: of the records that a script gives, which may be several CNAMEs, the first alone is followed
 */
export function probabilities(policy: Policy, asked: Asked, use: 'all' | 'first' = 'all'): Probabilities {
  const draws = new Draws(asked)
  if (use === 'first' && hasScript(policy)) {
    const { leaves, holds } = tried(policy, asked, probabilities, 1)
    const rdatas = new Map(leaves.flatMap(({ leaf }) => recordsIn(leaf)).map((rdata) => [rdata.text, rdata]))
    return summary(rdatas, holds, (hit) => ofTries(leaves, hit), new Set(sampledIn(leaves)))
  }
  const rdatas = new Map<string, Rdata>()
  const holds = collect(policy, draws, rdatas)
  return summary(rdatas, holds, (hit) => draws.avoidance(policy, hit), draws.sampled)
}

const recordsIn = (leaf: Leaf): readonly Rdata[] => (leaf.kind === 'fail' ? [] : leaf.rdatas)

/** The records of a script that was only tried. */
const sampledIn = (leaves: Tried['leaves']): string[] =>
  leaves.flatMap(({ leaf, chance }) => (chance === null ? recordsIn(leaf).map(({ text }) => text) : []))

/**
 * @param avoidance the chance that nothing that is answered is a hit
 * @param sampled what came of every try need not come of the next
 */
function summary(
  rdatas: ReadonlyMap<string, Rdata>,
  holds: number,
  avoidance: (hit: (leaf: Leaf) => boolean) => Chance,
  sampled: ReadonlySet<string>,
): Probabilities {
  const fails = (leaf: Leaf): boolean => leaf.kind === 'fail'
  const sound = avoidance(fails)
  const failure = minus(
    ALWAYS,
    avoidance((leaf) => leaf.kind === 'fail' && !leaf.refused),
  )
  const holding = (text: string) => (leaf: Leaf) => fails(leaf) || (leaf as Values).rdatas.some((r) => r.text === text)
  const chanceOf = (text: string): Chance => {
    // The answer is sound and has the record: it is sound, less the chance that it is sound without it.
    const chance = minus(sound, avoidance(holding(text)))
    return sampled.has(text) && chance?.equals(ALWAYS) ? null : chance
  }
  return {
    records: new Map([...rdatas.keys()].map((text) => [text, chanceOf(text)])),
    rdatas,
    failure,
    refused: minus(minus(ALWAYS, sound), failure),
    empty: avoidance((leaf) => fails(leaf) || (leaf as Values).rdatas.length > 0),
    holds,
  }
}

/** Takes down every record that may come up; gives how long all of it holds. */
function collect(policy: Policy, draws: Draws, rdatas: Map<string, Rdata>): number {
  const { asked } = draws
  if (policy.kind === 'values') for (const rdata of policy.rdatas) rdatas.set(rdata.text, rdata)
  if (policy.kind === 'script') {
    const { leaves, holds } = draws.triesOf(policy)
    for (const rdata of leaves.flatMap(({ leaf }) => recordsIn(leaf))) rdatas.set(rdata.text, rdata)
    return holds
  }
  const { members, holds } = reachable(policy, asked)
  return members.reduce((least, member) => Math.min(least, collect(member, draws, rdatas)), holds)
}

class Draws {
  readonly asked: Asked
  /** How likely each set of members is to be drawn: the same for every record, and long to compute. */
  private readonly sets = new Map<Weighted, readonly DrawnSet[]>()
  private readonly tries = new Map<Script, Tried>()
  readonly sampled = new Set<string>()

  constructor(asked: Asked) {
    this.asked = asked
  }

  triesOf(script: Script): Tried {
    const known = this.tries.get(script)
    if (known) return known
    const made = tried(script, this.asked, probabilities)
    this.tries.set(script, made)
    for (const text of sampledIn(made.leaves)) this.sampled.add(text)
    return made
  }

  /** The chance that nothing drawn is a hit. */
  avoidance(policy: Policy, hit: (leaf: Leaf) => boolean): Chance {
    if (policy.kind === 'values' || policy.kind === 'fail') return hit(policy) ? NEVER : ALWAYS
    if (policy.kind === 'script') return ofTries(this.triesOf(policy).leaves, hit)
    const chances = reachable(policy, this.asked).members.map((member) => this.avoidance(member, hit))
    if (chances.every((chance) => chance?.equals(ALWAYS))) return ALWAYS
    if (chances.every((chance) => chance?.equals(NEVER))) return NEVER
    if (policy.kind === 'random') return ofSample(chances, policy.count)
    if (policy.kind === 'multi') return ofEach(chances, policy)
    if (policy.kind !== 'weighted') return chances.reduce<Chance>(times, ALWAYS)
    if (policy.count >= chances.length) return chances.reduce<Chance>(times, ALWAYS)
    if (policy.count === 1) return ofOne(chances, policy)
    if (chances.length > MAX_EXACT_SAMPLE_MEMBERS) return null
    const sets = this.sets.get(policy) ?? drawnSets(policy)
    this.sets.set(policy, sets)
    return sets.reduce<Chance>((sum, { members, chance }) => {
      const all = members.reduce<Chance>((product, member) => times(product, chances[member] as Chance), chance)
      return sum === null || all === null ? null : sum.add(all)
    }, NEVER)
  }
}

/** Where a script was only tried, what came of no try is taken for impossible. */
function ofTries(leaves: Tried['leaves'], hit: (leaf: Leaf) => boolean): Chance {
  const others = leaves.filter(({ leaf }) => !hit(leaf))
  if (others.length === leaves.length) return ALWAYS
  return others.reduce<Chance>((sum, { chance }) => plus(sum, chance), NEVER)
}

/** Each member is drawn by itself: it is not there, or there and no hit. */
function ofEach(chances: readonly Chance[], { weights, largest }: Multi): Chance {
  return chances.reduce<Chance>((product, chance, i) => {
    const drawn = ALWAYS.mul(weights[i] as number).div(largest)
    return times(product, chance === null ? null : ALWAYS.sub(drawn).add(drawn.mul(chance)))
  }, ALWAYS)
}

function ofOne(chances: readonly Chance[], { weights, total }: Weighted): Chance {
  let sum = NEVER
  for (const [i, chance] of chances.entries()) {
    if (chance === null) return null
    if (!chance.equals(NEVER)) sum = sum.add(chance.mul(weights[i] as number))
  }
  return sum.div(total)
}

/** Mean, over all sets of `count` members, of the product of their chances: an elementary symmetric polynomial. */
function ofSample(chances: readonly Chance[], wanted: number): Chance {
  const count = Math.min(wanted, chances.length)
  const sums: Fraction[] = [ALWAYS, ...Array.from({ length: count }, () => NEVER)]
  for (const chance of chances) {
    if (chance === null) return null
    if (chance.equals(NEVER)) continue
    for (let k = count; k > 0; k--) {
      const product = sums[k - 1] as Fraction
      if (!product.equals(NEVER)) sums[k] = (sums[k] as Fraction).add(product.mul(chance))
    }
  }
  let sets = ALWAYS
  for (let i = 0; i < count; i++) sets = sets.mul(chances.length - i).div(i + 1)
  return (sums[count] as Fraction).div(sets)
}

type DrawnSet = { readonly members: readonly number[]; readonly chance: Fraction }

/** Every set of `count` members, and how likely draws by weight without replacement are to come to it. */
function drawnSets({ weights, total, count }: Weighted): DrawnSet[] {
  let states = new Map<number, Fraction>([[0, ALWAYS]])
  for (let draw = 0; draw < count; draw++) {
    const next = new Map<number, Fraction>()
    for (const [drawn, chance] of states) {
      const left = weights.reduce((sum, weight, i) => (drawn & (1 << i) ? sum - weight : sum), total)
      weights.forEach((weight, i) => {
        if (drawn & (1 << i)) return
        const set = drawn | (1 << i)
        next.set(set, (next.get(set) ?? NEVER).add(chance.mul(weight).div(left)))
      })
    }
    states = next
  }
  return [...states].map(([set, chance]) => ({
    members: weights.flatMap((_, i) => (set & (1 << i) ? [i] : [])),
    chance,
  }))
}
