import { parseName, ROOT } from '../dns/index.ts'
import { MAX_HASH_POINTS, MAX_WEIGHT } from '../limits.ts'
import {
  hostFunctionsOf,
  integerArgument,
  joinable,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  type Run,
  tableArgument,
  tableOf,
  textArgument,
  typeOf,
} from '../script/index.ts'
import { buildRing, nextPoint } from './consistent-hashed.ts'
import { evaluationOf } from './evaluation-of.ts'
import { burtle, nameHash, unorderedMapOrder } from './hash.ts'
import { pickRandom } from './random.ts'
import { GEO_FUNCTIONS } from './script-geo.ts'
import { HEALTH_FUNCTIONS } from './script-health.ts'
import { drawOne, textsIn, textsOf } from './script-lists.ts'
import { atPoint } from './weighted.ts'

type Args = readonly LuaValue[]

/**
 * PowerDNS's functions over what Lua has, for calls whose arguments are computed: the same picks as the answer
 * language's, from the same hashes.
 */
export const SCRIPT_FUNCTIONS: ReadonlyMap<string, LuaFunction> = new Map([
  ...hostFunctionsOf(
    {
      ...{ all: 1, dblookup: 2, pickchashed: 1, pickhashed: 1, picknamehashed: 1, pickrandom: 1, pickrandomsample: 2 },
      ...{ pickwhashed: 1, pickwrandom: 1, view: 1 },
    },
    {
      all: (args, run, name) => tableOf(textsOf(args, 0, name, run)),
      dblookup,
      pickchashed,
      pickhashed: (args, run, name) => {
        const texts = textsOf(args, 0, name, run)
        const evaluation = evaluationOf(run)
        const hash = burtle(evaluation.client.bytes)
        const picked = hash % texts.length
        evaluation.tell({ step: 'hashed', hash, of: texts.length, picked })
        return texts[picked]
      },
      picknamehashed: (args, run, name) => pickByHash(args, run, name, 'name-hashed'),
      pickrandom: (args, run, name) => drawOne(textsOf(args, 0, name, run), run),
      pickrandomsample,
      pickwhashed: (args, run, name) => pickByHash(args, run, name, 'weighted-hashed'),
      pickwrandom,
      view,
    },
  ),
  ...GEO_FUNCTIONS,
  ...HEALTH_FUNCTIONS,
])

/** None for 0, all for a negative number. */
function pickrandomsample(args: Args, run: Run, name: string): LuaValue {
  const count = integerArgument(args, 0, name, run)
  const texts = textsOf(args, 1, name, run)
  if (count === 0) return new LuaTable()
  const size = count < 0 ? texts.length : Math.min(count, texts.length)
  const picked = pickRandom(texts.length, size, () => run.random())
  evaluationOf(run).tell({ step: 'random', picked, of: texts.length })
  return tableOf(picked.map((i) => texts[i]))
}

// --- by weight ------------------------------------------------------------------------------------------------------

type WeightedTexts = { readonly texts: readonly string[]; readonly weights: readonly number[]; readonly total: number }

/** @param missing what stands for a text that is not there */
function weightedOf(args: Args, name: string, run: Run, missing?: string): WeightedTexts {
  const texts: string[] = []
  const weights: number[] = []
  for (const [, pair] of tableArgument(args, 0, name, run).entries()) {
    if (!(pair instanceof LuaTable)) throw run.fail(`${name}: a ${typeOf(pair)} has no weight; expected {weight, text}`)
    const text = joinable(pair.get(2) ?? missing)
    if (text === undefined) throw run.fail(`${name}: a weight stands for a ${typeOf(pair.get(2))}; expected a text`)
    weights.push(weightOf(pair.get(1), name, run))
    texts.push(text)
  }
  run.spend(texts.length)
  run.make(16 * texts.length)
  return { texts, weights, total: weights.reduce((sum, weight) => sum + weight, 0) }
}

/** A whole number as PowerDNS reads one: `'15'` and 15.7 are 15. */
function weightOf(value: LuaValue, name: string, run: Run): number {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+(\.\d*)?\s*$/.test(value))
  const weight = isNumber ? Math.trunc(Number(value)) : Number.NaN
  if (weight >= 1 && weight <= MAX_WEIGHT) return weight
  throw run.fail(`${name}: ${joinable(value) ?? `a ${typeOf(value)}`} is not a weight`)
}

