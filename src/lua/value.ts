import { formatNumber } from '../lua-vm/index.ts'
import type { Expression } from '../policy/index.ts'

/** A value of Lua code while it is folded. `at` is its offset in the code. */
export type Value = { readonly at: number } & (
  | { readonly is: 'text' /** Octets, one character each. */; readonly text: string }
  | { readonly is: 'number'; readonly value: number }
  /** A text that is chosen for each query. */
  | { readonly is: 'choice'; readonly expression: Expression; readonly by: string }
  /** A list of `least` to `most` texts, chosen for each query. */
  | {
      readonly is: 'sample'
      readonly expression: Expression
      readonly by: string
      readonly least: number
      readonly most: number
    }
  /** A known list, in the order of its keys and without nils. `by` is the function that made it, if any. */
  | { readonly is: 'table'; readonly entries: readonly Entry[]; readonly by?: string }
  /** A table with texts as keys, in the order of the code and without nils: at least one. */
  | { readonly is: 'map'; readonly fields: readonly Field[] }
  | { readonly is: 'nil' | 'boolean' }
)

export type Entry = { readonly key: number; readonly value: Value }
/** `at` is the offset of the key. */
export type Field = { readonly key: string; readonly value: Value; readonly at: number }

/** Returns true if the value is the same for every query. */
export function isKnown(value: Value): boolean {
  if (value.is === 'table') return value.entries.every((entry) => isKnown(entry.value))
  if (value.is === 'map') return value.fields.every((field) => isKnown(field.value))
  return value.is !== 'choice' && value.is !== 'sample'
}

/** Returns the number of values in a value, itself included. */
export function sizeOf(value: Value): number {
  if (value.is !== 'table' && value.is !== 'map') return 1
  const known = sizes.get(value)
  if (known !== undefined) return known
  const parts = value.is === 'table' ? value.entries : value.fields
  const size = parts.reduce((sum, part) => sum + sizeOf(part.value), 1)
  sizes.set(value, size)
  return size
}

const sizes = new WeakMap<Value, number>()

/** Returns the value with one offset for all of it. */
export function relocated(value: Value, at: number): Value {
  if (value.is === 'table') {
    return { ...value, at, entries: value.entries.map((entry) => ({ ...entry, value: relocated(entry.value, at) })) }
  }
  if (value.is === 'map') {
    return { ...value, at, fields: value.fields.map((field) => ({ ...field, at, value: relocated(field.value, at) })) }
  }
  return { ...value, at }
}

/** Returns the beginning of a text, for a message. */
export const shown = (text: string): string =>
  text.length > MAX_SHOWN_CHARS ? `'${text.slice(0, MAX_SHOWN_CHARS)}…'` : `'${text}'`

const MAX_SHOWN_CHARS = 40

/** Returns the name of a value in a message. */
export function describe(value: Value): string {
  switch (value.is) {
    case 'text':
      return shown(value.text)
    case 'number':
      return formatNumber(value.value)
    case 'choice':
      return `what ${value.by} gives, a text,`
    case 'sample':
      return `what ${value.by} gives, a list,`
    case 'table':
      return value.by ? `what ${value.by} gives, a list,` : 'a table'
    case 'map':
      return 'a table with texts as keys'
    case 'nil':
      return 'nil'
    case 'boolean':
      return 'a boolean'
  }
}

/** Returns a text or a number as Lua's text; undefined for any other value. */
export function textOf(value: Value): string | undefined {
  if (value.is === 'text') return value.text
  return value.is === 'number' ? formatNumber(value.value) : undefined
}
