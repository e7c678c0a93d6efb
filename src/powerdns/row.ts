import type { Charge, Implementation, LuaValue } from '../lua-vm/index.ts'
import type { QueryInput } from './query-input.ts'

/**
 * The input of an evaluation that a function or a variable depends on. The ECS scope of what a script decides, the
 * database of locations that a zone needs, and how a script is explored before any query follow from it.
 */
export type Reads =
  /** The client's address, or the resolver's. */
  | 'client'
  /** The client's location. */
  | 'place'
  /** The distances between the client and addresses. */
  | 'distance'
  /** The locations of addresses, which only a database knows. */
  | 'database'
  /** The queried name. */
  | 'name'
  /** The header of the query, and its EDNS. */
  | 'header'
  /** The records of zones. */
  | 'data'
  | 'chance'
  | 'health'
  /** The input that the selectors in its options depend on: see `SELECTORS`. */
  | 'options'

/** The kinds of objects that scripts have. */
type ObjectKind = 'name' | 'address' | 'addresses' | 'network' | 'networks' | 'type' | 'header'

/** The value of a function or a variable. `element` is one of its list, `weighted element` one of its weighted list. */
export type Gives =
  | ObjectKind
  | 'text'
  | 'number'
  | 'true or false'
  | 'list'
  | 'table'
  | 'element'
  | 'weighted element'
  | 'nothing'

/** The kind of an argument, for the checks of calls whose arguments are known when a zone is compiled. */
export type ParameterKind =
  | 'address'
  | 'addresses'
  | 'attribute'
  | 'exceptions by IPv4 address'
  | 'exceptions by IPv6 address'
  | 'fallback address'
  | 'format of IPv4 names'
  | 'format of IPv6 names'
  | 'group of networks'
  | 'members of a group'
  | 'name'
  | 'name to look up'
  | 'network'
  | 'network to locate'
  | 'networks'
  | 'number'
  | 'octets'
  | 'text'
  | 'text or texts'
  | 'type'
  /** Folding checks it: see `folds`. */
  | 'folded'

/** An argument: how messages write it in a call, and an example of a value where that is another text. */
export type Parameter = readonly [kind: ParameterKind, usage: string, example?: string]

/** All facts of one of PowerDNS's functions. A call with fewer or more arguments is an error. */
export type FunctionRow = {
  readonly takes: readonly Parameter[]
  /** The last argument, if it may be left out. */
  readonly optional?: Parameter
  readonly charge: Charge
  readonly reads: readonly Reads[]
  readonly gives: Gives
  /**
   * Set if a call with known arguments is folded when a zone is compiled. `list`: into a known list, or a sample of
   * one; in a script the call stays, since Lua has lists. `choice`: into a policy. `pool`: into a policy whose members
   * are probed; its arguments may depend on no choice.
   */
  readonly folds?: 'list' | 'choice' | 'pool'
} & (
  | {
      /** `evaluation`: it needs the evaluation of a record around it: see `evaluationOf`. */
      readonly on: 'arguments' | 'evaluation'
      readonly run: Implementation
    }
  | {
      readonly on: 'query'
      readonly run: (query: QueryInput, ...rest: Parameters<Implementation>) => ReturnType<Implementation>
    }
)

/** All facts of one of PowerDNS's variables. */
export type VariableRow = {
  readonly reads: readonly Reads[]
  readonly gives: Gives
  readonly mayBeNil?: true
  readonly value: (query: QueryInput) => LuaValue
}

/** The largest number of arguments. */
export const mostArguments = ({ takes, optional }: FunctionRow): number => takes.length + (optional ? 1 : 0)

/** A right call, as messages write it: `pdnslog(text[, level])`. */
export function usageOf(name: string, { takes, optional }: FunctionRow): string {
  const needed = takes.map(([, usage]) => usage).join(', ')
  if (!optional) return `${name}(${needed})`
  return `${name}(${needed}${needed === '' ? `[${optional[1]}]` : `[, ${optional[1]}]`})`
}
