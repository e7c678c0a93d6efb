import { formatNumber } from '../lua-vm/index.ts'
import type { Expression } from '../policy/index.ts'

/** What Lua code has while it is folded. `at` is where it stands in the code. */
export type Value = { readonly at: number } & (
  | { readonly is: 'text' /** Octets, one character each. */; readonly text: string }
  | { readonly is: 'number'; readonly value: number }
  /** A text that each query chooses. */
  | { readonly is: 'choice'; readonly expression: Expression; readonly by: string }
  /** A list that each query chooses, of `least` to `most` texts. */
  | {
      readonly is: 'sample'
      readonly expression: Expression
      readonly by: string
      readonly least: number
      readonly most: number
    }
  /** A list that is known: in the order of its keys, without nils. `by` is the function that made it, if one did. */
  | { readonly is: 'table'; readonly entries: readonly Entry[]; readonly by?: string }
  /** A table whose keys are texts, in the order in which they are written, without nils: at least one. */
  | { readonly is: 'map'; readonly fields: readonly Field[] }
  | { readonly is: 'nil' | 'boolean' }
)

export type Entry = { readonly key: number; readonly value: Value }
/** `at` is where the key stands. */
export type Field = { readonly key: string; readonly value: Value; readonly at: number }

/** Whether it is the same for every query. */
export function isKnown(value: Value): boolean {
  if (value.is === 'table') return value.entries.every((entry) => isKnown(entry.value))
  if (value.is === 'map') return value.fields.every((field) => isKnown(field.value))
  return value.is !== 'choice' && value.is !== 'sample'
}

/** How many values it is made of. */
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

/** The same as if all of it stood at one place. */
export function relocated(value: Value, at: number): Value {
  if (value.is === 'table') {
    return { ...value, at, entries: value.entries.map((entry) => ({ ...entry, value: relocated(entry.value, at) })) }
  }
  if (value.is === 'map') {
    return { ...value, at, fields: value.fields.map((field) => ({ ...field, at, value: relocated(field.value, at) })) }
  }
  return { ...value, at }
}

/** A text in an error message: a few words of it. */
export const shown = (text: string): string =>
  text.length > MAX_SHOWN_CHARS ? `'${text.slice(0, MAX_SHOWN_CHARS)}…'` : `'${text}'`

const MAX_SHOWN_CHARS = 40

/** How an error message names a value. */
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

/** A text or a number as Lua's text; nothing for any other value. */
export function textOf(value: Value): string | undefined {
  if (value.is === 'text') return value.text
  return value.is === 'number' ? formatNumber(value.value) : undefined
}
