import type { Expression, Identifier } from 'luaparse'
import { type Gives, givenBy } from '../powerdns/index.ts'
import { operandsOf } from './script-syntax.ts'

/** The method that gives the text of an object. */
const TEXTS: Partial<Record<Gives, string>> = {
  address: 'toString',
  name: 'toString',
  network: 'toString',
  type: 'getName',
}
const COMPARISONS = new Set(['==', '~=', '<', '<=', '>', '>='])

/**
 * Explains why the value of an expression is never a record, whoever asks; undefined if it may be one.
 * @param isOwn returns true if the code gives a global of PowerDNS's another meaning
 */
export function whyNoRecord(node: Expression, isOwn: (use: Identifier) => boolean): string | undefined {
  const boolean = (what: string, as: string): string =>
    `${what} gives true or false, which is not a record; expected texts, as in ${as} and '192.0.2.1' or '192.0.2.2'`
  switch (node.type) {
    case 'UnaryExpression':
      return node.operator === 'not' ? boolean('not', 'not …') : undefined
    case 'BinaryExpression':
      return COMPARISONS.has(node.operator) ? boolean(node.operator, `… ${node.operator} …`) : undefined
    case 'FunctionDeclaration':
      return 'a function is not a record; expected a call of it, as in (function() … end)()'
    case 'LogicalExpression': {
      // `and` gives its last operand, or one that is false or nil, which is not a record.
      if (node.operator === 'and') return whyNoRecord(node.right, isOwn)
      const reasons = operandsOf(node, 'LogicalExpression', 'or', 'left').map((inner) => whyNoRecord(inner, isOwn))
      return reasons.every((reason) => reason !== undefined) ? reasons.at(-1) : undefined
    }
    case 'Identifier':
    case 'CallExpression':
    case 'TableCallExpression':
    case 'StringCallExpression': {
      const base = node.type === 'Identifier' ? node : node.base
      if (base.type !== 'Identifier' || isOwn(base)) return undefined
      const { name } = base
      const isCall = node !== base
      const gives = givenBy(name, isCall ? 'function' : 'variable')
      const use = isCall ? `${name}(…)` : name
      if (gives === 'true or false') return boolean(name, use)
      const method = gives && TEXTS[gives]
      return method && `${name} gives an object, which is not a record; expected its text, as ${use}:${method}()`
    }
    default:
      return undefined
  }
}
