import type { Expression as Syntax, Statement as SyntaxStatement } from 'luaparse'
import { meant } from '../did-you-mean.ts'
import { MAX_REPORTED_ISSUES, MAX_SCRIPT_LOCALS, MAX_SCRIPT_NESTING } from '../limits.ts'
import { STANDARD_NAMES } from '../lua-vm/index.ts'
import { MEMBERS, REFUSED_NAMES } from '../powerdns/index.ts'
import { type LuaIssue, startOf } from './fold-context.ts'
import { argumentProblems, methodProblems } from './known-arguments.ts'
import { KnownValues } from './known-values.ts'
import { whyNeverEqual } from './lint-equal.ts'
import { whyNeverPlaced } from './lint-places.ts'
import { whyFailing } from './number-of-arguments.ts'
import type { FunctionScope } from './script-scope.ts'

type GlobalUse = { readonly name: string; readonly at: number }
type MemberUse = { readonly root: string; readonly field: string; readonly by: '.' | ':'; readonly at: number }

/** The names that the host has beside Lua's. */
export type HostNames = {
  readonly globals: ReadonlySet<string>
  /** True for globals that are assigned somewhere, included code too. */
  readonly isAssigned?: (name: string) => boolean
  /** The names that the host refuses, with the reason, beside names that are never available. */
  readonly refused?: ReadonlyMap<string, string>
  /** The values of the code's variables; by default only literals are known. */
  readonly known?: KnownValues
}

/** The largest number of warnings for one script: more would only take memory. */
const MAX_SUSPECTS = 10_000
/** Names that are compared with a wrong one, and wrong names that are compared: hostile code has tens of thousands. */
const MAX_LIKELY = 1_000
const MAX_CORRECTED = 100

/** Collects the errors and the warnings of a script while it is translated. */
export class Report {
  private readonly names: HostNames
  private readonly known: KnownValues
  private readonly offsetAt: (at: number) => number
  private readonly issues: LuaIssue[] = []
  private readonly assigned = new Set<string>()
  private readonly read: GlobalUse[] = []
  private readonly printsAt: number[] = []
  private readonly members: MemberUse[] = []
  /** Problems that apply unless the code gives one of the globals `names` another meaning. */
  private readonly ofGlobals: {
    readonly names: readonly string[]
    readonly issue: LuaIssue
    readonly isFatal: boolean
  }[] = []
  /** Globals that get fields of the script's own. */
  private readonly extended = new Set<string>()
  private tooDeep = false
  private tooManyLocals = false

  constructor(names: HostNames, offsetAt: (at: number) => number) {
    this.names = names
    this.known = names.known ?? new KnownValues()
    this.offsetAt = offsetAt
  }

  finish(): { issues: readonly LuaIssue[]; warnings: readonly LuaIssue[] } {
    const known = new Set([...this.names.globals, ...STANDARD_NAMES])
    const likely = [...known, ...this.assigned].slice(0, MAX_LIKELY)
    const warnings = this.read
      .filter(({ name }) => !this.isAssigned(name) && !known.has(name))
      .map(({ name, at }, i) => {
        const best = i < MAX_CORRECTED ? meant(name, likely) : undefined
        const expected = best ?? "a name of PowerDNS's or of Lua's"
        return { at, message: `the global ${name} is set nowhere, so that it is nil; expected ${expected}` }
      })
    const prints = this.printsAt.map((at) => ({ at, message: 'print does nothing here; expected no print' }))
    const ofGlobals = this.ofGlobals.filter(({ names }) => !names.some((name) => this.isAssigned(name)))
    for (const { issue, isFatal } of ofGlobals) if (isFatal) this.refuse(issue.at, issue.message)
    const suspects = ofGlobals.flatMap(({ issue, isFatal }) => (isFatal ? [] : [issue]))
    const suspect = [...warnings, ...prints, ...this.unknownMembers(), ...suspects]
    return { issues: this.issues, warnings: suspect.sort((a, b) => a.at - b.at) }
  }

  private isAssigned(name: string): boolean {
    return this.assigned.has(name) || this.names.isAssigned?.(name) === true
  }

  private unknownMembers(): LuaIssue[] {
    return this.members
      .filter(({ root, field }) => MEMBERS.get(root)?.has(field) === false)
      .filter(({ root }) => !this.isAssigned(root) && !this.extended.has(root))
      .map(({ root, field, by, at }) => {
        const like = [...(MEMBERS.get(root) as Set<string>)].find((name) => name.toLowerCase() === field.toLowerCase())
        const expected = like === undefined ? 'a name that docs/lua.md or Lua 5.1 has' : `${root}${by}${like}`
        return { at, message: `there is no ${root}${by}${field}, so that it is nil; expected ${expected}` }
      })
  }

