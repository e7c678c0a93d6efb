import type { Block, Expression, FunctionNode, Statement, TableItem, Target, Tree } from '../lua-vm/index.ts'

/** The functions that replace operations on values: their names are not valid in Lua. */
export const STEP = {
  index: 'step index',
  call: 'step call',
  method: 'step method',
  test: 'step test',
  join: 'step join',
  negate: 'step negate',
  length: 'step length',
  object: 'step object',
  key: 'step key',
  range: 'step range',
  iterate: 'step iterate',
} as const

/** The name of the function that replaces an operator of two operands. */
export const binaryStep = (operator: string): string => `step ${operator}`

/**
 * The same code, in which every step that depends on a value is a call of a global function. So a value that only a
 * query knows can be an operand anywhere, and the functions decide which way the code takes. The Lua machine runs the
 * result like any other script.
 */
export const withSteps = (tree: Tree): Tree => ({ ...tree, main: functionNode(tree.main) })

const functionNode = (node: FunctionNode): FunctionNode => ({ ...node, body: block(node.body) })

const block = (statements: Block): Block => statements.map(statement)

function statement(node: Statement): Statement {
  switch (node[0]) {
    case 'call':
    case 'method':
      return expression(node) as Statement
    case 'declare':
      return ['declare', node[1], node[2], list(node[3])]
    case 'declare function':
      return ['declare function', node[1], node[2], functionNode(node[3])]
    case 'assign':
      return ['assign', node[1], node[2].map(target), list(node[3])]
    case 'do':
      return ['do', node[1], block(node[2])]
    case 'while':
      return ['while', node[1], test(node[2], node[1]), block(node[3])]
    case 'repeat':
      return ['repeat', node[1], block(node[2]), test(node[3], node[1])]
    case 'if':
      return [
        'if',
        node[1],
        node[2].map(([condition, body]) => [test(condition, node[1]), block(body)] as const),
        block(node[3]),
      ]
    case 'for': {
      const [, at, slot, from, to, by, body] = node
      const bounds = [expression(from), expression(to), one(expression(by), at)]
      return ['for in', at, [slot], [step(STEP.range, at, bounds)], block(body)]
    }
    case 'for in':
      return ['for in', node[1], node[2], [step(STEP.iterate, node[1], list(node[3]))], block(node[4])]
    case 'return':
      return ['return', node[1], list(node[2])]
    case 'break':
    case 'goto':
    case 'label':
      return node
  }
}

function target(node: Target): Target {
  if (node[0] !== 'index') return node
  const [, at, object, key] = node
  return ['index', at, step(STEP.object, at, [single(object, at)]), step(STEP.key, at, [single(key, at)])]
}

const list = (nodes: readonly Expression[]): Expression[] => nodes.map(expression)

const step = (name: string, at: number, args: readonly Expression[]): Expression => [
  'call',
  at,
  ['global', at, name],
  args,
]

/** The first value of what may have several. */
const one = (node: Expression, at: number): Expression => (Array.isArray(node) ? ['()', at, node as Expression] : node)
const single = (node: Expression, at: number): Expression => one(expression(node), at)

const test = (node: Expression, at: number): Expression => step(STEP.test, placeOf(node, at), [single(node, at)])

const placeOf = (node: Expression, at: number): number => (Array.isArray(node) ? (node[1] as number) : at)

function expression(node: Expression): Expression {
  if (node === null || typeof node !== 'object') return node
  switch (node[0]) {
    case 'local':
    case 'upvalue':
    case 'global':
    case '...':
      return node
    case 'index':
      return step(STEP.index, node[1], [single(node[2], node[1]), single(node[3], node[1])])
    case 'call': {
      const [, at, callee, args] = node
      return step(STEP.call, at, [args.length === 0 ? single(callee, at) : expression(callee), ...list(args)])
    }
    case 'method': {
      const [, at, object, name, args] = node
      return step(STEP.method, at, [expression(object), name, ...list(args)])
    }
    case '()':
      return ['()', node[1], expression(node[2])]
    case 'function':
      return ['function', node[1], functionNode(node[2])]
    case '{}':
      return ['{}', node[1], node[2].map((item) => tableItem(item, node[1]))]
    case 'and':
    case 'or': {
      const [kind, at, operands] = node
      const last = operands.length - 1
      return [kind, at, operands.map((operand, i) => (i < last ? test(operand, at) : expression(operand)))]
    }
    case '..':
      return step(
        STEP.join,
        node[1],
        node[2].map((part) => single(part, node[1])),
      )
    case 'not':
      return ['not', node[1], test(node[2], node[1])]
    case 'negate':
      return step(STEP.negate, node[1], [single(node[2], node[1])])
    case '#':
      return step(STEP.length, node[1], [single(node[2], node[1])])
    default:
      return step(binaryStep(node[0]), node[1], [single(node[2], node[1]), single(node[3], node[1])])
  }
}

const isPair = (item: TableItem): item is readonly ['=', key: Expression, value: Expression] =>
  Array.isArray(item) && item[0] === '='

const tableItem = (item: TableItem, at: number): TableItem =>
  isPair(item) ? ['=', step(STEP.key, at, [single(item[1], at)]), expression(item[2])] : expression(item)
