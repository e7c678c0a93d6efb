import { BY_VALUE, LuaFunction, type Meter, type Program, prepare, protect, type Tree } from '../lua-vm/index.ts'
import type { Policy } from '../policy/index.ts'
import { GEO_FUNCTIONS } from './geo.ts'
import { evaluationOf } from './script-host.ts'

/**
 * A call in a script whose arguments are known when the zone is compiled: a policy, whose records are Lua's texts. With
 * `args` it is found by what the script computes, as `argumentsText` writes that; without, it stands in the tree.
 */
type ScriptPart = { readonly call: string; readonly args?: string | undefined; readonly policy: Policy }

/** A step makes 2 ** 3 nodes ready. */
const NODES_A_STEP = 3

/** The functions that give a list of texts; the others give one. */
export const LISTS: ReadonlySet<string> = new Set(['ifportup', 'ifurlup', 'ifurlextup', 'pickrandomsample', 'all'])

const BY_PLACE: readonly string[] = [...GEO_FUNCTIONS.keys()]
/** What tells of who asks. */
const BY_CLIENT: readonly string[] = [
  ...['bestwho', 'who', 'ecswho', 'netmask', 'view', 'pickhashed', 'pickwhashed', 'pickchashed'],
  ...BY_PLACE,
]

const GLOBAL = /\["global",\d+,"(\w+)"\]/g
/** The selector of a health check has the function's name, as a text. */
const CLOSEST = 'pickclosest'

/** Returns which of them a tree has as globals. A local variable or a field of a table may have the same name. */
function namedIn(tree: Tree): ReadonlySet<string> {
  const text = JSON.stringify(tree)
  const globals = new Set([...text.matchAll(GLOBAL)].map(([, name]) => name))
  return new Set(BY_CLIENT.filter((name) => globals.has(name) || (name === CLOSEST && text.includes(`"${CLOSEST}"`))))
}

/** Lua code that is ready to run. */
export class ScriptCode {
  readonly parts: readonly ScriptPart[]
  /** Nodes of its tree: what it takes to make it ready. */
  readonly nodes: number
  private readonly tree: Tree
  private readonly scope: string
  private readonly includes: ReadonlyMap<string, readonly ScriptCode[]>
  private prepared: Program | undefined
  private own: ReadonlyMap<string, LuaFunction> | undefined
  private reached: readonly ScriptCode[] | undefined
  private mentioned: ReadonlySet<string> | undefined
  private computed:
    | { readonly exact: ReadonlyMap<string, Policy>; readonly folded: ReadonlyMap<string, Policy> }
    | undefined

  /**
   * @param scope what the names of its parts begin with: the name that it is included by
   * @param includes by the names of their functions; may be filled later
   */
  constructor(
    tree: Tree,
    nodes: number,
    parts: readonly ScriptPart[],
    scope: string,
    includes: ReadonlyMap<string, readonly ScriptCode[]>,
  ) {
    this.tree = tree
    this.nodes = nodes
    this.parts = parts
    this.scope = scope
    this.includes = includes
  }

  /**
   * Made when it first runs: a zone has thousands, and an isolate is asked for a few. It is charged each time: an answer
   * does not depend on what was asked before.
   */
  ready(meter: Meter): Program {
    meter.chargeSteps(this.nodes >> NODES_A_STEP)
    this.prepared ??= prepare(this.tree)
    return this.prepared
  }

  /** All that its calls may decide by, and those of what it includes. */
  get policies(): readonly Policy[] {
    return this.codes.flatMap(({ parts }) => parts.map(({ policy }) => policy))
  }

  /** Whether it may look at where clients are. */
  get usesPlaces(): boolean {
    return this.names(BY_PLACE)
  }

  /** Whether it may look at who asks, beside what its parts do. */
  get usesClients(): boolean {
    return this.names(BY_CLIENT)
  }

  /** Whether it may look at where the addresses are that it chooses from. */
  get usesClosest(): boolean {
    return this.names(['pickclosest', 'closestMagic'])
  }

  /** Returns whether the code, or code that it includes, names one of some functions. */
  private names(functions: readonly string[]): boolean {
    return this.codes.some((code) => functions.some((name) => code.named.has(name)))
  }

  /** What thousands include is looked through once. */
  private get named(): ReadonlySet<string> {
    this.mentioned ??= namedIn(this.tree)
    return this.mentioned
  }

  private get codes(): readonly ScriptCode[] {
    const codes = new Set<ScriptCode>([this])
    // A set is gone through with what is added to it on the way.
    for (const code of codes) for (const list of code.includes.values()) for (const inner of list) codes.add(inner)
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
   * The pool of a call of a health function whose arguments are computed. Where the only difference is one of letter
   * case, the same pool: a queried name comes in any.
   */
  healthCall(call: string, args: string): Policy | undefined {
    this.computed ??= callsIn(this.parts)
    const key = `${call} ${args}`
    return this.computed.exact.get(key) ?? this.computed.folded.get(key.toLowerCase())
  }

  /** Its own alone: what is included has its functions once, whoever includes it. */
  private get functions(): ReadonlyMap<string, LuaFunction> {
    this.own ??= new Map([
      ...this.parts.flatMap(({ call, args, policy }, i) => {
        if (args !== undefined) return []
        const list = LISTS.has(call)
        const run = new LuaFunction(call, BY_VALUE, (_, run) => evaluationOf(run).part(policy, call, list, run))
        return [[`${call} ${this.scope}${i + 1}`, run] as const]
      }),
      ...[...this.includes].map(([name, codes]) => [name, includeOf(codes)] as const),
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

/** Runs all the code at a name, with the globals of the script that includes it. What fails is left at that. */
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
