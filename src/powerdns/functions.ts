import { parseName, ROOT } from '../dns/index.ts'
import { MAX_HASH_POINTS, MAX_WEIGHT } from '../limits.ts'
import {
  byTables,
  byTexts,
  COPIED,
  hostFunctionsOf,
  integerArgument,
  joinable,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  PARSED,
  type Run,
  tableArgument,
  tableOf,
  textArgument,
  typeOf,
} from '../lua-vm/index.ts'
import { atPoint, buildRing, burtle, nameHash, nextPoint, pickRandom, unorderedMapOrder } from '../policy/index.ts'
import { GEO_FUNCTIONS } from './geo.ts'
import { HEALTH_FUNCTIONS } from './health.ts'
import { drawOne, textsIn, textsOf } from './lists.ts'
import { evaluationOf } from './script-host.ts'

type Args = readonly LuaValue[]

/** No name is longer as a text. */
const MAX_NAME_TEXT = 1024

/** Finding the zone of a name, and the name in it, takes some microseconds even where there is none. */
const STEPS_A_LOOKUP = 16

/** Elements are taken over as they are. */
const LIST = byTables(1, COPIED)
/** Weights are read. */
const WEIGHTED_LIST = byTables(2, COPIED)

/**
 * PowerDNS's functions over what Lua has, for calls whose arguments are computed: the same picks as the answer
 * language's, from the same hashes.
 */
export const SCRIPT_FUNCTIONS: ReadonlyMap<string, LuaFunction> = new Map([
  ...hostFunctionsOf({
    all: [1, LIST, (args, run, name) => tableOf(textsOf(args, 0, name, run), run)],
    dblookup: [2, byTexts(PARSED, STEPS_A_LOOKUP, MAX_NAME_TEXT), dblookup],
    pickchashed: [1, WEIGHTED_LIST, pickchashed],
    pickhashed: [1, LIST, pickhashed],
    picknamehashed: [1, WEIGHTED_LIST, (args, run, name) => pickByHash(args, run, name, 'name-hashed')],
    pickrandom: [1, LIST, (args, run, name) => drawOne(textsOf(args, 0, name, run), run)],
    pickrandomsample: [2, LIST, pickrandomsample],
    pickwhashed: [1, WEIGHTED_LIST, (args, run, name) => pickByHash(args, run, name, 'weighted-hashed')],
    pickwrandom: [1, WEIGHTED_LIST, pickwrandom],
    view: [1, byTables(3, COPIED), view],
  }),
  ...GEO_FUNCTIONS,
  ...HEALTH_FUNCTIONS,
])

function pickhashed(args: Args, run: Run, name: string): LuaValue {
  const texts = textsOf(args, 0, name, run)
  const evaluation = evaluationOf(run)
  const hash = burtle(evaluation.client.bytes)
  const picked = hash % texts.length
  evaluation.tell({ step: 'hashed', hash, of: texts.length, picked })
  return texts[picked]
}

/** None for 0, all for a negative number. */
function pickrandomsample(args: Args, run: Run, name: string): LuaValue {
  const count = integerArgument(args, 0, name, run)
  const texts = textsOf(args, 1, name, run)
  if (count === 0) return new LuaTable()
  const size = count < 0 ? texts.length : Math.min(count, texts.length)
  const picked = pickRandom(texts.length, size, () => run.random())
  evaluationOf(run).tell({ step: 'random', picked, of: texts.length })
  return tableOf(
    picked.map((i) => texts[i]),
    run,
  )
}

// --- by weight ------------------------------------------------------------------------------------------------------

type WeightedTexts = { readonly texts: readonly string[]; readonly weights: readonly number[]; readonly total: number }

/** @param missing what stands for a text that is not there */
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
  run.chargeSteps(total * STEPS_A_POINT)
  const hash = burtle(evaluation.client.bytes)
  const { points, owners } = buildRing(texts, weights, 'octets')
  const index = nextPoint(points, hash)
  const picked = owners[index] as number
  evaluation.tell({ step: 'consistent-hashed', hash, point: points[index] as number, picked })
  return texts[picked]
}

/** A ring of literals is made once; one that is computed is made anew each time. */
const STEPS_A_POINT = 1

// --- by network -----------------------------------------------------------------------------------------------------

/** The first rule whose networks hold the client; nobody's text is empty. */
function view(args: Args, run: Run, name: string): LuaValue {
  const evaluation = evaluationOf(run)
  let branch = 0
  for (const [, rule] of tableArgument(args, 0, name, run).entries(run)) {
    const [networks, answers] = rule instanceof LuaTable ? [rule.get(1), rule.get(2)] : []
    if (!(networks instanceof LuaTable) || !(answers instanceof LuaTable)) {
      throw run.fail(`${name}: a rule is not a pair; expected {{networks}, {answers}}`)
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
  run.chargeSteps(texts.length)
  run.chargeBytes(texts.reduce((sum, data) => sum + data.length, 0))
  return tableOf(texts, run)
}
