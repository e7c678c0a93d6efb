import { LuaFunction, type Program, prepare, protect, type Tree } from '../script/index.ts'
import { evaluationOf } from './evaluation-of.ts'
import type { Policy } from './policy.ts'
import { GEO_FUNCTIONS } from './script-geo.ts'

/** A call in a script whose arguments are known when the zone is compiled: a policy, whose records are Lua's texts. */
type ScriptPart = { readonly call: string; readonly policy: Policy }

/** The functions that give a list of texts; the others give one. */
const LISTS: ReadonlySet<string> = new Set(['ifportup', 'ifurlup', 'ifurlextup', 'pickrandomsample', 'all'])

/** Lua code that is ready to run. */
export class ScriptCode {
  readonly parts: readonly ScriptPart[]
  private readonly tree: Tree
  private readonly scope: string
  private readonly includes: ReadonlyMap<string, readonly ScriptCode[]>
  private prepared: Program | undefined
  private known: ReadonlyMap<string, LuaFunction> | undefined

  /**
   * @param scope what the names of its parts begin with: the name that it is included by
   * @param includes by the names of their functions; may be filled later
   */
  constructor(
    tree: Tree,
    parts: readonly ScriptPart[],
    scope: string,
    includes: ReadonlyMap<string, readonly ScriptCode[]>,
  ) {
    this.tree = tree
    this.parts = parts
    this.scope = scope
    this.includes = includes
  }

  /** Made when it first runs: a zone has thousands, and an isolate is asked for a few. */
  get program(): Program {
    this.prepared ??= prepare(this.tree)
    return this.prepared
  }

  /** All that its calls may decide by, and those of what it includes. */
  get policies(): readonly Policy[] {
    return this.codes.flatMap(({ parts }) => parts.map(({ policy }) => policy))
  }

  /** Whether it may look at where clients are. */
  get usesPlaces(): boolean {
    return this.names([...GEO_FUNCTIONS.keys()])
  }

  /** Whether it may look at where the addresses are that it chooses from. */
  get usesClosest(): boolean {
    return this.names(['pickclosest', 'closestMagic'])
  }

  /** Whether it names one of some functions, be it as a text. */
  private names(functions: readonly string[]): boolean {
    const trees = this.codes.map(({ tree }) => JSON.stringify(tree))
    return functions.some((name) => trees.some((tree) => tree.includes(`"${name}"`)))
  }

  private get codes(): readonly ScriptCode[] {
    const codes = new Set<ScriptCode>([this])
    // A set is gone through with what is added to it on the way.
    for (const code of codes) for (const list of code.includes.values()) for (const inner of list) codes.add(inner)
    return [...codes]
  }

  /** What stands in the tree under a name that is none in Lua: a part, or an include. */
  function(name: string): LuaFunction | undefined {
    this.known ??= this.functions(new Set())
    return this.known.get(name)
  }

  private functions(seen: Set<ScriptCode>): Map<string, LuaFunction> {
    seen.add(this)
    const functions = new Map<string, LuaFunction>()
    this.parts.forEach(({ call, policy }, i) => {
      const name = `${call} ${this.scope}${i + 1}`
      const list = LISTS.has(call)
      functions.set(name, new LuaFunction(call, (_, run) => evaluationOf(run).part(policy, call, list, run)))
    })
    for (const [name, codes] of this.includes) {
      functions.set(name, includeOf(codes))
      for (const code of codes) {
        if (!seen.has(code)) for (const [inner, called] of code.functions(seen)) functions.set(inner, called)
      }
    }
    return functions
  }
}

/** Runs all the code at a name, with the globals of the script that includes it. What fails is left at that. */
const includeOf = (codes: readonly ScriptCode[]): LuaFunction =>
  new LuaFunction('include', (_, run) =>
    protect(
      run,
      () => {
        for (const { program } of codes) run.call(program.main, [])
        return []
      },
      () => [],
    ),
  )
