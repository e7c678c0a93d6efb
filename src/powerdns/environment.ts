import { type Host, hostFunction, type LuaFunction, type LuaValue } from '../lua-vm/index.ts'
import { FUNCTIONS } from './functions.ts'
import type { QueryInput } from './query-input.ts'
import { type FunctionRow, mostArguments, type VariableRow } from './row.ts'
import { VARIABLES } from './variables.ts'

/**
 * The globals of a PowerDNS record for one query. Objects are made when they are first used, and belong to this query.
 * @param functions added by the caller, or in place of those here
 */
export const environmentOf = (query: QueryInput, functions: ReadonlyMap<string, LuaValue> = NONE): Host =>
  new Environment(query, functions)

/** One is made for each query that runs a script. It makes nothing before the script asks for it. */
class Environment implements Host {
  private readonly query: QueryInput
  private readonly functions: ReadonlyMap<string, LuaValue>
  private made: Map<string, LuaValue> | undefined

  constructor(query: QueryInput, functions: ReadonlyMap<string, LuaValue>) {
    this.query = query
    this.functions = functions
  }

  global(name: string): LuaValue {
    const given = this.functions.get(name) ?? ON_ARGUMENTS.get(name)
    if (given !== undefined) return given
    const make = OF_QUERY.get(name)
    if (!make) return undefined
    const cached = this.made?.get(name)
    if (cached !== undefined) return cached
    const value = make(this.query)
    this.made ??= new Map()
    this.made.set(name, value)
    return value
  }

  random(): number {
    return this.query.random()
  }
}

const NONE: ReadonlyMap<string, LuaValue> = new Map()

type Make = (query: QueryInput) => LuaValue

const rows = Object.entries<FunctionRow>(FUNCTIONS)

/** Functions are the same for all queries, unless they work on the query. */
const functionsOn = (on: 'arguments' | 'evaluation'): ReadonlyMap<string, LuaFunction> =>
  new Map(
    rows.flatMap(([name, row]) =>
      row.on === on ? [[name, hostFunction(name, [mostArguments(row), row.charge, row.run])] as const] : [],
    ),
  )

const ON_ARGUMENTS = functionsOn('arguments')

/** The functions that need the evaluation of a script around them: see `evaluationOf`. */
export const SCRIPT_FUNCTIONS: ReadonlyMap<string, LuaFunction> = functionsOn('evaluation')

/** The variables, and the functions that work on the query. */
const OF_QUERY: ReadonlyMap<string, Make> = new Map([
  ...Object.entries<VariableRow>(VARIABLES).map(([name, { value }]): [string, Make] => [name, value]),
  ...rows.flatMap(([name, row]): [string, Make][] => {
    if (row.on !== 'query') return []
    const { charge, run: body } = row
    const most = mostArguments(row)
    const make: Make = (query) => hostFunction(name, [most, charge, (args, run) => body(query, args, run, name)])
    return [[name, make]]
  }),
])

/** The globals that `environmentOf` gives by itself. */
export const ENVIRONMENT_NAMES: ReadonlySet<string> = new Set([...ON_ARGUMENTS.keys(), ...OF_QUERY.keys()])
