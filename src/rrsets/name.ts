import { type Name, parseName } from '../dns/index.ts'
import { err, type Result } from '../result.ts'
import { clipped, unprocessable } from './refusal.ts'
import type { Refusal } from './types.ts'

/** Reads a name as PowerDNS's API wants it: absolute. It is in small letters from here on. */
export function canonicalName(text: string): Result<Name, Refusal> {
  if (!text.endsWith('.'))
    return unprocessable(`DNS Name '${clipped(text)}' is not canonical; expected a dot at its end`)
  // An international name is written as A-labels: it would be given back so.
  if (!/^[\x21-\x7e]+$/.test(text)) return unprocessable(`Name '${clipped(text)}' contains unsupported characters`)
  const name = parseName(text.toLowerCase())
  if (!name.ok) return unprocessable(`Unable to parse DNS Name '${clipped(text)}': ${name.error}`)
  return name
}

/**
 * Reads the name of a zone or of a new rrset, which has characters of host names, `_`, `/` and a first label `*` alone.
 */
export function plainName(text: string): Result<Name, Refusal> {
  const name = canonicalName(text)
  const odd = name.ok ? unsupported(text) : undefined
  return odd ?? name
}

/** Returns the refusal of a name with other characters. */
export function unsupported(text: string): { readonly ok: false; readonly error: Refusal } | undefined {
  if (/^(\*\.)?[\w/.-]*$/.test(text)) return undefined
  return unprocessable(`Name '${clipped(text)}' contains unsupported characters`)
}

/** The id of a zone in URLs: its name, with characters outside `[A-Za-z0-9.-]` as `=XX`. */
export function zoneIdOf(name: string): string {
  if (name === '.') return '=2E'
  return name.replace(/[^A-Za-z0-9.-]/g, (character) => {
    return `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

/** Reads the id of a zone, with or without its final dot. */
export function zoneOfId(id: string): Result<Name, Refusal> {
  if (/=(?![0-9A-F]{2})/.test(id) || id === '') {
    return err({
      status: 400,
      error: `Invalid zone id '${clipped(id)}'; expected two capital hexadecimal digits after =`,
    })
  }
  const text = id.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return canonicalName(text.endsWith('.') ? text : `${text}.`)
}
