import { err, ok, type Result } from '../result.ts'
import type { Budget } from './budget.ts'
import type { TargetState } from './target-state.ts'
import type { Round, Vantage } from './vantage.ts'
import { fromRow, isTime } from './vantage-row.ts'

/** The texts before the rows and behind them. */
export const TARGETS = ',"targets":{'
export const END = '}}'

/** Parses a whole health document, in any form of JSON, and refuses it if any known field is not valid. */
export function parseVantage(text: string): Result<Vantage> {
  const value = parseObject(text)
  if (!value.ok) return value
  const { targets: rows } = value.value
  if (!isObject(rows)) return invalidVantage('it has no targets')
  const fields = fieldsOf(value.value)
  if (!fields.ok) return fields
  const targets = new Map<string, TargetState>()
  for (const [id, row] of Object.entries(rows)) {
    const state = fromRow(row)
    if (!state) return invalidVantage(`the row of ${id} is damaged`)
    targets.set(id, state)
  }
  return ok({ ...fields.value, targets })
}

/** Parses the fields of a document without its targets, as `{ "name", "at", … }`. */
export function parseFields(text: string): Result<Omit<Vantage, 'targets'>> {
  const value = parseObject(text)
  return value.ok ? fieldsOf(value.value) : value
}

/** Returns the error of a damaged document. */
export const invalidVantage = (why: string) =>
  err(`the health document is not valid: ${why}; expected { "name", "at", "targets" }`)

type JsonObject = Readonly<Record<string, unknown>>

function parseObject(text: string): Result<JsonObject> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? ok(value) : invalidVantage('it has no targets')
  } catch (error) {
    return invalidVantage((error as Error).message)
  }
}

/** Reads the known fields. A damaged `seq`, `budget` or `round` is left out. */
function fieldsOf({ name, at, seq, budget, round }: JsonObject): Result<Omit<Vantage, 'targets'>> {
  if (typeof name !== 'string' || typeof at !== 'number' || !isTime(at, 1))
    return invalidVantage('its "name" or "at" is missing or not valid')
  return ok({
    name,
    at,
    ...(isNumber(seq) && { seq }),
    ...(isBudget(budget) && { budget }),
    ...(isRound(round) && { round }),
  })
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns true for the number of a report: a safe integer, so that a larger one can follow. */
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const isBudget = (value: unknown): value is Budget =>
  isObject(value) && typeof value.tokens === 'number' && typeof value.at === 'number'

const isRound = (value: unknown): value is Round =>
  isObject(value) &&
  isTime(value.at, 1) &&
  ['ms', 'due', 'probed', 'left'].every((field) => typeof value[field] === 'number')
