import * as v from 'valibot'
import { MAX_ASKED_OCTETS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { object } from '../schema.ts'
import { type AskedCheck, isShortEnough } from './asked.ts'
import { type CheckDocument, checkSchema } from './check.ts'
import { compileCheck } from './compile.ts'
import type { ProbeCondition, StalePolicy } from './condition.ts'
import { KINDS, type Kind } from './kinds/index.ts'

const FOR_QUERIES: readonly CheckDocument['kind'][] = (Object.keys(KINDS) as Kind[]).filter(
  (kind) => KINDS[kind].isForQueries,
)

const ZONE = 'expected the origin of a zone'
const TARGET = 'expected an address or a host name'
const askedSchema = object({
  zone: v.pipe(v.string(ZONE), v.minLength(1, ZONE)),
  check: checkSchema,
  target: v.pipe(v.string(TARGET), v.minLength(1, TARGET)),
}) as unknown as v.GenericSchema<unknown, AskedCheck>

/** Parses an asked check from the text that `formatAsked` makes. */
export function parseAsked(text: unknown): Result<AskedCheck> {
  if (typeof text !== 'string' || !isShortEnough(text))
    return err(`the check is not a text of at most ${MAX_ASKED_OCTETS} octets; expected a shorter one`)
  const value = parseJson(text)
  if (value === undefined) return err('the check is not JSON; expected { "zone", "check", "target" }')
  const parsed = v.safeParse(askedSchema, value)
  return parsed.success ? ok(parsed.output) : err(`the check is not valid: ${parsed.issues[0].message}`)
}

/** Compiles an asked check. Its probe has the same id as an equal check of the same target in a document. */
export function askedCondition({ zone, check, target }: AskedCheck, stale: StalePolicy): Result<ProbeCondition> {
  if (!FOR_QUERIES.includes(check.kind))
    return err(`a check of kind ${check.kind} cannot come from a query; expected ${FOR_QUERIES.join(', ')}`)
  const condition = compileCheck(check, undefined, target, { zone, named: {}, stale })
  if (!condition.ok) return condition
  if (condition.value.kind === 'probe') return ok(condition.value)
  return err('the check consults other checks; expected one that is probed')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
