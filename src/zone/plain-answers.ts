import {
  cutString,
  type Name,
  parseRdata,
  parseType,
  type Rdata,
  splitFields,
  storableType,
  TYPE,
} from '../dns/index.ts'
import { MAX_RRSET_BYTES, MAX_SHARED_RECORDS } from '../limits.ts'
import { type Expression, joined, type Policy, type Values } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { maxOctets } from './answer-size.ts'

/** A record, and a warning about its text. */
type TextRecord = { readonly rdata: Rdata; readonly warning: string | undefined }

/** Returns the record that a text of a document is. @param origin the origin of relative names in it */
export function textRecord(type: number, text: string, origin: Name): Result<TextRecord> {
  const fields = splitFields(text)
  if (!fields.ok) return fields
  if (type === TYPE.TXT && fields.value.length > 1 && fields.value.some((field) => !field.quoted)) {
    return err(unquoted(text, fields.value))
  }
  const rdata = parseRdata(type, fields.value, origin)
  if (!rdata.ok) return err(rdata.error.message)
  return ok({ rdata: rdata.value, warning: cutString(type, fields.value)?.message })
}

/**
 * Tells of words without quotes, which may be one string or several, with the text that was meant most likely, as JSON
 * has it.
 */
function unquoted(text: string, fields: readonly { readonly text: string; readonly quoted: boolean }[]): string {
  const found = `the text ${JSON.stringify(text)} has`
  if (!fields.some(({ quoted }) => quoted)) {
    return `${found} spaces outside quotes; expected it in quotes: ${JSON.stringify(`"${text}"`)} in JSON`
  }
  const each = fields.map((field) => `"${field.text}"`).join(' ')
  return `${found} strings with and without quotes; expected each in quotes: ${JSON.stringify(each)} in JSON`
}

/**
 * Compiles texts and lists of texts, which nearly all answers are, without the context that other answers need. Rrsets
 * with the same text share its record.
 */
export class PlainAnswers {
  private readonly origin: Name
  private readonly types = new Map<string, Result<number>>()
  private readonly shared = new Map<number, Map<string, Values>>()

  constructor(origin: Name) {
    this.origin = origin
  }

  /** Returns the type with this mnemonic, or why a zone cannot have it. */
  type(mnemonic: string): Result<number> {
    const known = this.types.get(mnemonic)
    if (known) return known
    const parsed = parseType(mnemonic)
    const type = parsed.ok ? storableType(parsed.value) : parsed
    if (this.types.size < MAX_SHARED_RECORDS) this.types.set(mnemonic, type)
    return type
  }

  /**
   * Returns the policy of an answer, or undefined for an answer that takes `compile`: it is of another form, or has an
   * error or a warning, or its type has rules for the number of records.
   */
  policy(type: number, answer: Expression): Policy | undefined {
    if (typeof answer === 'string') return this.values(type, answer)
    if (!Array.isArray(answer) || answer.length === 0 || NEEDS_ONE.has(type)) return undefined
    const lists: Values[] = []
    for (const text of answer) {
      const values = typeof text === 'string' ? this.values(type, text) : undefined
      if (!values) return undefined
      lists.push(values)
    }
    const policy = joined(lists)
    return maxOctets(policy) <= MAX_RRSET_BYTES ? policy : undefined
  }

  private values(type: number, text: string): Values | undefined {
    const shared = this.sharedOf(type)
    const known = shared.get(text)
    if (known) return known
    const record = textRecord(type, text, this.origin)
    if (!record.ok || record.value.warning !== undefined) return undefined
    const { rdata } = record.value
    // Most texts of a document are canonical: then the record has no text of its own.
    const values: Values = { kind: 'values', rdatas: [rdata.text === text ? { ...rdata, text } : rdata] }
    if (maxOctets(values) > MAX_RRSET_BYTES) return undefined
    if (shared.size >= MAX_SHARED_RECORDS) shared.clear()
    shared.set(text, values)
    return values
  }

  private sharedOf(type: number): Map<string, Values> {
    let shared = this.shared.get(type)
    if (!shared) {
      shared = new Map()
      this.shared.set(type, shared)
    }
    return shared
  }
}

/** The types that have one record in an answer. */
const NEEDS_ONE: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.DNAME, TYPE.ALIAS])
