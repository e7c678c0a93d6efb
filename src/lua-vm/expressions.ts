import { BYTES } from './budget.ts'
import type { CallSite } from './call-site.ts'
import { concatenate, index, isTruthy, lengthOf, negate, setField } from './operators.ts'
import type { Box, Evaluate, EvaluateAll, Frame, Scope } from './prepared.ts'
import { and, or, prepareBinary } from './prepared-operators.ts'
import { LuaTable } from './table.ts'
import type { CallNode, Expression, TableItem } from './tree.ts'
import { first, HostObject, LuaFunction, type LuaValue } from './value.ts'

/** True for an expression that may have any number of values. */
const isMultiple = (node: Expression | undefined): boolean =>
  Array.isArray(node) && (node[0] === 'call' || node[0] === 'method' || node[0] === '...')

/** Prepares an expression of which one value is wanted. */
export function prepareExpression(node: Expression, scope: Scope, depth: number): Evaluate {
  scope.cost++
  if (depth > scope.stackCost) scope.stackCost = depth
  if (node === null) return () => undefined
  if (typeof node !== 'object') return () => node
  switch (node[0]) {
    case 'local':
      return prepareLocal(node[2], scope)
    case 'upvalue': {
      const at = node[2]
      return (frame) => (frame.upvalues[at] as Box).value
    }
    case 'global': {
      const name = node[2]
      return (frame) => frame.run.global(name)
    }
    case 'index':
      return prepareIndex(node[2], node[3], scope.site(node[1], [node[2]]), scope, depth)
    case 'call':
    case 'method': {
      const call = prepareCall(node, scope, depth)
      return (frame) => first(call(frame))
    }
    case '...':
      return (frame) => frame.varargs[0]
    case '()':
      return prepareExpression(node[2], scope, depth + 1)
    case 'function': {
      const close = scope.close(node[2])
      return (frame) => {
        frame.run.chargeBytes(BYTES.closure)
        return close(frame)
      }
    }
    case '{}':
      return prepareTable(node[2], scope.site(node[1]), scope, depth)
    case 'and':
    case 'or': {
      const operands = node[2].map((operand) => prepareExpression(operand, scope, depth + 1))
      return node[0] === 'and' ? and(operands) : or(operands)
    }
    case '..': {
      const parts = node[2].map((part) => prepareExpression(part, scope, depth + 1))
      const site = scope.site(node[1], node[2])
      return (frame) =>
        concatenate(
          frame.run,
          parts.map((part) => part(frame)),
          site,
        )
    }
    case 'not': {
      const operand = prepareExpression(node[2], scope, depth + 1)
      return (frame) => !isTruthy(operand(frame))
    }
    case 'negate': {
      const operand = prepareExpression(node[2], scope, depth + 1)
      const site = scope.site(node[1], [node[2]])
      return (frame) => {
        const value = operand(frame)
        return typeof value === 'number' ? -value : negate(frame.run, value, site)
      }
    }
    case '#': {
      const operand = prepareExpression(node[2], scope, depth + 1)
      const site = scope.site(node[1], [node[2]])
      return (frame) => lengthOf(operand(frame), site)
    }
    default: {
      const left = prepareExpression(node[2], scope, depth + 1)
      const right = prepareExpression(node[3], scope, depth + 1)
      return prepareBinary(node[0], left, right, scope.site(node[1], [node[2], node[3]]))
    }
  }
}

/** Prepares an expression of which all values are wanted. */
export function prepareAll(node: Expression, scope: Scope, depth: number): EvaluateAll {
  if (Array.isArray(node)) {
    if (node[0] === 'call' || node[0] === 'method') {
      scope.cost++
      return prepareCall(node as CallNode, scope, depth)
    }
    if (node[0] === '...') {
      scope.cost++
      return (frame) => {
        frame.run.chargeSteps(frame.varargs.length >> 2)
        return frame.varargs
      }
    }
  }
  return prepareExpression(node, scope, depth)
}

/** Prepares a list of expressions, the last of which gives all its values. The array made is the taker's. */
export function prepareList(nodes: readonly Expression[], scope: Scope, depth: number): (frame: Frame) => LuaValue[] {
  if (!isMultiple(nodes.at(-1))) {
    const values = nodes.map((node) => prepareExpression(node, scope, depth))
    const [a, b, c] = values as [Evaluate, Evaluate, Evaluate]
    switch (values.length) {
      case 0:
        return () => []
      case 1:
        return (frame) => [a(frame)]
      case 2:
        return (frame) => [a(frame), b(frame)]
      case 3:
        return (frame) => [a(frame), b(frame), c(frame)]
      default:
        return (frame) => values.map((value) => value(frame))
    }
  }
  const leading = nodes.slice(0, -1).map((node) => prepareExpression(node, scope, depth))
  const last = prepareAll(nodes.at(-1) as Expression, scope, depth)
  return (frame) => {
    const list = leading.map((value) => value(frame))
    const rest = last(frame)
    if (!Array.isArray(rest)) list.push(rest as LuaValue)
    else appendTo(list, rest, frame)
    return list
  }
}

