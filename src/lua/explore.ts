import {
  MAX_EXPLORED_SCRIPT_STEPS,
  MAX_EXPLORED_STEPS,
  MAX_EXPLORED_WAYS,
  MAX_EXPLORED_ZONE_STEPS,
  MAX_SCRIPT_BYTES,
  MAX_SCRIPT_CALLS,
} from '../limits.ts'
import {
  type Host,
  type LuaFunction,
  type LuaValue,
  type Program,
  prepare,
  protect,
  type Run,
  type Tree,
} from '../lua-vm/index.ts'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import { givesList, isHealthFunction } from '../powerdns/index.ts'
import { type Asked, Globals } from './explore-globals.ts'
import { type Explored, HealthCallsMet } from './explore-health.ts'
import { listOutcome, textOutcome } from './explore-outcomes.ts'
import { SCRIPT_SIGN, Steps } from './explore-steps.ts'
import { withSteps } from './explore-tree.ts'
import { Resolver } from './explore-unknown.ts'
import { WayEnded, Ways } from './explore-ways.ts'
import type { LuaBackup } from './fold-context.ts'

type Script = ScriptExpression<Expression>

/** A script, and all that it includes. */
type Explorable = {
  readonly script: Script
  readonly included: (name: string) => readonly Script[]
  readonly asked: Asked
  /** The lists that a backup selector looks at; the default is the first list. */
  readonly backup: LuaBackup | undefined
}

/** Holds the steps that are left to explore the scripts of one zone, and the cached programs. */
export class ExplorationBudget {
  steps = MAX_EXPLORED_ZONE_STEPS
  private readonly programs = new WeakMap<object, Program>()

  program(tree: Tree, name: string): Program {
    const known = this.programs.get(tree)
    if (known) return known
    const made = prepare(withSteps(tree), name)
    this.programs.set(tree, made)
    return made
  }
}

/**
 * Runs a script along every way that a query could take, to find what its health functions are called with. Functions
 * that only a query decides give each of their answers, one a way; what only a query knows can be anything, and a
 * branch on that goes both ways.
 */
export function explore(explorable: Explorable, budget: ExplorationBudget): Explored {
  const ways = new Ways()
  const met = new HealthCallsMet(explorable.backup)
  let tried = 0
  const least = Math.max(0, budget.steps - MAX_EXPLORED_SCRIPT_STEPS)
  for (; tried < MAX_EXPLORED_WAYS && budget.steps > least && ways.next(); tried++) {
    const way = new WayThrough(explorable, ways, met, budget)
    if (!way.run()) ways.incomplete = true
  }
  if (tried === 0 || !ways.isEmpty) ways.incomplete = true
  return met.finish(ways.incomplete)
}

/** One way. */
class WayThrough implements Host {
  private readonly explorable: Explorable
  private readonly budget: ExplorationBudget
  private readonly met: HealthCallsMet
  private readonly resolver: Resolver
  private readonly steps: Steps
  private readonly globals: Globals
  private readonly made = new Map<string, LuaValue>()
  /** The location in the record's own code that includes the running code; undefined: the code itself is running. */
  private includeAt: number | undefined

  constructor(explorable: Explorable, ways: Ways, met: HealthCallsMet, budget: ExplorationBudget) {
    this.explorable = explorable
    this.budget = budget
    this.met = met
    this.resolver = new Resolver(ways)
    this.steps = new Steps(this.resolver)
    this.globals = new Globals(this.steps, this.resolver, explorable.asked)
    this.met.begin()
  }

  /** Runs the way. Returns true if it came to an end, even by an error, unless a limit stopped it. */
  run(): boolean {
    const program = this.budget.program(this.explorable.script.tree as Tree, SCRIPT_SIGN)
    const limits = { steps: MAX_EXPLORED_STEPS, bytes: 4 * MAX_SCRIPT_BYTES, calls: MAX_SCRIPT_CALLS }
    try {
      const returned = program.run(this, limits)
      this.met.end(!returned.ok)
      return returned.ok || !returned.error.overBudget
    } catch (error) {
      if (error instanceof WayEnded) return false
      throw error
    }
  }

  // --- Host ----------------------------------------------------------------------------------------------------------

  readonly global = (name: string): LuaValue => {
    if (!this.made.has(name)) this.made.set(name, this.make(name))
    return this.made.get(name)
  }

  readonly random = (): number => 0

  readonly ended = (_: Run, steps: number): void => {
    this.budget.steps -= steps
  }

  private make(name: string): LuaValue {
    const step = this.steps.functions.get(name)
    if (step) return step
    const [call = '', rest] = name.split(' ')
    if (call === 'include' && rest !== undefined) return this.include(name.slice('include '.length))
    if (rest !== undefined) return this.part(call, rest)
    if (isHealthFunction(name)) return this.health(name)
    return this.globals.get(name)
  }

  private health(name: string): LuaFunction {
    return this.steps.openFunction(name, (args, run) => this.met.call(name, args, this.at(run), run, this.resolver))
  }

  /** A folded call: its number in this script, or after the name of included code. */
  private part(call: string, place: string): LuaValue {
    const slash = place.lastIndexOf('/')
    const number = Number(place.slice(slash + 1))
    const script = slash < 0 ? this.explorable.script : this.includedScript(place.slice(0, slash))
    const answer = script?.parts?.[number - 1]?.answer ?? []
    return this.steps.openFunction(call, () => (givesList(call) ? listOutcome(answer) : textOutcome(answer)))
  }

  /** `name/2`: the second code at the name. */
  private includedScript(place: string): Script | undefined {
    const slash = place.lastIndexOf('/')
    return this.explorable.included(place.slice(0, slash))[Number(place.slice(slash + 1)) - 1]
  }

  private include(name: string): LuaFunction {
    const programs = this.explorable
      .included(name)
      .map(({ tree }, i) => this.budget.program(tree as Tree, `${name}${SCRIPT_SIGN}${i + 1}`))
    return this.steps.openFunction('include', (_, run) => {
      const { includeAt } = this
      this.includeAt = this.at(run)
      const returned = protect(
        run,
        () => {
          for (const { main } of programs) run.call(main, [])
          return []
        },
        () => [],
      )
      this.includeAt = includeAt
      return returned
    })
  }

  /** Returns a location in the record's own code: included code has the location of its `include`. */
  private at({ site, sites, depth }: Run): number {
    // A function that Lua's library calls has the site of the library's call.
    const from = site ?? sites.slice(0, depth).findLast((around) => around !== undefined)
    return this.includeAt ?? (from?.chunk.name === SCRIPT_SIGN ? from.at : 0)
  }
}
