import type { Expression, Member } from '../policy/index.ts'
import type { FoldedName } from '../powerdns/index.ts'
import { toExpression } from './answer.ts'
import type { Call, Fold } from './call.ts'
import type { FoldContext } from './fold-context.ts'
import { HEALTH_FOLDS } from './health.ts'
import { keyText } from './key.ts'
import { listOf, type Weighted, weightedListOf, wholeNumber } from './lists.ts'
import type { Entry, Value } from './value.ts'
import { view } from './view.ts'

/** The folds of functions, by name. The compiler refuses a function whose row folds, and that has none here. */
export const FOLDS: { readonly [N in FoldedName]: Fold } = {
  all,
  pickchashed,
  pickhashed: (args, call) => pickFrom(args, call, 'hashed'),
  picknamehashed: (args, call) => pickByWeight(args, call, 'name-hashed'),
  pickrandom: (args, call) => pickFrom(args, call, 'random'),
  pickrandomsample,
  pickwhashed: (args, call) => pickByWeight(args, call, 'weighted-hashed'),
  pickwrandom: (args, call) => pickByWeight(args, call, 'weighted'),
  view: ([rules], call) => view(rules as Value, call),
  ...HEALTH_FOLDS,
}

/** True if calls of the function are folded. */
export const isFolded = (name: string): name is FoldedName => Object.hasOwn(FOLDS, name)

/** Gives one element of the list. A single one needs no choice. */
function pickFrom([list]: readonly Value[], call: Call, kind: 'random' | 'hashed'): Value | undefined {
  const entries = listOf(list as Value, call)
  if (!entries) return undefined
  if (entries.length === 1) return entries[0]?.value
  const of = elements(entries, call.context)
  return of && choice(call, { kind, of })
}

/** Gives every element. The list is known, so that it can be another function's argument. */
function all([list]: readonly Value[], call: Call): Value | undefined {
  const entries = listOf(list as Value, call)
  return entries && { is: 'table', entries, by: call.name, at: call.at }
}

/** Gives `n` elements; none for 0, all for a negative number. */
function pickrandomsample([number, list]: readonly Value[], call: Call): Value | undefined {
  const n = wholeNumber(number as Value)
  const entries = listOf(list as Value, call)
  if (n === undefined) {
    const { at, is } = number as Value
    if (is !== 'choice') call.context.refuse(at, 'the sample size is not a number; expected one like 2')
  }
  const of = entries && elements(entries, call.context)
  if (n === undefined || !of) return undefined
  const size = n < 0 ? of.length : Math.min(n, of.length)
  const isChoice = size > 0 && size < of.length
  const expression = isChoice ? call.context.marked(call.at, { kind: 'random', of, count: size }) : of.slice(0, size)
  return { is: 'sample', expression, by: call.name, at: call.at, least: size, most: size }
}

function pickByWeight(
  [list]: readonly Value[],
  call: Call,
  kind: 'weighted' | 'weighted-hashed' | 'name-hashed',
): Value | undefined {
  const members = weightedListOf(list as Value, call)?.map((item) => member(item, call.context))
  return members?.every((item) => item !== undefined) ? choice(call, { kind, members }) : undefined
}

/** Hashes the texts themselves: each has to be known, and keeps its spelling in the code. */
function pickchashed([list]: readonly Value[], call: Call): Value | undefined {
  const members = weightedListOf(list as Value, call)?.map((item) => {
    const made = member(item, call.context)
    const key = keyText(item.value, call)
    if (!made || key === undefined) return undefined
    return key === made.answer ? made : { ...made, key }
  })
  return members?.every((item) => item !== undefined) ? choice(call, { kind: 'consistent-hashed', members }) : undefined
}

function choice(call: Call, expression: Expression & object): Value {
  return { is: 'choice', expression: call.context.marked(call.at, expression), by: call.name, at: call.at }
}

function member({ weight, value }: Weighted, context: FoldContext): Member | undefined {
  const answer = toExpression(value, context)
  return answer === undefined ? undefined : { weight, answer }
}

function elements(entries: readonly Entry[], context: FoldContext): Expression[] | undefined {
  const expressions = entries.map((entry) => toExpression(entry.value, context))
  return expressions.every((expression) => expression !== undefined) ? expressions : undefined
}
