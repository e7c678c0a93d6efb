import { escapeBytes, parseRdataText, quote, ROOT, splitFields, TYPE, typeName, unescapeText } from '../dns/index.ts'
import type { Expression } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Folding } from './folding.ts'
import { describe, textOf, type Value } from './value.ts'

/** One element of an answer: a text becomes one record's data in presentation format, a choice stays what it is. */
export function toExpression(value: Value, folding: Folding): Expression | undefined {
  if (value.is === 'choice') return value.expression
  const text = textOf(value)
  if (text === undefined) return folding.refuse(value.at, `${describe(value)} is no text; expected one record's data`)
  const record = toRecord(text, folding.type)
  return record.ok ? record.value : folding.refuse(value.at, record.error)
}

/**
 * The data of a record as PowerDNS makes it of Lua's text: TXT wrapped in quotes as it is, every other type read as
 * presentation format in which names are absolute with or without the last dot.
 */
export function toRecord(text: string, type: number): Result<string> {
  if (type === TYPE.TXT) return toStrings(escapeHigh(text))
  if (text === '') return err(`the text is empty; expected ${typeName(type)} data`)
  const rdata = parseRdataText(type, escapeHigh(text), ROOT)
  return rdata.ok ? ok(rdata.value.text) : err(rdata.error.message)
}

/** Quotes inside the text end a string and begin another; a string over 255 octets goes on in a next one. */
function toStrings(text: string): Result<string> {
  const fields = splitFields(`"${text}"`)
  if (!fields.ok || fields.value.some((field) => !field.quoted)) {
    return err(`the quotes inside '${text}' do not pair up; expected \\\\ before each quote, as in '\\\\\\34'`)
  }
  const strings: string[] = []
  for (const field of fields.value) {
    const octets = unescapeText(field.text)
    if (!octets.ok) return octets
    const bytes = Uint8Array.from(octets.value.bytes)
    for (let at = 0; at === 0 || at < bytes.length; at += 255) strings.push(quote(bytes.subarray(at, at + 255)))
  }
  return ok(strings.join(' '))
}

/** Octets above 127 as `\DDD`: presentation text holds characters, and Lua's text is octets. */
const escapeHigh = (octets: string): string =>
  octets.replace(/\\[\s\S]|[\x80-\xff]/g, (found) => {
    const last = found.charCodeAt(found.length - 1)
    return last < 0x80 ? found : escapeBytes([last], '')
  })
