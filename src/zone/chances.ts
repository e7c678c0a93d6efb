import Fraction from 'fraction.js'
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
