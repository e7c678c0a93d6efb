import { MAX_SCRIPT_LOCALS, MAX_SCRIPT_NESTING, MAX_SCRIPT_NODES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { BINARY, type Tree, UNARY } from './tree.ts'

/**
 * Checks a stored tree, so that a run can rely on its shape: every node, slot, upvalue and loop that another node
 * refers to exists, and every variable is used within its declaration. Documents may be written by hand.
 * @returns the same object, or what is wrong with it and where, such as `main.body[2]`
 */
export function checkTree(value: unknown, count: Count = { nodes: 0, literals: 0 }): Result<Tree> {
  try {
    const fields = fieldsOf(value, ['version', 'lines', 'main'], 'the script')
    if (fields.version !== 1) throw new Wrong('the script has another version; expected 1')
    for (const line of listOf(fields.lines, 'lines')) offset(line, 'lines')
    checkFunction(fields.main, undefined, 'main', 0, count)
    return ok(value as Tree)
  } catch (error) {
    if (error instanceof Wrong) return err(error.message)
    throw error
  }
}

class Wrong {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** The nodes of a tree, and the literals in it, counted while it is checked. */
type Count = { nodes: number; literals: number }

/** The names that code may use at one point of a function. */
type Around = {
  readonly locals: number
  readonly vararg: boolean
  readonly upvalues: number
  readonly visible: Set<number>
  /** `visible` in the order of declaration. */
  readonly order: number[]
  /** The variables declared so far, each with the number of those before it. */
  readonly declared: Map<number, number>
  readonly captured: ReadonlySet<number>
  loops: number
  /** The labels of the blocks around, the innermost last. */
  readonly labels: Labels[]
  readonly count: Count
}

/** The labels of a block. Labels further down have the number of variables declared at each `goto` to them. */
type Labels = Map<number, number[] | 'passed'>

function checkFunction(value: unknown, outer: Around | undefined, path: string, depth: number, count: Count): void {
  const fields = fieldsOf(value, ['parameters', 'vararg', 'locals', 'captured', 'upvalues', 'body'], path)
  const locals = listOf(fields.locals, `${path}.locals`)
  for (const name of locals) if (typeof name !== 'string') throw new Wrong(`${path}.locals: expected names`)
  const parameters = whole(fields.parameters, locals.length, `${path}.parameters`)
  if (typeof fields.vararg !== 'boolean') throw new Wrong(`${path}.vararg: expected true or false`)
  const captured = listOf(fields.captured, `${path}.captured`)
  for (const slot of captured) whole(slot, locals.length - 1, `${path}.captured`)
  const upvalues = listOf(fields.upvalues, `${path}.upvalues`)
  for (const upvalue of upvalues) checkUpvalue(upvalue, outer, `${path}.upvalues`)
  const around: Around = {
    locals: locals.length,
    vararg: fields.vararg,
    upvalues: upvalues.length,
    visible: new Set(),
    order: [],
    declared: new Map(),
    captured: new Set(captured as number[]),
    loops: 0,
    labels: [],
    count,
  }
  for (let slot = 0; slot < parameters; slot++) declare(slot, around, path)
  checkBlock(fields.body, around, `${path}.body`, depth + 1)
}

function checkUpvalue(value: unknown, outer: Around | undefined, path: string): void {
  const [name, of, index, ...more] = listOf(value, path)
  if (typeof name !== 'string' || more.length > 0) throw new Wrong(`${path}: expected [name, "local", slot]`)
  if (of === 'local') {
    const slot = whole(index, (outer?.locals ?? 0) - 1, path)
    if (!outer?.visible.has(slot)) throw new Wrong(`${path}: the variable ${slot} is not declared there`)
    if (!outer.captured.has(slot)) throw new Wrong(`${path}: the variable ${slot} is not among "captured"`)
  } else if (of === 'upvalue') whole(index, (outer?.upvalues ?? 0) - 1, path)
  else throw new Wrong(`${path}: expected "local" or "upvalue"`)
}

function declare(slot: unknown, around: Around, path: string): number {
  const number = whole(slot, around.locals - 1, path)
  if (around.declared.has(number)) throw new Wrong(`${path}: the variable ${number} is declared twice`)
  around.declared.set(number, around.declared.size)
  around.visible.add(number)
  around.order.push(number)
  if (around.visible.size > MAX_SCRIPT_LOCALS) throw new Wrong(`${path}: more than ${MAX_SCRIPT_LOCALS} variables`)
  return number
}

/** Checks a block, whose variables end with it. */
function scoped(around: Around, check: () => void): void {
  const before = around.order.length
  check()
  for (const slot of around.order.splice(before)) around.visible.delete(slot)
}

function looping(around: Around, check: () => void): void {
  around.loops++
  scoped(around, check)
  around.loops--
}

// --- statements -----------------------------------------------------------------------------------------------------

function checkBlock(value: unknown, around: Around, path: string, depth: number): void {
  scoped(around, () => checkStatements(value, around, path, depth))
}

function checkStatements(value: unknown, around: Around, path: string, depth: number, isRepeat = false): void {
  const statements = listOf(value, path)
  const labels: Labels = new Map()
  for (const statement of statements) {
    if (!isLabel(statement)) continue
    if (labels.has(statement[2])) throw new Wrong(`${path}: the label ${statement[2]} stands there twice`)
    labels.set(statement[2], [])
  }
  around.labels.push(labels)
  // No variable is used after a label that ends a block, except in the condition of a repeat.
  let end = statements.length
  while (!isRepeat && end > 0 && isLabel(statements[end - 1])) end--
  statements.forEach((statement, i) => {
    checkStatement(statement, around, `${path}[${i}]`, depth)
    if (isLabel(statement)) pass(statement[2], labels, around, i >= end, path)
  })
  around.labels.pop()
}

const isLabel = (statement: unknown): statement is [sign: 'label', at: number, label: number] =>
  Array.isArray(statement) && statement[0] === 'label'

/** A jump to a label must not skip the declaration of a variable that is visible there. */
function pass(label: number, labels: Labels, around: Around, isEnd: boolean, path: string): void {
  const last = around.declared.get(around.order.at(-1) ?? -1) ?? -1
  for (const declared of labels.get(label) as number[]) {
    if (!isEnd && declared <= last) throw new Wrong(`${path}: "goto" ${label} jumps over a variable`)
  }
  labels.set(label, 'passed')
}

function checkGoto(label: unknown, around: Around, path: string): void {
  const known = around.labels.findLast((labels) => labels.has(label as number))?.get(label as number)
  if (known === undefined) throw new Wrong(`${path}: "goto" to a label that is in no block around`)
  if (known !== 'passed') known.push(around.declared.size)
}

function checkStatement(value: unknown, around: Around, path: string, depth: number): void {
  const node = nodeOf(value, around, path, depth)
  const expressions = (list: unknown) => checkExpressions(list, around, path, depth + 1)
  const expression = (inner: unknown) => checkExpression(inner, around, path, depth + 1)
  switch (node[0]) {
    case 'call':
    case 'method':
      return checkCall(node, around, path, depth)
    case 'declare':
      size(node, 4, path)
      expressions(node[3])
      for (const slot of some(node[2], path)) declare(slot, around, path)
      return
    case 'declare function':
      size(node, 4, path)
      declare(node[2], around, path)
      return checkFunction(node[3], around, path, depth, around.count)
    case 'assign':
      size(node, 4, path)
      for (const target of some(node[2], path)) checkTarget(target, around, path, depth + 1)
      some(node[3], path)
      return expressions(node[3])
    case 'do':
      size(node, 3, path)
      return checkBlock(node[2], around, path, depth + 1)
    case 'while':
      size(node, 4, path)
      expression(node[2])
      return looping(around, () => checkStatements(node[3], around, path, depth + 1))
    case 'repeat':
      size(node, 4, path)
      return looping(around, () => {
        checkStatements(node[2], around, path, depth + 1, true)
        expression(node[3])
      })
    case 'if': {
      size(node, 4, path)
      for (const clause of some(node[2], path)) {
        const pair = listOf(clause, path)
        size(pair, 2, path)
        expression(pair[0])
        checkBlock(pair[1], around, path, depth + 1)
      }
      return checkBlock(node[3], around, path, depth + 1)
    }
    case 'for':
      size(node, 7, path)
      for (const bound of node.slice(3, 6)) expression(bound)
      return looping(around, () => {
        declare(node[2], around, path)
        checkStatements(node[6], around, path, depth + 1)
      })
    case 'for in':
      size(node, 5, path)
      expressions(node[3])
      return looping(around, () => {
        for (const slot of some(node[2], path)) declare(slot, around, path)
        checkStatements(node[4], around, path, depth + 1)
      })
    case 'return':
      size(node, 3, path)
      return expressions(node[2])
    case 'break':
      size(node, 2, path)
      if (around.loops === 0) throw new Wrong(`${path}: "break" outside of a loop`)
      return
    case 'goto':
      size(node, 3, path)
      return checkGoto(node[2], around, path)
    case 'label':
      size(node, 3, path)
      whole(node[2], MAX_SCRIPT_NODES, path)
      return
    default:
      throw new Wrong(`${path}: unknown statement ${shown(node[0])}`)
  }
}

// --- expressions ----------------------------------------------------------------------------------------------------

const OPERATORS: ReadonlySet<unknown> = new Set(BINARY)
const PREFIXES: ReadonlySet<unknown> = new Set(UNARY)

function checkExpressions(value: unknown, around: Around, path: string, depth: number): void {
  for (const expression of listOf(value, path)) checkExpression(expression, around, path, depth)
}

function checkExpression(value: unknown, around: Around, path: string, depth: number): void {
  if (typeof value !== 'object' || value === null) around.count.literals++
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'number') return
  if (typeof value === 'string') return octets(value, path)
  const node = nodeOf(value, around, path, depth)
  const [sign] = node
  switch (sign) {
    case 'local':
    case 'upvalue':
    case 'global':
    case 'index':
      return checkTarget(node, around, path, depth)
    case 'call':
    case 'method':
      return checkCall(node, around, path, depth)
    case '...':
      size(node, 2, path)
      if (!around.vararg) throw new Wrong(`${path}: "..." in a function without it`)
      return
    case 'function':
      size(node, 3, path)
      return checkFunction(node[2], around, path, depth, around.count)
    case '{}':
      size(node, 3, path)
      for (const item of listOf(node[2], path)) checkItem(item, around, path, depth + 1)
      return
    case 'and':
    case 'or':
    case '..':
      size(node, 3, path)
      if (some(node[2], path).length < 2) throw new Wrong(`${path}: expected two operands`)
      return checkExpressions(node[2], around, path, depth + 1)
    case '()':
      size(node, 3, path)
      return checkExpression(node[2], around, path, depth + 1)
    default: {
      if (!PREFIXES.has(sign) && !OPERATORS.has(sign)) throw new Wrong(`${path}: unknown expression ${shown(sign)}`)
      size(node, PREFIXES.has(sign) ? 3 : 4, path)
      return checkExpressions(node.slice(2), around, path, depth + 1)
    }
  }
}

function checkItem(value: unknown, around: Around, path: string, depth: number): void {
  if (!Array.isArray(value) || value[0] !== '=') return checkExpression(value, around, path, depth)
  size(value, 3, path)
  checkExpressions(value.slice(1), around, path, depth)
}

function checkTarget(value: unknown, around: Around, path: string, depth: number): void {
  const node = nodeOf(value, around, path, depth)
  switch (node[0]) {
    case 'local': {
      size(node, 3, path)
      const slot = whole(node[2], around.locals - 1, path)
      if (!around.visible.has(slot)) throw new Wrong(`${path}: the variable ${slot} is not declared there`)
      return
    }
    case 'upvalue':
      size(node, 3, path)
      whole(node[2], around.upvalues - 1, path)
      return
    case 'global':
      size(node, 3, path)
      if (typeof node[2] !== 'string') throw new Wrong(`${path}: expected the name of a global`)
      return octets(node[2], path)
    case 'index':
      size(node, 4, path)
      return checkExpressions(node.slice(2), around, path, depth + 1)
    default:
      throw new Wrong(`${path}: ${shown(node[0])} cannot be assigned to`)
  }
}

function checkCall(node: readonly unknown[], around: Around, path: string, depth: number): void {
  size(node, node[0] === 'method' ? 5 : 4, path)
  checkExpression(node[2], around, path, depth + 1)
  if (node[0] === 'method' && typeof node[3] !== 'string') throw new Wrong(`${path}: expected the name of a method`)
  checkExpressions(node.at(-1), around, path, depth + 1)
}

// --- shapes ---------------------------------------------------------------------------------------------------------

function nodeOf(value: unknown, around: Around, path: string, depth: number): readonly unknown[] {
  const node = listOf(value, path)
  if (depth > MAX_SCRIPT_NESTING) throw new Wrong(`${path.slice(0, 64)}: nests deeper than ${MAX_SCRIPT_NESTING}`)
  if (++around.count.nodes > MAX_SCRIPT_NODES) throw new Wrong(`the script has more than ${MAX_SCRIPT_NODES} nodes`)
  offset(node[1], path)
  return node
}

function fieldsOf<const K extends string>(value: unknown, keys: readonly K[], path: string): Record<K, unknown> {
  const is = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!is || Object.keys(value).length !== keys.length || !keys.every((key) => Object.hasOwn(value, key))) {
    throw new Wrong(`${path}: expected an object with ${keys.map((key) => `"${key}"`).join(', ')}`)
  }
  return value as Record<K, unknown>
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Wrong(`${path}: expected a list`)
  return value
}

function some(value: unknown, path: string): readonly unknown[] {
  const list = listOf(value, path)
  if (list.length === 0) throw new Wrong(`${path}: the list is empty`)
  return list
}

function size(node: readonly unknown[], length: number, path: string): void {
  if (node.length !== length) throw new Wrong(`${path}: ${shown(node[0])} has ${node.length} parts; expected ${length}`)
}

function whole(value: unknown, most: number, path: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
    throw new Wrong(`${path}: expected a number from 0 to ${most}`)
  }
  return value
}

const offset = (value: unknown, path: string): number => whole(value, 2 ** 31 - 1, path)

function octets(text: string, path: string): void {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) throw new Wrong(`${path}: a text has characters that are not octets`)
  }
}

const shown = (sign: unknown): string => (typeof sign === 'string' ? `"${sign.slice(0, 32)}"` : 'without a sign')
