import Fraction from 'fraction.js'
import type { Rdata } from '../dns/index.ts'
import { type Input, type Policy, probabilities } from '../policy/index.ts'

/** An exact probability; null where it takes too long to compute. */
export type Chance = Fraction | null

type Asked = Omit<Input, 'random'>

/** What one rrset can come to: `failure` (SERVFAIL) takes all records with it, `empty` is NODATA. */
export type RecordChances = {
  readonly records: ReadonlyMap<string, Chance>
  readonly failure: Chance
  readonly empty: Chance
}

/**
 * The chance of each record to be in the answer, with failures taken into account: `probabilities` asked of the same
 * policy with other leaves. A leaf that fails is marked with every record's mark, so that what is counted is "this
 * record or a failure"; the failures alone are then taken away.
 */
export function recordChances(policy: Policy, asked: Asked): RecordChances {
  const texts = [...probabilities(policy, asked).keys()]
  const marked = withLeaves(policy, (leaf) => {
    if (leaf.kind === 'fail') return marks([FAILURE, ANYTHING, ...texts.map(recordMark)])
    if (leaf.rdatas.length === 0) return marks([EMPTY])
    return marks([ANYTHING, ...leaf.rdatas.map((rdata) => recordMark(rdata.text))])
  })
  const chances = probabilities(marked, asked)
  const chanceOf = (mark: string): Chance => (chances.has(mark) ? (chances.get(mark) as Chance) : ZERO)
  const failure = chanceOf(FAILURE)
  return {
    records: new Map(texts.map((text) => [text, minus(chanceOf(recordMark(text)), failure)])),
    failure,
    empty: chances.has(EMPTY) ? minus(ONE, chanceOf(ANYTHING)) : ZERO,
  }
}

const FAILURE = 'failure'
const EMPTY = 'empty'
const ANYTHING = 'anything'
const recordMark = (text: string): string => `record ${text}`

/** The chance of each record to be the first: where a CNAME policy gives several, the first is its target. */
export function targetChances(policy: Policy, asked: Asked): readonly { rdata: Rdata; chance: Chance }[] {
  const targets = new Map<string, { rdata: Rdata; chance: Chance }>()
  for (const { rdata, chance } of firsts(policy, asked)) {
    targets.set(rdata.text, { rdata, chance: sum(targets.get(rdata.text)?.chance, chance) })
  }
  return [...targets.values()]
}

function firsts(policy: Policy, asked: Asked): { rdata: Rdata; chance: Chance }[] {
  if (policy.kind === 'fail') return []
  if (policy.kind === 'values') return policy.rdatas.slice(0, 1).map((rdata) => ({ rdata, chance: ONE }))
  const members = policy.members.map((member) => recordChances(member, asked))
  if (policy.kind === 'all') {
    // The first of a member counts if those before it gave nothing and those after it do not fail.
    return policy.members.flatMap((member, i) => {
      const before = members.slice(0, i).reduce<Chance>((product, { empty }) => times(product, empty), ONE)
      const after = members.slice(i + 1).map(({ failure }) => minus(ONE, failure))
      const share = after.reduce<Chance>(times, before)
      return firsts(member, asked).map(({ rdata, chance }) => ({ rdata, chance: times(chance, share) }))
    })
  }
  // Of several draws the first decides, unless it may give nothing or a later one may spoil it.
  const several = 'count' in policy && policy.count > 1
  const certain = members.every(({ failure, empty }) => isZero(failure) && isZero(empty))
  const drawn = { ...policy, members: policy.members.map((_, i) => marks([String(i)])), ...(several && { count: 1 }) }
  const shares = probabilities(drawn, asked)
  return policy.members.flatMap((member, i) => {
    const share = shares.has(String(i)) ? (shares.get(String(i)) as Chance) : ZERO
    if (isZero(share)) return []
    return firsts(member, asked).map(({ rdata, chance }) => ({
      rdata,
      chance: several && !certain ? null : times(chance, share),
    }))
  })
}

type Leaf = Extract<Policy, { kind: 'values' | 'fail' }>

function withLeaves(policy: Policy, replace: (leaf: Leaf) => Policy): Policy {
  if (policy.kind === 'values' || policy.kind === 'fail') return replace(policy)
  return { ...policy, members: policy.members.map((member) => withLeaves(member, replace)) }
}

const marks = (texts: readonly string[]): Policy => ({
  kind: 'values',
  rdatas: texts.map((text) => ({ bytes: NO_BYTES, names: [], text })),
})
const NO_BYTES = new Uint8Array()

// --- arithmetic with the unknown ------------------------------------------------------------------------------------

const ZERO = new Fraction(0)
const ONE = new Fraction(1)

const isZero = (chance: Chance): boolean => chance?.equals(ZERO) ?? false

/** What cannot happen stays impossible, whatever the other chance is. */
export function times(a: Chance, b: Chance): Chance {
  if (isZero(a) || isZero(b)) return ZERO
  return a === null || b === null ? null : a.mul(b)
}
/** @param soFar undefined before the first */
export function sum(soFar: Chance | undefined, chance: Chance): Chance {
  if (soFar === undefined) return chance
  return soFar === null || chance === null ? null : soFar.add(chance)
}
export const minus = (a: Chance, b: Chance): Chance => (a === null || b === null ? null : a.sub(b))