  at(node: Syntax | SyntaxStatement): number {
    return this.offsetAt(startOf(node))
  }

  /** Reports an issue. Returns a placeholder for the node, which never runs. */
  refuse(at: number, message: string): null {
    if (this.issues.length < MAX_REPORTED_ISSUES) this.issues.push({ at, message })
    return null
  }

  isTooDeep(at: number, depth: number): boolean {
    // The checked tree has at most one more level than is counted here.
    if (depth < MAX_SCRIPT_NESTING) return false
    if (!this.tooDeep) this.refuse(at, `the code nests too deep; expected at most ${MAX_SCRIPT_NESTING} levels`)
    this.tooDeep = true
    return true
  }

  addLocal(name: string, at: number, scope: FunctionScope): number {
    if (scope.visible >= MAX_SCRIPT_LOCALS) {
      const message = `more than ${MAX_SCRIPT_LOCALS} local variables; expected fewer in one function`
      if (!this.tooManyLocals) this.refuse(at, message)
      this.tooManyLocals = true
      return 0
    }
    return scope.add(name)
  }

  readsGlobal(name: string, at: number): void {
    this.read.push({ name, at })
  }

  setsGlobal(name: string): void {
    this.assigned.add(name)
  }

  /** Records an assignment to a field of a global. */
  setsMember(base: Syntax, scope: FunctionScope): void {
    if (base.type === 'Identifier' && !scope.find(base.name)) this.extended.add(base.name)
  }

  prints(at: number): void {
    this.printsAt.push(at)
  }

  /** Warns of an `==` or `~=` whose operands are never equal. */
  compares(operator: string, left: Syntax, right: Syntax, at: number, scope: FunctionScope): void {
    const never = whyNeverEqual(operator, left, right)
    if (!never || never.names.some((name) => scope.find(name))) return
    this.ofGlobals.push({ names: never.names, issue: { at, message: never.message }, isFatal: false })
  }

  /** Reports a call of a function of PowerDNS whose arguments, or whose number of arguments, are invalid. */
  calls(base: Syntax, args: readonly Syntax[], scope: FunctionScope): void {
    if (base.type !== 'Identifier' || scope.find(base.name)) return
    const { name } = base
    const report = (issue: LuaIssue, isFatal: boolean): void => {
      if (this.ofGlobals.length < MAX_SUSPECTS) this.ofGlobals.push({ names: [name], issue, isFatal })
    }
    const wrongNumber = whyFailing(name, args)
    if (wrongNumber !== undefined) return report({ at: this.at(base), message: wrongNumber }, false)
    const { known } = this
    for (const { at, message, isFatal } of argumentProblems(name, args, known)) {
      report({ at: this.offsetAt(at), message }, isFatal)
    }
    for (const { at, message } of whyNeverPlaced(name, args, known)) report({ at: this.offsetAt(at), message }, false)
  }

  /** Reports a call of a method of PowerDNS's whose argument is invalid. */
  callsMethod(name: string, args: readonly Syntax[]): void {
    if (this.ofGlobals.length >= MAX_SUSPECTS) return
    for (const { at, message } of methodProblems(name, args, this.known)) {
      this.ofGlobals.push({ names: [], issue: { at: this.offsetAt(at), message }, isFatal: false })
    }
  }

  /** Reports a global that is not available. Returns true for one. */
  refusesGlobal(name: string, at: number): boolean {
    const reason = this.names.refused?.get(name) ?? REFUSED_NAMES.get(name)
    if (reason !== undefined) this.refuse(at, `${name} is not available: ${reason}; expected code without it`)
    return reason !== undefined
  }

  /** Refuses fields of the library that are not available, such as `string.dump`; others may be unknown. */
  usesMember(base: Syntax, field: string, by: '.' | ':', at: number, scope: FunctionScope): void {
    if (base.type !== 'Identifier' || scope.find(base.name)) return
    this.members.push({ root: base.name, field, by, at })
    const reason = REFUSED_NAMES.get(`${base.name}.${field}`)
    if (reason !== undefined)
      this.refuse(at, `${base.name}.${field} is not available: ${reason}; expected code without it`)
  }
}
