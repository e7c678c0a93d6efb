import * as v from 'valibot'
import { MAX_ASKED_OCTETS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { object } from '../schema.ts'
import { type CheckDocument, checkSchema } from './check.ts'
import { compileCheck } from './compile.ts'
import type { ProbeCondition, StalePolicy } from './condition.ts'

/**
 * A check that stands in no zone document: a script computed it out of a query. It is known from the first such query
 * on. Plain data: an isolate tells it to a Durable Object.
 */
export type AskedCheck = {
  /** The origin of the zone whose script asked, without the final dot, as in `Checks`. */
  readonly zone: string
  /** The check, written out. Only a check that is probed: nobody pushes to a target that only a query knows. */
  readonly check: CheckDocument
  /** The target: an address or a host name, with or without a port, like the `target` of a pool's member. */
  readonly target: string
}

const KINDS: readonly CheckDocument['kind'][] = ['tcp', 'tls', 'http', 'https']

const ZONE = 'expected the origin of a zone'
const TARGET = 'expected an address or a host name'
const askedSchema = object({
  zone: v.pipe(v.string(ZONE), v.minLength(1, ZONE)),
  check: checkSchema,
  target: v.pipe(v.string(TARGET), v.minLength(1, TARGET)),
}) as unknown as v.GenericSchema<unknown, AskedCheck>

/** Reads an asked check from the text that `formatAsked` makes. */
export function parseAsked(text: unknown): Result<AskedCheck> {
  if (typeof text !== 'string' || !isShortEnough(text))
    return err(`the check is not a text of at most ${MAX_ASKED_OCTETS} octets; expected a shorter one`)
  const value = parseJson(text)
  if (value === undefined) return err('the check is not JSON; expected { "zone", "check", "target" }')
  const parsed = v.safeParse(askedSchema, value)
  return parsed.success ? ok(parsed.output) : err(`the check is not valid: ${parsed.issues[0].message}`)
}

/** The condition of an asked check. Its probe has the id that the same check of the same target has in a document. */
export function askedCondition({ zone, check, target }: AskedCheck, stale: StalePolicy): Result<ProbeCondition> {
  if (!KINDS.includes(check.kind))
    return err(`a check of kind ${check.kind} cannot come from a query; expected ${KINDS.join(', ')}`)
  const condition = compileCheck(check, undefined, target, { zone, named: {}, stale })
  if (!condition.ok) return condition
  if (condition.value.kind === 'probe') return ok(condition.value)
  return err('the check consults other checks; expected one that is probed')
}

/** The text that an asked check is told and kept as. */
export const formatAsked = ({ zone, check, target }: AskedCheck): string => JSON.stringify({ zone, check, target })

/** Returns whether a text may be told: isolates, and the object that keeps it, hold many. */
export const isShortEnough = (text: string): boolean =>
  text.length <= MAX_ASKED_OCTETS && new TextEncoder().encode(text).length <= MAX_ASKED_OCTETS

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
