import Fraction from 'fraction.js'
import { MAX_EXACT_SAMPLE_MEMBERS } from '../limits.ts'
import { lookupScope } from '../net/index.ts'
import { unreachable } from '../result.ts'
import { nextPoint } from './consistent-hashed.ts'
import { branchOf, type Input, nameHash } from './evaluate.ts'
import { burtle } from './hash.ts'
import type { Policy } from './policy.ts'
import { atPoint } from './weighted.ts'

/** The exact chance that an answer holds a record, by the record's text; null where it takes too long to compute. */
export type Probabilities = ReadonlyMap<string, Fraction | null>

/**
 * What `evaluate` can answer this client, over all of chance. A branch that fails counts as one without records here,
 * while it fails the whole answer there: `outcomes` in the room `zone` has both.
 */
export function probabilities(policy: Policy, input: Omit<Input, 'random'>): Probabilities {
  const texts = new Set<string>()
  collect(policy, input, texts)
  const chances = [...texts].map((text) => [text, inclusion(policy, input, text)] as const)
  return new Map(chances.filter(([, chance]) => chance === null || chance.compare(0) > 0))
}

function collect(policy: Policy, input: Omit<Input, 'random'>, texts: Set<string>): void {
  if (policy.kind === 'values') for (const rdata of policy.rdatas) texts.add(rdata.text)
  else for (const member of reachable(policy, input)) collect(member, input, texts)
}

/** The members that chance may still choose once client and name are known. */
function reachable(policy: Policy, input: Omit<Input, 'random'>): readonly Policy[] {
  const { client, name } = input
  switch (policy.kind) {
    case 'values':
    case 'fail':
      return []
    case 'all':
    case 'random':
    case 'weighted':
      return policy.members
    case 'hashed':
      return [policy.members[burtle(client.bytes) % policy.members.length] as Policy]
    case 'weighted-hashed':
    case 'name-hashed': {
      const hash = policy.kind === 'name-hashed' ? nameHash(name) : burtle(client.bytes)
      return [policy.members[atPoint(policy.weights, hash % policy.total, policy.order)] as Policy]
    }
    case 'consistent-hashed':
      return [policy.members[policy.owners[nextPoint(policy.points, burtle(client.bytes))] as number] as Policy]
    case 'view':
    case 'networks':
      return [policy.members[branchOf(policy, lookupScope(policy.map, client).index)] as Policy]
    default:
      return unreachable(policy)
  }
}

function inclusion(policy: Policy, input: Omit<Input, 'random'>, text: string): Fraction | null {
  if (policy.kind === 'values') return new Fraction(policy.rdatas.some((rdata) => rdata.text === text) ? 1 : 0)
  const members = reachable(policy, input).map((member) => inclusion(member, input, text))
  const known = members.filter((chance) => chance !== null)
  if (known.length < members.length) return null
  const absent = known.map((chance) => ONE.sub(chance))
  switch (policy.kind) {
    case 'random':
      return ONE.sub(absentFromSample(absent, Math.min(policy.count, absent.length)))
    case 'weighted':
      if (policy.count === 1) {
        return known
          .reduce((sum, chance, i) => sum.add(chance.mul(policy.weights[i] as number)), ZERO)
          .div(policy.total)
      }
      if (absent.length > MAX_EXACT_SAMPLE_MEMBERS) return null
      return ONE.sub(absentFromDraws(absent, policy.weights, Math.min(policy.count, absent.length)))
    default:
      // `all`, or the one member that client and name decide.
      return ONE.sub(absent.reduce((product, chance) => product.mul(chance), ONE))
  }
}

const ZERO = new Fraction(0)
const ONE = new Fraction(1)

/** Mean, over all sets of `count` members, of the product of their chances: an elementary symmetric polynomial. */
function absentFromSample(absent: readonly Fraction[], count: number): Fraction {
  const sums: Fraction[] = [ONE, ...Array.from({ length: count }, () => ZERO)]
  for (const chance of absent) {
    for (let k = count; k > 0; k--) sums[k] = (sums[k] as Fraction).add((sums[k - 1] as Fraction).mul(chance))
  }
  let sets = ONE
  for (let i = 0; i < count; i++) sets = sets.mul(absent.length - i).div(i + 1)
  return (sums[count] as Fraction).div(sets)
}

/** The same for draws by weight without replacement: over every set of drawn members, how likely it comes about. */
function absentFromDraws(absent: readonly Fraction[], weights: readonly number[], count: number): Fraction {
  let states = new Map<number, Fraction>([[0, ONE]])
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (let draw = 0; draw < count; draw++) {
    const next = new Map<number, Fraction>()
    for (const [drawn, chance] of states) {
      const left = weights.reduce((sum, weight, i) => (drawn & (1 << i) ? sum - weight : sum), total)
      weights.forEach((weight, i) => {
        if (drawn & (1 << i)) return
        const set = drawn | (1 << i)
        const share = chance
          .mul(weight)
          .div(left)
          .mul(absent[i] as Fraction)
        next.set(set, (next.get(set) ?? ZERO).add(share))
      })
    }
    states = next
  }
  return [...states.values()].reduce((sum, chance) => sum.add(chance), ZERO)
}
