import { type Assign, declare, prepareAssignment, prepareDeclaration } from './assignments.ts'
import { BYTES } from './budget.ts'
import type { CallSite } from './call-site.ts'
import { prepareAll, prepareCall, prepareExpression, prepareList } from './expressions.ts'
import { IPAIRS_STEP, NEXT_KEY } from './library-base.ts'
import { isTruthy, toNumber } from './operators.ts'
import { Box, BREAK, type Evaluate, type Execute, type Frame, GOTO, NEXT, RETURN, type Scope } from './prepared.ts'
import { END, LuaTable } from './table.ts'
import type { Block, Expression, Statement } from './tree.ts'
import { failAt, LuaFunction, type LuaValue, listOf, NOTHING, type Run } from './value.ts'

/** The stack cost of the block inside a statement. */
const BODY = 3

/** Prepares statements. Each charges its cost before it runs. */
export function prepareBlock(block: Block, scope: Scope, depth: number): Execute {
  const { cost: outer } = scope
  const costs: number[] = []
  const statements = block.map((statement) => {
    scope.cost = 1
    const execute = prepareStatement(statement, scope, depth)
    costs.push(scope.cost)
    return execute
  })
  scope.cost = outer
  const labels = labelsOf(block)
  return (frame) => {
    for (let i = 0; i < statements.length; i++) {
      frame.run.chargeSteps(costs[i] as number)
      const ended = (statements[i] as Execute)(frame)
      if (ended === NEXT) continue
      const at = labels?.get(ended)
      if (at === undefined) return ended
      i = at
    }
    return NEXT
  }
}

/** The positions of a block's labels, by the number that a `goto` ends with. Most blocks have no labels. */
function labelsOf(block: Block): ReadonlyMap<number, number> | undefined {
  const labels = new Map<number, number>()
  block.forEach((statement, i) => {
    if (statement[0] === 'label') labels.set(GOTO + statement[2], i)
  })
  return labels.size > 0 ? labels : undefined
}

function prepareStatement(node: Statement, scope: Scope, depth: number): Execute {
  if (depth > scope.stackCost) scope.stackCost = depth
  switch (node[0]) {
    case 'call':
    case 'method': {
      const call = prepareCall(node, scope, depth + 1)
      return (frame) => {
        call(frame)
        return NEXT
      }
    }
    case 'declare':
      return prepareDeclaration(node[2], node[3], scope, depth)
    case 'declare function': {
      const [, , slot, body] = node
      const close = scope.close(body)
      if (!scope.captured.has(slot)) {
        return (frame) => {
          frame.run.chargeBytes(BYTES.closure)
          frame.slots[slot] = close(frame)
          return NEXT
        }
      }
      return (frame) => {
        frame.run.chargeBytes(BYTES.closure)
        const box = new Box(undefined)
        frame.slots[slot] = box
        box.value = close(frame)
        return NEXT
      }
    }
    case 'assign':
      return prepareAssignment(node[2], node[3], scope, depth)
    case 'do':
      return prepareBlock(node[2], scope, depth + BODY)
    case 'while':
      return prepareWhile(node[2], node[3], scope, depth)
    case 'repeat':
      return prepareRepeat(node[2], node[3], scope, depth)
    case 'if':
      return prepareIf(node[2], node[3], scope, depth)
    case 'for':
      return prepareNumericFor(node, scope, depth)
    case 'for in':
      return prepareGenericFor(node, scope, depth)
    case 'return':
      return prepareReturn(node[2], scope, depth)
    case 'break':
      return () => BREAK
    case 'goto': {
      const ended = GOTO + node[2]
      return () => ended
    }
    case 'label':
      return () => NEXT
  }
}

function prepareReturn(values: readonly Expression[], scope: Scope, depth: number): Execute {
  if (values.length === 1) {
    const evaluate = prepareAll(values[0] as Expression, scope, depth + 1)
    return (frame) => {
      frame.returned = evaluate(frame)
      return RETURN
    }
  }
  const list = prepareList(values, scope, depth + 1)
  return (frame) => {
    frame.returned = values.length === 0 ? NOTHING : list(frame)
    return RETURN
  }
}

// --- choices and loops ----------------------------------------------------------------------------------------------

function prepareIf(
  clauses: readonly (readonly [Expression, Block])[],
  otherwise: Block,
  scope: Scope,
  depth: number,
): Execute {
  const conditions = clauses.map(([condition]) => prepareExpression(condition, scope, depth + 1))
  const blocks = clauses.map(([, block]) => prepareBlock(block, scope, depth + BODY))
  const last = prepareBlock(otherwise, scope, depth + BODY)
  return (frame) => {
    for (let i = 0; i < conditions.length; i++) {
      if (isTruthy((conditions[i] as Evaluate)(frame))) return (blocks[i] as Execute)(frame)
    }
    return last(frame)
  }
}

