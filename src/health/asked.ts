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
  /** The origin of the zone whose script asked, in lower case and without the final dot (`.` for the root). */
  readonly zone: string
  /** The check, written out. Only a check that is probed: nobody pushes to a target that only a query knows. */
  readonly check: CheckDocument
  /** What is probed: an address or a host name, with or without a port, like a `target` of a pool's member. */
  readonly target: string
}

const KINDS: readonly CheckDocument['kind'][] = ['tcp', 'tls', 'http', 'https']

const TARGET = 'expected an address or a host name'
const askedSchema = object({
  zone: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ASKED_OCTETS)),
  check: checkSchema,
  target: v.pipe(v.string(TARGET), v.minLength(1, TARGET)),
}) as unknown as v.GenericSchema<unknown, AskedCheck>

/**
 * Reads an asked check from its JSON text, and the condition that a pool would have for it. Its probe has the id that
 * the same check of the same target has in a document.
 */
export function parseAsked(text: string, stale: StalePolicy): Result<ProbeCondition> {
  if (octetsOf(text) > MAX_ASKED_OCTETS)
    return err(`the check is longer than ${MAX_ASKED_OCTETS} octets of JSON; expected a shorter one`)
  const value = valueOf(text)
  const parsed = v.safeParse(askedSchema, value)
  if (!parsed.success) return err(`the check is not valid: ${parsed.issues[0].message}`)
  return askedCondition(parsed.output, stale)
}

/** The condition of an asked check. */
export function askedCondition({ zone, check, target }: AskedCheck, stale: StalePolicy): Result<ProbeCondition> {
  if (!KINDS.includes(check.kind))
    return err(`a check of kind ${check.kind} cannot be asked for by a query; expected ${KINDS.join(', ')}`)
  const condition = compileCheck(check, undefined, target, { zone, named: {}, stale })
  if (!condition.ok) return condition
  if (condition.value.kind === 'probe') return ok(condition.value)
  return err('the check consults other checks; expected one that is probed')
}

/** The text that an asked check is told and kept as. */
export const formatAsked = ({ zone, check, target }: AskedCheck): string => JSON.stringify({ zone, check, target })

const octetsOf = (text: string): number => new TextEncoder().encode(text).length

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
