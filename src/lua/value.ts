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

/** How an error message names a value. */
export function describe(value: Value): string {
  switch (value.is) {
    case 'text':
      return `'${value.text}'`
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

/** The text of a number as LuaJIT has it: C's `%.14g`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa, exponentText] = value.toExponential(13).split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent >= -4 && exponent < 14) return withoutTail(value.toFixed(13 - exponent))
  const digits = String(Math.abs(exponent)).padStart(2, '0')
  return `${withoutTail(mantissa)}e${exponent < 0 ? '-' : '+'}${digits}`
}

const withoutTail = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

/** A text or a number as Lua's text; nothing for any other value. */
export function textOf(value: Value): string | undefined {
  if (value.is === 'text') return value.text
  return value.is === 'number' ? formatNumber(value.value) : undefined
}
