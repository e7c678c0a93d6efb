import type { Expression } from 'luaparse'
import type { Constants } from './constants.ts'
import { foldExpression } from './expression.ts'
import { FoldContext, startOf } from './fold-context.ts'
import { sizeOf, type Value } from './value.ts'

/** An element of a table. A key or a value is undefined where only the query knows it. */
export type Item = {
  readonly key: Value | 'position' | undefined
  readonly value: Value | undefined
  readonly at: number
}

/** Values looked at in one piece of code. A list in a variable may be an argument of many calls. */
const MAX_VALUES = 50_000

/** The values of expressions that are the same for every query: literals, and variables that are never changed. */
export class KnownValues {
  private readonly context: FoldContext
  private left = MAX_VALUES

  /** @param constants the variables of the code; undefined: only literals are known */
  constructor(constants?: Constants) {
    this.context = new FoldContext(undefined, constants)
  }

  valueOf(node: Expression): Value | undefined {
    if (this.left <= 0) return undefined
    const value = foldExpression(node, this.context, 0)
    this.left -= value ? sizeOf(value) : 1
    return value?.is === 'choice' || value?.is === 'sample' ? undefined : value
  }

  /** A table as messages name it; `at` is where it stands in the code. */
  tableAt(node: Expression): Value {
    return this.valueOf(node) ?? { is: 'table', entries: [], at: startOf(node) }
  }

  /** The elements of a table, also of one of which only some elements are known; undefined for anything else. */
  itemsOf(node: Expression): readonly Item[] | undefined {
    if (node.type === 'TableConstructorExpression') {
      return node.fields.map((field) => {
        const value = this.valueOf(field.value)
        const at = startOf(field)
        if (field.type === 'TableValue') return { key: 'position', value, at }
        if (field.type === 'TableKeyString') return { key: { is: 'text', text: field.key.name, at }, value, at }
        return { key: this.valueOf(field.key), value, at }
      })
    }
    const value = this.valueOf(node)
    if (value?.is === 'table')
      return value.entries.map((entry) => ({ key: 'position', value: entry.value, at: value.at }))
    if (value?.is !== 'map') return undefined
    return value.fields.map(({ key, value, at }) => ({ key: { is: 'text', text: key, at }, value, at }))
  }
}
