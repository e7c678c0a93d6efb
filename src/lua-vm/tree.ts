/**
 * A Lua script as it is stored: its syntax tree with the scopes resolved, in JSON. Nodes are tuples of a sign and the
 * offset in the code at which they stand, so that no name out of a script is ever a key of an object.
 */
export type Tree = {
  readonly version: 1
  /** The offsets at which the lines of the code begin, without the first. */
  readonly lines: readonly number[]
  /** The code itself: a function of no parameters, with `...`. */
  readonly main: FunctionNode
}

export type FunctionNode = {
  /** The first of `locals` that are parameters. */
  readonly parameters: number
  readonly vararg: boolean
  /** The names of all local variables, each declared at one place: its slot is its index here. */
  readonly locals: readonly string[]
  /** Slots that functions inside use: each declaration makes a variable of its own for them. */
  readonly captured: readonly number[]
  /** Variables of the functions around that this one uses. */
  readonly upvalues: readonly Upvalue[]
  readonly body: Block
}

/** A slot of the function around, or one of its upvalues. */
type Upvalue = readonly [name: string, of: 'local' | 'upvalue', index: number]

export type Block = readonly Statement[]

export type Target =
  | readonly ['local', at: number, slot: number]
  | readonly ['upvalue', at: number, index: number]
  | readonly ['global', at: number, name: string]
  | readonly ['index', at: number, object: Expression, key: Expression]

export type CallNode =
  | readonly ['call', at: number, callee: Expression, args: readonly Expression[]]
  | readonly ['method', at: number, object: Expression, name: string, args: readonly Expression[]]

/** `null` is nil. Texts are octets, one character each. */
export type Expression =
  | null
  | boolean
  | number
  | string
  | Target
  | CallNode
  | readonly ['...', at: number]
  /** The first value alone of what may be several. */
  | readonly ['()', at: number, inner: Expression]
  | readonly ['function', at: number, body: FunctionNode]
  | readonly ['{}', at: number, items: readonly TableItem[]]
  | readonly ['and' | 'or' | '..', at: number, operands: readonly Expression[]]
  | readonly [UnaryOperator, at: number, operand: Expression]
  | readonly [BinaryOperator, at: number, left: Expression, right: Expression]

/** An element, or a pair of key and value. */
export type TableItem = Expression | readonly ['=', key: Expression, value: Expression]

export const UNARY = ['not', 'negate', '#'] as const
type UnaryOperator = (typeof UNARY)[number]

export const BINARY = ['+', '-', '*', '/', '%', '^', '==', '~=', '<', '<=', '>', '>='] as const
export type BinaryOperator = (typeof BINARY)[number]

export type Statement =
  | CallNode
  | readonly ['declare', at: number, slots: readonly number[], values: readonly Expression[]]
  /** `local function`: the body sees the variable. */
  | readonly ['declare function', at: number, slot: number, body: FunctionNode]
  | readonly ['assign', at: number, targets: readonly Target[], values: readonly Expression[]]
  | readonly ['do', at: number, body: Block]
  | readonly ['while', at: number, condition: Expression, body: Block]
  /** The condition sees the variables of the body. */
  | readonly ['repeat', at: number, body: Block, condition: Expression]
  | readonly ['if', at: number, clauses: readonly (readonly [Expression, Block])[], otherwise: Block]
  | readonly ['for', at: number, slot: number, from: Expression, to: Expression, step: Expression, body: Block]
  | readonly ['for in', at: number, slots: readonly number[], values: readonly Expression[], body: Block]
  | readonly ['return', at: number, values: readonly Expression[]]
  | readonly ['break', at: number]
  /** To the label of that number in a block around, in the same function. */
  | readonly ['goto', at: number, label: number]
  | readonly ['label', at: number, label: number]
