import { MAX_EXACT_ADMISSION_WORK } from '../../limits.ts'
import type { Ring } from '../ring.ts'

/** The units in which a part of the clients is counted. */
export const UNITS = 1000

/**
 * A member of a choice by a hash. `share`: of 1000 clients those that have it in their choice, 1000 if it is not coming
 * back.
 */
export type Admitted = { readonly weight: number; readonly share: number }

/**
 * Returns the chance of each member over all clients, as whole numbers in proportion: each member is in the choice of a
 * client by itself, with its share, and the choice is by the weights of those that are in; by all of them if none is.
 * Members are not enumerated, of which 40 could be in 2^40 sets: members that share a number are counted together.
 * @param by a ring, whose owners are numbers of the members; else true if weights count
 * @returns null if it takes too long
 */
export function weightsOverClients(members: readonly Admitted[], by: Ring | boolean): readonly bigint[] | null {
  if (typeof by !== 'boolean') return onRing(members, by)
  return byWeight(by ? members : members.map((one) => ({ ...one, weight: 1 })))
}

const UNIT = BigInt(UNITS)

const isComing = ({ share }: Admitted): boolean => share < UNITS

// --- by weight ------------------------------------------------------------------------------------------------------

/** A member with a weight of 0 is chosen only if none with another one is in. Then all that are in are equal. */
function byWeight(members: readonly Admitted[]): readonly bigint[] | null {
  const heavy = partOf(members.map((one) => (one.weight > 0 ? one : undefined)))
  const light = partOf(members.map((one) => (one.weight > 0 ? undefined : { ...one, weight: 1 })))
  if (!heavy || !light) return null
  const total = members.reduce((sum, { weight }) => sum + BigInt(weight), 0n)
  // If no member is in, all of them are.
  const [nobody, ofAll] = [heavy.none * light.none, total === 0n ? BigInt(members.length) : total]
  return members.map(({ weight }, i) => {
    const own =
      weight > 0
        ? (heavy.weights[i] as bigint) * light.unit * light.denominator
        : (light.weights[i] as bigint) * heavy.none * heavy.denominator
    const byDefault = total === 0n ? 1n : BigInt(weight)
    return own * ofAll + nobody * byDefault * heavy.denominator * light.denominator
  })
}

/**
 * The chances of some of the members while only these are there. `none` of `unit` is the chance that none is in, and a
 * weight of `unit * denominator` that of a member.
 */
type Part = {
  readonly none: bigint
  readonly unit: bigint
  readonly weights: readonly (bigint | undefined)[]
  readonly denominator: bigint
}

/** The chances of the sums of the weights that are in, in the same unit for all. */
type Sums = ReadonlyMap<number, bigint>

function partOf(members: readonly (Admitted | undefined)[]): Part | null {
  const present = members.filter((one) => one !== undefined)
  const coming = present.filter(isComing)
  const scale = present.reduce((divisor, { weight }) => gcd(divisor, weight), 0) || 1
  const base = present.reduce((sum, one) => sum + (isComing(one) ? 0 : one.weight / scale), 0)
  const sums = sumsOf(coming, scale)
  if (!sums) return null
  const totals = [...sums.keys()].map((sum) => base + sum).filter((total) => total > 0)
  const denominator = totals.reduce((multiple, total) => lcm(multiple, BigInt(total)), 1n)
  const chanceIn = (of: Sums, more: number): bigint => {
    let chance = 0n
    for (const [sum, ways] of of) if (base + sum + more > 0) chance += (ways * denominator) / BigInt(base + sum + more)
    return chance
  }
  const known = new Map<string, bigint>()
  const weightOf = ({ weight, share }: Admitted): bigint => {
    const own = weight / scale
    const without = share < UNITS ? sumsWithout(sums, own, share) : sums
    return BigInt(own) * (share < UNITS ? BigInt(share) * chanceIn(without, own) : chanceIn(sums, 0))
  }
  return {
    none: base > 0 ? 0n : (sums.get(0) as bigint),
    unit: UNIT ** BigInt(coming.length),
    denominator,
    weights: members.map((one) => {
      if (!one) return undefined
      const id = `${one.weight} ${one.share}`
      const weight = known.get(id) ?? weightOf(one)
      known.set(id, weight)
      return weight
    }),
  }
}

