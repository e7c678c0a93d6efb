import { oneOf } from '../did-you-mean.ts'
import type { Call } from './call.ts'
import { decodeUtf8 } from './key.ts'
import { describe, type Field, textOf, type Value } from './value.ts'

/**
 * Reads the last argument of a health check, option by option. An invalid option is reported, and read as if it were
 * absent. Values may be texts or numbers; PowerDNS makes texts of them.
 */
export class OptionReader {
  private readonly call: Call
  private readonly fields: Map<string, Field>
  private readonly known: string[] = []

  constructor(value: Value | undefined, call: Call) {
    this.call = call
    this.fields = new Map(fieldsOf(value, call).map((field) => [field.key, field]))
  }

  text(name: string): { readonly text: string; readonly at: number } | undefined {
    const field = this.take(name)
    const text = field && this.textIn(field)
    return field && text !== undefined ? { text, at: field.value.at } : undefined
  }

  /** One of some words. */
  oneOf<const T extends string>(name: string, words: readonly T[]): T | undefined {
    const given = this.text(name)
    const found = words.find((word) => word === given?.text)
    if (given && found === undefined)
      this.refuse(given, `is not a valid ${name}`, words.map((word) => `'${word}'`).join(' or '))
    return found
  }

  whole(name: string, least: number, most: number): number | undefined {
    const given = this.text(name)
    if (!given) return undefined
    const number = /^\d+$/.test(given.text) ? Number(given.text) : undefined
    if (number !== undefined && number >= least && number <= most) return number
    return this.refuse(given, `is not a valid ${name}`, `a whole number from ${least} to ${most}`)
  }

  /** A text for a header: a line break would end the header. */
  line(name: string): string | undefined {
    const given = this.text(name)
    return given && this.withoutBreaks(given)
  }

  /** Headers, whose names PowerDNS lets Lua write with `_`. */
  headers(name: string): Readonly<Record<string, string>> | undefined {
    const field = this.take(name)
    if (!field) return undefined
    const { value } = field
    if (value.is !== 'map' && !(value.is === 'table' && value.entries.length === 0)) {
      return this.call.context.refuse(value.at, `${describe(value)} is not a table of headers; expected ${HEADERS}`)
    }
    const headers = new Map<string, string>()
    for (const one of value.is === 'map' ? value.fields : []) {
      const header = one.key.replaceAll('_', '-')
      const text = this.textIn(one)
      if (!HEADER_NAME.test(header)) {
        this.call.context.refuse(one.at, `'${one.key}' is not a valid name of a header; expected ${HEADERS}`)
        continue
      }
      const line = text === undefined ? undefined : this.withoutBreaks({ text, at: one.value.at })
      if (line !== undefined) headers.set(header, line)
    }
    return headers.size > 0 ? Object.fromEntries(headers) : undefined
  }

  refuse({ text, at }: { text: string; at: number }, what: string, expected: string): undefined {
    return this.call.context.refuse(at, `'${text}' ${what}; expected ${expected}`)
  }

  warn(at: number, message: string): void {
    this.call.context.warn(at, message)
  }

  /** Warns of options that nobody has read. */
  end(): void {
    for (const { key, at, value } of this.fields.values()) {
      if (value.is === 'boolean') this.textIn({ key, at, value })
      else this.warn(at, `${this.call.name} ignores the option ${key}; expected ${oneOf(key, this.known)}`)
    }
  }

  private take(name: string): Field | undefined {
    this.known.push(name)
    const field = this.fields.get(name)
    this.fields.delete(name)
    return field
  }

  private textIn({ key, value }: Field): string | undefined {
    const octets = textOf(value)
    const text = octets === undefined ? undefined : decodeUtf8(octets)
    if (text !== undefined) return text
    const why =
      value.is === 'boolean'
        ? `a boolean makes PowerDNS fail; expected a text, as in ${key}='true'`
        : `${describe(value)} is not a text; expected one in UTF-8, as in ${key}='…'`
    return this.call.context.refuse(value.at, why)
  }

  private withoutBreaks(given: { text: string; at: number }): string | undefined {
    if (!/[\r\n\0]/.test(given.text)) return given.text
    return this.refuse(
      { ...given, text: given.text.replace(/[\r\n\0]/g, '?') },
      'has a line break',
      'a text in one line',
    )
  }
}

const HEADERS = "one like headers={X_Probe='1'}"
/** RFC 9110 §5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^`|~0-9A-Za-z-]+$/

function fieldsOf(value: Value | undefined, call: Call): readonly Field[] {
  if (!value || value.is === 'nil' || (value.is === 'table' && value.entries.length === 0)) return []
  if (value.is === 'map') return value.fields
  if (value.is === 'table' && value.entries.every((entry) => entry.value.is !== 'boolean')) {
    call.context.warn(value.at, `${call.name} ignores a list in place of its options; expected ${call.usage}`)
    return []
  }
  call.context.refuse(value.at, `${describe(value)} is not a table of options; expected ${call.usage}`)
  return []
}