function appendTo(list: LuaValue[], values: readonly LuaValue[], frame: Frame): void {
  frame.run.chargeBytes(values.length * BYTES.value)
  frame.run.chargeSteps(values.length >> 2)
  for (const value of values) list.push(value)
}

function prepareLocal(slot: number, scope: Scope): Evaluate {
  if (scope.captured.has(slot)) return (frame) => (frame.slots[slot] as Box).value
  return (frame) => frame.slots[slot] as LuaValue
}

function prepareIndex(object: Expression, key: Expression, site: CallSite, scope: Scope, depth: number): Evaluate {
  const from = prepareExpression(object, scope, depth + 1)
  if (typeof key === 'string') {
    scope.cost++
    return (frame) => {
      const value = from(frame)
      if (value instanceof LuaTable && value.meta === undefined) return value.field(key)
      return index(frame.run, value, key, site)
    }
  }
  const at = prepareExpression(key, scope, depth + 1)
  return (frame) => {
    const value = from(frame)
    const by = at(frame)
    if (typeof by === 'number' && value instanceof LuaTable && value.meta === undefined) return value.get(by)
    return index(frame.run, value, by, site)
  }
}

// --- calls ----------------------------------------------------------------------------------------------------------

const STEPS_A_CALL = 4
/** The stack cost of a list inside an expression. */
const LIST = 3

/** A call gives what the function returned: one value, or a list. */
export function prepareCall(node: CallNode, scope: Scope, depth: number): EvaluateAll {
  scope.cost += STEPS_A_CALL
  return node[0] === 'call' ? prepareFunctionCall(node, scope, depth) : prepareMethodCall(node, scope, depth)
}

function prepareFunctionCall(
  [, at, callee, args]: Extract<CallNode, readonly ['call', ...unknown[]]>,
  scope: Scope,
  depth: number,
): EvaluateAll {
  const from = prepareExpression(callee, scope, depth + 1)
  const list = prepareList(args, scope, depth + LIST)
  const site = scope.site(at, [callee])
  return (frame) => {
    const { run } = frame
    const value = from(frame)
    const values = list(frame)
    if (value instanceof LuaFunction) {
      run.site = site
      return value.call(values, run)
    }
    const handler = run.functionOf(value, values, site)
    run.site = site
    return handler.call(values, run)
  }
}

function prepareMethodCall(
  [, at, object, name, args]: Extract<CallNode, readonly ['method', ...unknown[]]>,
  scope: Scope,
  depth: number,
): EvaluateAll {
  const from = prepareExpression(object, scope, depth + 1)
  const list = prepareList(args, scope, depth + LIST)
  const look = scope.site(at, [object])
  const site: CallSite = { ...look, names: [`method '${name}'`], method: true }
  return (frame) => {
    const { run } = frame
    const value = from(frame)
    const method = value instanceof HostObject ? value.type.methods.get(name) : index(run, value, name, look)
    const values = list(frame)
    values.unshift(value)
    const called = method instanceof LuaFunction ? method : run.functionOf(method, values, site)
    run.site = site
    return called.call(values, run)
  }
}

// --- tables ---------------------------------------------------------------------------------------------------------

const isPair = (item: TableItem): item is readonly ['=', key: Expression, value: Expression] =>
  Array.isArray(item) && item[0] === '='

function prepareTable(items: readonly TableItem[], site: CallSite, scope: Scope, depth: number): Evaluate {
  const bytes = BYTES.table + items.length * BYTES.entry
  const elements = items.filter((item) => !isPair(item)) as Expression[]
  if (elements.length === items.length) {
    const list = prepareList(elements, scope, depth + LIST)
    return (frame) => {
      frame.run.chargeBytes(bytes)
      const table = new LuaTable()
      if (elements.length > 0) table.adopt(list(frame))
      return table
    }
  }
  const last = items.at(-1) as TableItem
  const fields = items.map((item) => {
    if (isPair(item)) return prepareField(item[1], item[2], site, scope, depth)
    const values = item === last ? prepareList([item], scope, depth + LIST) : undefined
    const value = prepareExpression(item, scope, depth + 1)
    return (frame: Frame, _: LuaTable, list: LuaValue[]): void => {
      if (!values) list.push(value(frame))
      else for (const each of values(frame)) list.push(each)
    }
  })
  return (frame) => {
    frame.run.chargeBytes(bytes)
    const table = new LuaTable()
    const list: LuaValue[] = []
    for (const field of fields) field(frame, table, list)
    table.adopt(list)
    return table
  }
}

function prepareField(key: Expression, value: Expression, site: CallSite, scope: Scope, depth: number) {
  const evaluateKey = prepareExpression(key, scope, depth + 1)
  const evaluate = prepareExpression(value, scope, depth + 1)
  return (frame: Frame, table: LuaTable, _: LuaValue[]): void => {
    const at = evaluateKey(frame)
    setField(frame.run, table, at, evaluate(frame), site)
  }
}
