import { UNMETERED } from '../../meter.ts'
import { overClients, type Policy, type UndrawnInput } from '../../policy/index.ts'
import { probabilities } from '../probability.ts'

/** Members of a draw of several by weight whose chances are computed: that takes the square of their number. */
const MAX_EXACT = 24

/**
 * Returns the chance of each member of a choice, over chance and over all clients, as things are now; null where that
 * is not known.
 * @param choice the policy that chooses among `members`, which may stand deeper in it
 */
export function sharesOf(choice: Policy, members: readonly Policy[], input: UndrawnInput): readonly (number | null)[] {
  const places = new Map<Policy, number[]>()
  members.forEach((member, i) => {
    const list = places.get(member)
    if (list) list.push(i)
    else places.set(member, [i])
  })
  const shares = new Array<number>(members.length).fill(0)
  const isKnown = add(choice, 1)
  return isKnown ? shares : shares.map(() => null)

  function add(met: Policy, share: number): boolean {
    const here = places.get(met)
    if (here) {
      // Members that are one and the same object have its share together.
      for (const i of here) shares[i] = (shares[i] as number) + share / here.length
      return true
    }
    const policy = overClients(met)
    switch (policy.kind) {
      case 'values':
      case 'fail':
        return true
      case 'all':
        return policy.members.every((member) => add(member, share))
      case 'random': {
        const each = Math.min(1, policy.count / policy.members.length)
        return policy.members.every((member) => add(member, share * each))
      }
      case 'multi':
        return addWeighted(policy.members, policy.weights, policy.largest, share)
      case 'weighted':
        if (policy.exact !== undefined) return policy.exact !== null && addExact(policy.members, policy.exact, share)
        return policy.count === 1
          ? addWeighted(policy.members, policy.weights, policy.total, share)
          : addSeveral(policy, share)
      case 'shift':
        return add(policy.at(input, UNMETERED, undefined).policy, share)
      default:
        return false
    }
  }

  function addWeighted(of: readonly Policy[], weights: readonly number[], whole: number, share: number): boolean {
    return of.every((member, i) => add(member, (share * (weights[i] as number)) / whole))
  }

  function addExact(of: readonly Policy[], weights: readonly bigint[], share: number): boolean {
    const whole = weights.reduce((sum, weight) => sum + weight, 0n)
    return of.every((member, i) => add(member, share * partOf(weights[i] as bigint, whole)))
  }

  /** Draws several by weight: the chances are exact, and take long for many. */
  function addSeveral(policy: Extract<Policy, { kind: 'weighted' }>, share: number): boolean {
    if (policy.members.length > MAX_EXACT) return false
    const markers = policy.members.map(
      (_, i): Policy => ({
        kind: 'values',
        rdatas: [{ text: String(i), bytes: new Uint8Array(), names: [] }],
        stored: [],
      }),
    )
    const { records } = probabilities({ ...policy, members: markers }, input)
    return policy.members.every((member, i) => {
      const chance = records.get(String(i))
      return chance !== null && add(member, share * (chance?.valueOf() ?? 0))
    })
  }
}

/** The bits of a fraction in a number. */
const BITS = 53

/** Divides before it converts: the exact weights of many members are beyond all numbers. */
const partOf = (weight: bigint, whole: bigint): number => Number((weight << BigInt(BITS)) / whole) / 2 ** BITS