function notEmpty({ texts }: WeightedTexts, name: string, run: Run): void {
  if (texts.length === 0) throw run.fail(`${name}: the list is empty`)
}

function pickwrandom(args: Args, run: Run, name: string): LuaValue {
  const list = weightedOf(args, name, run)
  notEmpty(list, name, run)
  const picked = evaluationOf(run).choose(list.weights, list.total)
  const weights = [list.weights[picked] as number]
  evaluationOf(run).tell({ step: 'weighted', picked: [picked], weights, total: list.total })
  return list.texts[picked]
}

function pickByHash(args: Args, run: Run, name: string, step: 'weighted-hashed' | 'name-hashed'): LuaValue {
  // PowerDNS's two functions that hash find an empty text where there is none; the others fail.
  const { texts, weights, total } = weightedOf(args, name, run, '')
  notEmpty({ texts, weights, total }, name, run)
  const evaluation = evaluationOf(run)
  const hash = step === 'name-hashed' ? nameHash(evaluation.qname.key) : burtle(evaluation.client.bytes)
  const point = hash % total
  const picked = atPoint(weights, point, unorderedMapOrder(weights.length))
  evaluation.tell({ step, hash, point, total, picked })
  return texts[picked]
}

/** An empty list gives an empty text, as in PowerDNS. */
function pickchashed(args: Args, run: Run, name: string): LuaValue {
  const { texts, weights, total } = weightedOf(args, name, run)
  const evaluation = evaluationOf(run)
  if (texts.length === 0) return ''
  if (total > MAX_HASH_POINTS) throw run.fail(`${name}: the weights add up to ${total}, more than ${MAX_HASH_POINTS}`)
  run.spend(total * STEPS_A_POINT)
  const hash = burtle(evaluation.client.bytes)
  const { points, owners } = buildRing(texts, weights, 'octets')
  const index = nextPoint(points, hash)
  const picked = owners[index] as number
  evaluation.tell({ step: 'consistent-hashed', hash, point: points[index] as number, picked })
  return texts[picked]
}

/** A ring of literals is made once; one that is computed is made anew each time. */
const STEPS_A_POINT = 4

// --- by network -----------------------------------------------------------------------------------------------------

/** The first rule whose networks hold the client; nobody's text is empty. */
function view(args: Args, run: Run, name: string): LuaValue {
  const evaluation = evaluationOf(run)
  let branch = 0
  for (const [, rule] of tableArgument(args, 0, name, run).entries()) {
    const [networks, answers] = rule instanceof LuaTable ? [rule.get(1), rule.get(2)] : []
    if (!(networks instanceof LuaTable) || !(answers instanceof LuaTable)) {
      throw run.fail(`${name}: a rule is no pair; expected {{networks}, {answers}}`)
    }
    if (evaluation.isIn(networks, name, run)) {
      const texts = textsIn(answers, name, run)
      if (texts.length === 0) throw run.fail(`${name}: the list of answers is empty`)
      const { scope } = evaluation
      evaluation.tell({ step: 'view', matched: joinable(networks.get(1)) ?? '', branch, scope })
      return texts.length === 1 ? texts[0] : drawOne(texts, run)
    }
    branch++
  }
  evaluation.tell({ step: 'view', matched: null, branch: 'otherwise', scope: evaluation.scope })
  return ''
}

// --- data -----------------------------------------------------------------------------------------------------------

/** The static records of a name in any zone that is served here, as texts. No LUA record is among them. */
function dblookup(args: Args, run: Run, name: string): LuaValue {
  const text = textArgument(args, 0, name, run)
  // PowerDNS reads an unsigned number of 16 bits.
  const type = integerArgument(args, 1, name, run) & 0xffff
  const parsed = text.length > MAX_NAME_TEXT ? undefined : parseName(text, ROOT)
  if (!parsed?.ok) return new LuaTable()
  const texts = evaluationOf(run).data(parsed.value, type)
  run.spend(texts.length)
  run.make(texts.reduce((sum, data) => sum + data.length, 0))
  return tableOf(texts)
}

const MAX_NAME_TEXT = 1024
