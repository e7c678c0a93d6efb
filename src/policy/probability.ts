import type Fraction from 'fraction.js'
import { MAX_EXACT_SAMPLE_MEMBERS } from '../limits.ts'
import { unreachable } from '../result.ts'
import { ALWAYS, type Chance, minus, NEVER, times } from './chance.ts'
import { chosenMember } from './chosen.ts'
import type { Input } from './evaluate.ts'
import type { Fail, Multi, Policy, Values, Weighted } from './policy.ts'
import { reduce } from './reduce.ts'

/**
 * What an rrset's policy can come to. `records`: the chance that the answer holds each record, by its text.
 * `failure` is SERVFAIL and `refused` REFUSED, which take all records with them; `empty` is NODATA.
 */
export type Probabilities = {
  readonly records: ReadonlyMap<string, Chance>
  readonly failure: Chance
  readonly refused: Chance
  readonly empty: Chance
  /** Seconds until health can change any of this at the earliest. */
  readonly holds: number
}

type Asked = Omit<Input, 'random'>
type Leaf = Values | Fail

/** What `evaluate` can answer this client, over all of chance. */
export function probabilities(policy: Policy, asked: Asked): Probabilities {
  const texts = new Set<string>()
  const holds = collect(policy, asked, texts)
  const draws = new Draws(asked)
  const fails = (leaf: Leaf): boolean => leaf.kind === 'fail'
  const sound = draws.avoidance(policy, fails)
  const failure = minus(
    ALWAYS,
    draws.avoidance(policy, (leaf) => leaf.kind === 'fail' && !leaf.refused),
  )
  const holding = (text: string) => (leaf: Leaf) => fails(leaf) || (leaf as Values).rdatas.some((r) => r.text === text)
  return {
    // The answer is sound and has the record: it is sound, less the chance that it is sound without it.
    records: new Map([...texts].map((text) => [text, minus(sound, draws.avoidance(policy, holding(text)))])),
    failure,
    refused: minus(minus(ALWAYS, sound), failure),
    empty: draws.avoidance(policy, (leaf) => fails(leaf) || (leaf as Values).rdatas.length > 0),
    holds,
  }
}

/** Takes down every record that may come up; gives how long all of it holds. */
function collect(policy: Policy, asked: Asked, texts: Set<string>): number {
  if (policy.kind === 'values') for (const rdata of policy.rdatas) texts.add(rdata.text)
  const own =
    policy.kind === 'pool' || policy.kind === 'failover' ? reduce(policy, asked).holds : Number.POSITIVE_INFINITY
  return reachable(policy, asked).reduce((least, member) => Math.min(least, collect(member, asked, texts)), own)
}

/** The members that chance may still choose once client, name and health are known. */
function reachable(policy: Policy, asked: Asked): readonly Policy[] {
  switch (policy.kind) {
    case 'values':
    case 'fail':
      return []
    case 'all':
    case 'random':
    case 'weighted':
    case 'multi':
      return policy.members
    case 'hashed':
    case 'weighted-hashed':
    case 'name-hashed':
    case 'consistent-hashed':
    case 'view':
    case 'networks':
    case 'geo':
    case 'datacenters':
      return [chosenMember(policy, asked)]
    case 'pool':
    case 'failover':
      return [reduce(policy, asked).policy]
    default:
      return unreachable(policy)
  }
}

class Draws {
  private readonly asked: Asked
  /** How likely each set of members is to be drawn: the same for every record, and long to compute. */
  private readonly sets = new Map<Weighted, readonly DrawnSet[]>()

  constructor(asked: Asked) {
    this.asked = asked
  }

  /** The chance that nothing drawn is a hit. */
  avoidance(policy: Policy, hit: (leaf: Leaf) => boolean): Chance {
    if (policy.kind === 'values' || policy.kind === 'fail') return hit(policy) ? NEVER : ALWAYS
    const chances = reachable(policy, this.asked).map((member) => this.avoidance(member, hit))
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
