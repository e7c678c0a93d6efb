import { rdataFromOctets } from '../dns/index.ts'
import type { Expression } from '../policy/index.ts'
import { ok, type Result } from '../result.ts'
import type { FoldContext } from './fold-context.ts'
import { describe, textOf, type Value } from './value.ts'

/** One element of an answer: a text becomes one record's data in presentation format, a choice stays what it is. */
export function toExpression(value: Value, context: FoldContext): Expression | undefined {
  if (value.is === 'choice') return value.expression
  const text = textOf(value)
  if (text === undefined)
    return context.refuse(value.at, `${describe(value)} is not a text; expected one record's data`)
  const record = toRecord(text, context.type)
  return record.ok ? record.value : context.refuse(value.at, record.error)
}

/** @param type undefined if a script uses the text, which then stays as it is */
export function toRecord(text: string, type: number | undefined): Result<string> {
  if (type === undefined) return ok(text)
  const rdata = rdataFromOctets(type, text)
  return rdata.ok ? ok(rdata.value.text) : rdata
}
