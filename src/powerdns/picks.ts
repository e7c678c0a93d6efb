import { MAX_HASH_POINTS, MAX_WEIGHT } from '../limits.ts'
import {
  integerArgument,
  joinable,
  LuaTable,
  type LuaValue,
  type Run,
  tableArgument,
  tableOf,
  typeOf,
} from '../lua-vm/index.ts'
import { buildRing } from '../policy/build-ring.ts'
import {
  atPoint,
  burtle,
  consistentStep,
  nameHash,
  nextPoint,
  pickRandom,
  unorderedMapOrder,
} from '../policy/query-path.ts'
import { drawOne, textsOf } from './lists.ts'
import { evaluationOf } from './script-host.ts'

type Args = readonly LuaValue[]

/** `all`: the texts of a list, as a list of its own. */
export const all = (args: Args, run: Run, name: string): LuaTable => tableOf(textsOf(args, 0, name, run), run)

export const pickrandom = (args: Args, run: Run, name: string): string => drawOne(textsOf(args, 0, name, run), run)

export function pickhashed(args: Args, run: Run, name: string): LuaValue {
  const texts = textsOf(args, 0, name, run)
  const evaluation = evaluationOf(run)
  const hash = burtle(evaluation.client.bytes)
  const picked = hash % texts.length
  evaluation.trace?.push({ step: 'hashed', hash, of: texts.length, picked })
  return texts[picked]
}

/** `pickrandomsample`: no texts for 0, all for a negative number. */
export function pickrandomsample(args: Args, run: Run, name: string): LuaValue {
  const count = integerArgument(args, 0, name, run)
  const texts = textsOf(args, 1, name, run)
  if (count === 0) return new LuaTable()
  const size = count < 0 ? texts.length : Math.min(count, texts.length)
  const picked = pickRandom(texts.length, size, () => run.random())
  evaluationOf(run).trace?.push({ step: 'random', picked, of: texts.length })
  return tableOf(
    picked.map((i) => texts[i]),
    run,
  )
}

// --- by weight ------------------------------------------------------------------------------------------------------

type WeightedTexts = { readonly texts: readonly string[]; readonly weights: readonly number[]; readonly total: number }

/** @param missing the text in place of one that is absent */
function weightedOf(args: Args, name: string, run: Run, missing?: string): WeightedTexts {
  const texts: string[] = []
  const weights: number[] = []
  for (const [, pair] of tableArgument(args, 0, name, run).entries(run)) {
    if (!(pair instanceof LuaTable)) throw run.fail(`${name}: a ${typeOf(pair)} has no weight; expected {weight, text}`)
    const text = joinable(pair.get(2) ?? missing)
    if (text === undefined) throw run.fail(`${name}: a weight stands for a ${typeOf(pair.get(2))}; expected a text`)
    weights.push(weightOf(pair.get(1), name, run))
    texts.push(text)
  }
  run.chargeBytes(16 * texts.length)
  return { texts, weights, total: weights.reduce((sum, weight) => sum + weight, 0) }
}

const MAX_SHOWN_CHARS = 64

/** A whole number as PowerDNS reads one: `'15'` and 15.7 are 15. */
function weightOf(value: LuaValue, name: string, run: Run): number {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+(\.\d*)?\s*$/.test(value))
  const weight = isNumber ? Math.trunc(Number(value)) : Number.NaN
  if (weight >= 1 && weight <= MAX_WEIGHT) return weight
  throw run.fail(`${name}: ${joinable(value)?.slice(0, MAX_SHOWN_CHARS) ?? `a ${typeOf(value)}`} is not a weight`)
}

function notEmpty({ texts }: WeightedTexts, name: string, run: Run): void {
  if (texts.length === 0) throw run.fail(`${name}: the list is empty`)
}

export function pickwrandom(args: Args, run: Run, name: string): LuaValue {
  const list = weightedOf(args, name, run)
  notEmpty(list, name, run)
  const picked = evaluationOf(run).choose(list.weights, list.total)
  const weights = [list.weights[picked] as number]
  evaluationOf(run).trace?.push({ step: 'weighted', picked: [picked], weights, total: list.total })
  return list.texts[picked]
}

export const pickwhashed = (args: Args, run: Run, name: string): LuaValue =>
  pickByHash(args, run, name, 'weighted-hashed')

export const picknamehashed = (args: Args, run: Run, name: string): LuaValue =>
  pickByHash(args, run, name, 'name-hashed')

function pickByHash(args: Args, run: Run, name: string, step: 'weighted-hashed' | 'name-hashed'): LuaValue {
  // PowerDNS's two functions that hash find an empty text where there is none; the others fail.
  const { texts, weights, total } = weightedOf(args, name, run, '')
  notEmpty({ texts, weights, total }, name, run)
  const evaluation = evaluationOf(run)
  const hash = step === 'name-hashed' ? nameHash(evaluation.qname.key) : burtle(evaluation.client.bytes)
  const point = hash % total
  const picked = atPoint(weights, point, unorderedMapOrder(weights.length))
  evaluation.trace?.push({ step, hash, point, total, picked })
  return texts[picked]
}

/** `pickchashed`: an empty list gives an empty text, as in PowerDNS. */
export function pickchashed(args: Args, run: Run, name: string): LuaValue {
  const { texts, weights, total } = weightedOf(args, name, run)
  const evaluation = evaluationOf(run)
  if (texts.length === 0) return ''
  if (total > MAX_HASH_POINTS) throw run.fail(`${name}: the weights add up to ${total}, more than ${MAX_HASH_POINTS}`)
  run.chargeSteps(total * STEPS_A_POINT)
  const hash = burtle(evaluation.client.bytes)
  const { points, owners } = buildRing(texts, weights, 'octets')
  const index = nextPoint(points, hash)
  const picked = owners[index] as number
  evaluation.trace?.push(consistentStep(hash, points[index] as number, picked))
  return texts[picked]
}

/** The steps to make a ring point. A ring of literals is made once, a computed one in each evaluation. */
const STEPS_A_POINT = 1