/** Returns null if there are too many sums. */
function sumsOf(coming: readonly Admitted[], scale: number): Sums | null {
  let sums: Sums = new Map([[0, 1n]])
  for (const { weight, share } of coming) {
    if (sums.size * coming.length > MAX_EXACT_ADMISSION_WORK) return null
    const next = new Map<number, bigint>()
    for (const [sum, ways] of sums) {
      next.set(sum, (next.get(sum) ?? 0n) + ways * BigInt(UNITS - share))
      const more = sum + weight / scale
      next.set(more, (next.get(more) ?? 0n) + ways * BigInt(share))
    }
    sums = next
  }
  return sums
}

/** Takes a member out of the sums again. Each division leaves nothing. */
function sumsWithout(sums: Sums, weight: number, share: number): Sums {
  const without = new Map<number, bigint>()
  for (const sum of [...sums.keys()].sort((a, b) => a - b)) {
    const ways = (sums.get(sum) as bigint) - BigInt(share) * (without.get(sum - weight) ?? 0n)
    if (ways > 0n) without.set(sum, ways / BigInt(UNITS - share))
  }
  return without
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

function lcm(multiple: bigint, number: bigint): bigint {
  let [a, b] = [multiple % number, number]
  while (a > 0n) [a, b] = [b % a, a]
  return (multiple / b) * number
}

// --- on a ring ------------------------------------------------------------------------------------------------------

/**
 * A client goes to the first owner behind its hash that is in its choice: past some that are not, to one that is. So
 * the chance is a product for each owner that follows a point, up to the first that is in every choice.
 */
function onRing(members: readonly Admitted[], { points, owners }: Ring): readonly bigint[] | null {
  const coming = members.filter(isComing).length
  const powers = Array.from({ length: coming + 1 }, (_, i) => UNIT ** BigInt(i))
  const weights = new Array<bigint>(members.length).fill(0n)
  // Most points are those of members that are in every choice.
  const certain = new Array<number>(members.length).fill(0)
  let work = 0
  const add = (owner: number, chance: bigint): void => {
    weights[owner] = (weights[owner] as bigint) + chance
  }
  const following = new Following(members)
  // The owners that follow the last point are those of the first ones.
  for (let i = points.length - 1; i >= 0; i--) following.comesFirst(owners[i] as number)
  for (let i = points.length - 1; i >= 0; i--) {
    following.comesFirst(owners[i] as number)
    const length = (points[i] as number) - (i > 0 ? (points[i - 1] as number) : (points.at(-1) as number) - 2 ** 32)
    const first = following.owners[0] as number
    if (!isComing(members[first] as Admitted)) {
      certain[first] = (certain[first] as number) + length
      continue
    }
    work += following.owners.length
    if (work > MAX_EXACT_ADMISSION_WORK) return null
    let left = BigInt(length)
    let passed = 0
    for (const owner of following.owners) {
      const { share } = members[owner] as Admitted
      if (share >= UNITS) add(owner, left * (powers[coming - passed] as bigint))
      else {
        passed++
        add(owner, left * BigInt(share) * (powers[coming - passed] as bigint))
      }
      left *= BigInt(UNITS - Math.min(UNITS, share))
    }
    // If no member is in, all of them are.
    add(first, left)
  }
  return weights.map((weight, i) => weight + BigInt(certain[i] as number) * (powers[coming] as bigint))
}

/** The owners that follow a point of a ring, each once, up to the first that is in every choice. It goes backwards. */
class Following {
  private readonly members: readonly Admitted[]
  owners: readonly number[] = []

  constructor(members: readonly Admitted[]) {
    this.members = members
  }

  comesFirst(owner: number): void {
    if (this.owners[0] === owner) return
    const isLast = !isComing(this.members[owner] as Admitted)
    this.owners = isLast ? [owner] : [owner, ...this.owners.filter((one) => one !== owner)]
  }
}
