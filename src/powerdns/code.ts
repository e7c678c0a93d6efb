import {
  BY_VALUE,
  LuaFunction,
  type Meter,
  mentionedIn,
  type Program,
  prepare,
  protect,
  type Tree,
} from '../lua-vm/index.ts'
import type { Policy } from '../policy/index.ts'
import type { Reads } from './row.ts'
import { evaluationOf } from './script-host.ts'
import { givesList, readsOf, SELECTOR_NAMES } from './traits.ts'

/**
 * A call in a script whose arguments are known when the zone is compiled: a policy, whose records are Lua's texts. With
 * `args` it is found by the arguments that the script computes, as `argumentsText` writes them; else by its name in the
 * tree.
 */
type ScriptPart = { readonly call: string; readonly args?: string | undefined; readonly policy: Policy }

/** One step prepares 2 ** 3 nodes. */
const NODES_A_STEP = 3

/** Lua code that is ready to run. */
export class ScriptCode {
  readonly parts: readonly ScriptPart[]
  /** The number of nodes in its tree, which are charged when it is prepared. */
  readonly nodes: number
  readonly tree: Tree
  /** The code that it may include, by name. */
  readonly included: ReadonlyMap<string, readonly ScriptCode[]>
  private readonly scope: string
  private prepared: Program | undefined
  private own: ReadonlyMap<string, LuaFunction> | undefined
  private reached: readonly ScriptCode[] | undefined
  private mentioned: ReturnType<typeof mentionedIn> | undefined
  private computed:
    | { readonly exact: ReadonlyMap<string, Policy>; readonly folded: ReadonlyMap<string, Policy> }
    | undefined

  /**
   * @param scope the prefix of the names of its parts: the name by which it is included
   * @param included its lists may be filled later
   */
  constructor(
    tree: Tree,
    nodes: number,
    parts: readonly ScriptPart[],
    scope: string,
    included: ReadonlyMap<string, readonly ScriptCode[]>,
  ) {
    this.tree = tree
    this.nodes = nodes
    this.parts = parts
    this.scope = scope
    this.included = included
  }

  /**
   * Prepares the code when it first runs: a zone may have thousands of scripts, of which an isolate runs a few. Each
   * run is charged: an answer does not depend on earlier queries.
   */
  ready(meter: Meter): Program {
    meter.chargeSteps(this.nodes >> NODES_A_STEP)
    this.prepared ??= prepare(this.tree)
    return this.prepared
  }

  /** The policies of its calls, and of those of code that it includes. */
  get policies(): readonly Policy[] {
    return this.codes.flatMap(({ parts }) => parts.map(({ policy }) => policy))
  }

  /** The inputs that it, or code that it includes, may read, beside those of its parts. */
  get reads(): ReadonlySet<Reads> {
    const { codes } = this
    return readsOf(
      codes.flatMap((code) => [...code.mentions.globals]),
      codes.flatMap((code) => [...code.mentions.texts]),
    )
  }

  /** Cached: thousands of scripts may include the same code. */
  private get mentions(): ReturnType<typeof mentionedIn> {
    this.mentioned ??= mentionedIn(this.tree, SELECTOR_NAMES)
    return this.mentioned
  }

  private get codes(): readonly ScriptCode[] {
    const codes = new Set<ScriptCode>([this])
    // The loop also visits codes that are added during it.
    for (const code of codes) for (const list of code.included.values()) for (const inner of list) codes.add(inner)
    return [...codes]
  }

  /** A value of the tree, or of one that it includes, under a name that is not valid in Lua: a part, or an include. */
  function(name: string): LuaFunction | undefined {
    if (!name.includes(' ')) return undefined
    this.reached ??= this.codes
    for (const code of this.reached) {
      const found = code.functions.get(name)
      if (found) return found
    }
    return undefined
  }

  /**
   * The pool of a call of a health function whose arguments are computed. Letter case does not
   * matter if no other pool is equal: a queried name comes in any.
   */
  healthCall(call: string, args: string): Policy | undefined {
    this.computed ??= callsIn(this.parts)
    const key = `${call} ${args}`
    return this.computed.exact.get(key) ?? this.computed.folded.get(key.toLowerCase())
  }

  /** The functions of this code alone: included code has its own, once for all code that includes it. */
  private get functions(): ReadonlyMap<string, LuaFunction> {
    this.own ??= new Map([
      ...this.parts.flatMap(({ call, args, policy }, i) => {
        if (args !== undefined) return []
        const list = givesList(call)
        const run = new LuaFunction(call, BY_VALUE, (_, run) => evaluationOf(run).part(policy, call, list, run))
        return [[`${call} ${this.scope}${i + 1}`, run] as const]
      }),
      ...[...this.included].map(([name, codes]) => [`include ${name}`, includeOf(codes)] as const),
    ])
    return this.own
  }
}

function callsIn(parts: readonly ScriptPart[]) {
  const exact = new Map<string, Policy>()
  const folded = new Map<string, Policy>()
  for (const { call, args, policy } of parts) {
    if (args === undefined) continue
    const key = `${call} ${args}`
    exact.set(key, policy)
    folded.set(key.toLowerCase(), policy)
  }
  return { exact, folded }
}

/** Runs all code at a name, with the globals of the script that includes it. An error ends it silently. */
const includeOf = (codes: readonly ScriptCode[]): LuaFunction =>
  new LuaFunction('include', BY_VALUE, (_, run) =>
    protect(
      run,
      () => {
        for (const code of codes) run.call(code.ready(run).main, [])
        return []
      },
      () => [],
    ),
  )
