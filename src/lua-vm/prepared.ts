import type { CallSite, Chunk } from './call-site.ts'
import type { Expression, FunctionNode } from './tree.ts'
import { type LuaFunction, type LuaValue, NOTHING, type Returned, type Run } from './value.ts'

/** A variable that closures share. */
export class Box {
  value: LuaValue

  constructor(value: LuaValue) {
    this.value = value
  }
}

/** One call of a script's function. A slot of a captured variable holds its box. */
export class Frame {
  readonly slots: (LuaValue | Box)[]
  readonly upvalues: readonly Box[]
  readonly varargs: readonly LuaValue[]
  readonly run: Run
  returned: Returned

  constructor(slots: (LuaValue | Box)[], upvalues: readonly Box[], varargs: readonly LuaValue[], run: Run) {
    this.slots = slots
    this.upvalues = upvalues
    this.varargs = varargs
    this.run = run
    this.returned = NOTHING
  }
}

/** A prepared expression: its one value. */
export type Evaluate = (frame: Frame) => LuaValue
/** A prepared expression that may have any number of values. */
export type EvaluateAll = (frame: Frame) => Returned

/** The way in which a statement ended. */
export const NEXT = 0
export const BREAK = 1
/** `frame.returned` has the values. */
export const RETURN = 2
/** A `goto`: this and the number of its label. */
export const GOTO = 3
type Ended = number

export type Execute = (frame: Frame) => Ended

/** The state of a function while it is prepared. */
export class Scope {
  readonly chunk: Chunk
  readonly node: FunctionNode
  readonly captured: ReadonlySet<number>
  /** Prepares a function inside this one. */
  readonly close: (node: FunctionNode) => (frame: Frame) => LuaFunction
  /** The deepest nesting so far. */
  stackCost = 0
  /** Nodes prepared so far for the statement at hand: its cost in steps. */
  cost = 0

  constructor(chunk: Chunk, node: FunctionNode, close: (node: FunctionNode) => (frame: Frame) => LuaFunction) {
    this.chunk = chunk
    this.node = node
    this.captured = new Set(node.captured)
    this.close = close
  }

  site(at: number, operands: readonly Expression[] = [], method = false): CallSite {
    return { chunk: this.chunk, at, names: operands.map((operand) => this.nameOf(operand)), method }
  }

  /** Returns the name of an expression in an error message, as LuaJIT writes it. */
  private nameOf(node: Expression): string | undefined {
    if (!Array.isArray(node)) return undefined
    const inner = node as readonly unknown[]
    switch (inner[0]) {
      case 'local':
        return `local '${this.node.locals[inner[2] as number]}'`
      case 'upvalue':
        return `upvalue '${this.node.upvalues[inner[2] as number]?.[0]}'`
      case 'global':
        return `global '${inner[2]}'`
      case 'index':
        return typeof inner[3] === 'string' ? `field '${inner[3]}'` : undefined
      default:
        return undefined
    }
  }
}