/** A `break` in its body ends the loop alone; any other end of the body ends the statement around it too. */
const behindLoop = (ended: number): number => (ended === BREAK ? NEXT : ended)

function prepareWhile(condition: Expression, body: Block, scope: Scope, depth: number): Execute {
  const before = scope.cost
  const test = prepareExpression(condition, scope, depth + 1)
  const cost = scope.cost - before
  const execute = prepareBlock(body, scope, depth + BODY)
  return (frame) => {
    while (isTruthy(test(frame))) {
      frame.run.chargeSteps(cost)
      const ended = execute(frame)
      if (ended !== NEXT) return behindLoop(ended)
    }
    return NEXT
  }
}

function prepareRepeat(body: Block, condition: Expression, scope: Scope, depth: number): Execute {
  const execute = prepareBlock(body, scope, depth + BODY)
  const before = scope.cost
  const test = prepareExpression(condition, scope, depth + 1)
  const cost = scope.cost - before
  return (frame) => {
    do {
      frame.run.chargeSteps(cost)
      const ended = execute(frame)
      if (ended !== NEXT) return behindLoop(ended)
    } while (!isTruthy(test(frame)))
    return NEXT
  }
}

function prepareNumericFor(
  [, at, slot, ...rest]: Extract<Statement, readonly ['for', ...unknown[]]>,
  scope: Scope,
  depth: number,
): Execute {
  const [from, to, step, body] = rest
  const bounds = [from, to, step].map((bound) => prepareExpression(bound, scope, depth + 1)) as [
    Evaluate,
    Evaluate,
    Evaluate,
  ]
  const assign = declare(slot, scope)
  const execute = prepareBlock(body, scope, depth + BODY)
  const site = scope.site(at)
  return (frame) => {
    const { run } = frame
    const values = [bounds[0](frame), bounds[1](frame), bounds[2](frame)]
    const [start, limit, by] = values.map((value, i) => boundOf(value, i, run, site)) as [number, number, number]
    for (let value = start; by > 0 ? value <= limit : value >= limit; value += by) {
      run.chargeSteps(1)
      assign(frame, value)
      const ended = execute(frame)
      if (ended !== NEXT) return behindLoop(ended)
    }
    return NEXT
  }
}

function boundOf(value: LuaValue, which: number, run: Run, site: CallSite): number {
  const number = toNumber(value, run)
  if (number === undefined) {
    throw failAt(site, `'for' ${['initial value', 'limit', 'step'][which]} must be a number`)
  }
  return number
}

function prepareGenericFor(
  [, at, slots, values, body]: Extract<Statement, readonly ['for in', ...unknown[]]>,
  scope: Scope,
  depth: number,
): Execute {
  const list = prepareList(values, scope, depth + 1)
  const assigns = slots.map((slot) => declare(slot, scope))
  const execute = prepareBlock(body, scope, depth + BODY)
  const site = scope.site(at)
  const round = (frame: Frame, all: readonly LuaValue[]) => {
    frame.run.chargeSteps(1)
    for (let i = 0; i < assigns.length; i++) (assigns[i] as Assign)(frame, all[i])
    return execute(frame)
  }
  return (frame) => {
    const { run } = frame
    const [iterator, state, initial] = list(frame)
    if (state instanceof LuaTable && iterator === NEXT_KEY && initial === undefined) {
      for (let at = state.seek(0, run); at !== END; at = state.seek(LuaTable.after(at), run)) {
        const ended = round(frame, [state.keyAt(at), state.valueAt(at)])
        if (ended !== NEXT) return behindLoop(ended)
      }
      return NEXT
    }
    if (state instanceof LuaTable && iterator === IPAIRS_STEP && initial === 0) {
      for (let i = 1, value = state.get(1); value !== undefined; value = state.get(++i)) {
        const ended = round(frame, [i, value])
        if (ended !== NEXT) return behindLoop(ended)
      }
      return NEXT
    }
    for (let control = initial; ; ) {
      const args = [state, control]
      const called = iterator instanceof LuaFunction ? iterator : run.functionOf(iterator, args, site)
      run.site = site
      const all = listOf(called.call(args, run))
      control = all[0]
      if (control === undefined) return NEXT
      const ended = round(frame, all)
      if (ended !== NEXT) return behindLoop(ended)
    }
  }
}
