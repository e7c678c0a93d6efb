import { ok, type Result } from '../result.ts'
import { clipped, unprocessable } from './refusal.ts'
import type { Refusal } from './types.ts'

/**
 * Members of a client's JSON, read as PowerDNS reads them: unknown members are ignored, and `null` is like a member
 * that is not there. The errors have PowerDNS's words.
 */

export type Fields = Readonly<Record<string, unknown>>

/** Returns the members of an object, and none of any other value. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** Returns the value of a member, or undefined for `null`. */
const member = (fields: Fields, key: string): unknown => {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined
  return value === null ? undefined : value
}

export function textOf(fields: Fields, key: string): Result<string, Refusal> {
  const value = member(fields, key)
  if (typeof value !== 'string') return unprocessable(`Key '${key}' not present or not a String`)
  // A lone surrogate has no UTF-8, and would come back as another text.
  if (!value.isWellFormed())
    return unprocessable(`Key '${key}' is not valid UTF-8; expected text without lone surrogates`)
  return ok(value)
}

export const optionalText = (fields: Fields, key: string): Result<string | undefined, Refusal> =>
  member(fields, key) === undefined ? ok(undefined) : textOf(fields, key)

export function optionalFlag(fields: Fields, key: string): Result<boolean | undefined, Refusal> {
  const value = member(fields, key)
  if (value === undefined || typeof value === 'boolean') return ok(value)
  return unprocessable(`Key '${key}' not present or not a Bool`)
}

/** Reads a number, or a text of one, as clients send it. A fraction is cut off. */
export function optionalNumber(fields: Fields, key: string, max: number): Result<number | undefined, Refusal> {
  const value = member(fields, key)
  if (value === undefined) return ok(undefined)
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,20}$/.test(value))
  if (!isNumber) return unprocessable(`Key '${key}' not an Integer or not present`)
  const exact = Number(value)
  if (exact >= 0 && exact < max + 1) return ok(Math.trunc(exact))
  return unprocessable(`Key '${key}' is out of range: ${clipped(String(value))}; expected 0 to ${max}`)
}

export function number(fields: Fields, key: string, max: number): Result<number, Refusal> {
  const value = optionalNumber(fields, key, max)
  if (!value.ok) return value
  return value.value === undefined ? unprocessable(`Key '${key}' not an Integer or not present`) : ok(value.value)
}

/** Returns the list that a member is, or undefined for any other value, which counts as absent. */
export function listOf(fields: Fields, key: string): readonly unknown[] | undefined {
  const value = member(fields, key)
  return Array.isArray(value) ? value : undefined
}

/** Reads a list that may be absent. */
export function optionalList(fields: Fields, key: string): Result<readonly unknown[] | undefined, Refusal> {
  const value = member(fields, key)
  if (value === undefined || Array.isArray(value)) return ok(value)
  return unprocessable(`Key '${key}' not an Array or not present`)
}

/** Reads a list of texts. */
export function optionalTexts(
  fields: Fields,
  key: string,
  max: number,
): Result<readonly string[] | undefined, Refusal> {
  const value = member(fields, key)
  if (value === undefined) return ok(undefined)
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' && item.isWellFormed()))
    return unprocessable(`Key '${key}' not an Array of Strings`)
  if (value.length > max) return unprocessable(`Key '${key}' has ${value.length} items; expected at most ${max}`)
  return ok(value as readonly string[])
}
