import type { Expression } from 'luaparse'

/**
 * Returns the operands of a chain of one operator, which nests deeply on one side: `and` and `or` on the left, `..` on
 * the right. Parentheses on that side change nothing.
 */
export function operandsOf(
  node: Expression,
  type: 'LogicalExpression' | 'BinaryExpression',
  operator: string,
  side: 'left' | 'right',
): Expression[] {
  const operands: Expression[] = []
  let rest = node
  while (rest.type === type && rest.operator === operator) {
    operands.push(side === 'left' ? rest.right : rest.left)
    rest = side === 'left' ? rest.left : rest.right
  }
  operands.push(rest)
  return side === 'left' ? operands.reverse() : operands
}

/** luaparse's types leave out the ranges that it is asked for. */
export const endOf = (node: Expression): number => (node as Expression & { range: [number, number] }).range[1]

/** The offset of the next character after white space and comments. */
export function skipSpace(source: string, from: number): number {
  let at = from
  for (;;) {
    while (/[ \t\n\v\f\r]/.test(source[at] ?? 'x')) at++
    if (!source.startsWith('--', at)) return at
    const [bracket, level] = /^\[(=*)\[/.exec(source.slice(at + 2, at + 256)) ?? []
    const close = bracket === undefined ? '\n' : `]${level}]`
    const end = source.indexOf(close, at)
    at = end < 0 ? source.length : end + close.length
  }
}

/** True for an expression that may have any number of values. */
export const isMultiple = (node: Expression): boolean =>
  ['CallExpression', 'TableCallExpression', 'StringCallExpression', 'VarargLiteral'].includes(node.type)
