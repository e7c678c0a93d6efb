import { OverBudget } from '../meter.ts'
import { err, ok, type Result } from '../result.ts'
import { type Budget, DEFAULT_BUDGET } from './budget.ts'
import { type CallSite, type Chunk, lineOf } from './call-site.ts'
import { BY_STATEMENTS } from './charge.ts'
import { Box, Frame, Scope } from './prepared.ts'
import { ScriptRun } from './run.ts'
import { prepareBlock } from './statements.ts'
import { textOf } from './text.ts'
import type { FunctionNode, Tree } from './tree.ts'
import { type Host, LuaError, LuaFunction, type LuaValue, listOf, NOTHING, type Run, typeOf } from './value.ts'

/** The reason why a script returned no values, as a text for people, and its location in the code. */
export type Failure = {
  readonly why: string
  /** True if the end of its budget ended the script. */
  readonly overBudget: boolean
  /** The offset in the code, and the line, of the call or operator that failed, if it was one. */
  readonly at?: number
  readonly line?: number
}

/** A script that is ready to run, any number of times. */
export type Program = {
  /** Evaluates the script. Throws only if a host function throws something other than a `LuaError`. */
  readonly run: (host: Host, budget?: Budget) => Result<readonly LuaValue[], Failure>
  /** The script as a function of a run that goes on: with that run's globals and budget, for `include`. */
  readonly main: LuaFunction
}

/**
 * Prepares a checked tree: every node becomes a closure once, so that a run looks no node up.
 * @param name of the script in Lua's messages, which begin with `name:line: `
 */
export function prepare(tree: Tree, name = 'lua'): Program {
  const chunk: Chunk = { name, lines: tree.lines }
  const close = prepareFunction(tree.main, chunk, name)
  const main = close(NO_FRAME)
  return { main, run: (host, budget = DEFAULT_BUDGET) => runOnce(main, host, budget) }
}

function runOnce(main: LuaFunction, host: Host, budget: Budget): Result<readonly LuaValue[], Failure> {
  const run = new ScriptRun(host, budget)
  const result = evaluate(main, run)
  host.ended?.(run, budget.steps - Math.max(0, run.steps))
  return result
}

function evaluate(main: LuaFunction, run: Run): Result<readonly LuaValue[], Failure> {
  try {
    return ok(listOf(main.call([], run)))
  } catch (error) {
    if (error instanceof LuaError)
      return err({ why: messageOf(error, run), overBudget: false, ...placeOf(error.site ?? run.site) })
    if (error instanceof OverBudget) return err({ why: stopped(error.why), overBudget: true, ...placeOf(run.site) })
    // The budget of calls is meant to end before the stack. If the stack ends first, the script fails like any other.
    if (error instanceof RangeError) return err({ why: stopped('it ran out of stack'), overBudget: true })
    throw error
  }
}

const stopped = (why: string): string => `the script was stopped: ${why}`

function messageOf({ value }: LuaError, run: Run): string {
  if (typeof value === 'string' || typeof value === 'number') return textOf(value, run)
  return `(the error is a ${typeOf(value)} value)`
}

const placeOf = (site: CallSite | undefined): { at: number; line: number } | undefined =>
  site && { at: site.at, line: lineOf(site) }

/** The stack cost of a call, beside that of the nesting in the function. */
const CALL_STACK_COST = 3

/** Makes a function from the frame in which it is declared. */
function prepareFunction(node: FunctionNode, chunk: Chunk, name: string): (frame: Frame) => LuaFunction {
  const scope = new Scope(chunk, node, (inner) => prepareFunction(inner, chunk, name))
  const body = prepareBlock(node.body, scope, 1)
  const { parameters, vararg } = node
  const stackCost = scope.stackCost + CALL_STACK_COST
  const boxed = node.captured.filter((slot) => slot < parameters)

  return (outer) => {
    const upvalues = node.upvalues.map(([, of, index]) =>
      of === 'local' ? (outer.slots[index] as Box) : (outer.upvalues[index] as Box),
    )
    return new LuaFunction(name, BY_STATEMENTS, (args, run) => {
      run.enter(stackCost, run.site)
      let varargs = NOTHING
      if (args.length > parameters) {
        if (vararg) {
          varargs = args.slice(parameters)
          run.chargeSteps(varargs.length >> 2)
        }
        args.length = parameters
      }
      const frame = new Frame(args, upvalues, varargs, run)
      for (const slot of boxed) frame.slots[slot] = new Box(args[slot])
      body(frame)
      run.leave(stackCost)
      return frame.returned
    })
  }
}

const NO_FRAME = new Frame([], [], NOTHING, undefined as unknown as Run)
