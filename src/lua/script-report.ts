import type { Expression as Syntax, Statement as SyntaxStatement } from 'luaparse'
import { MAX_REPORTED_ISSUES, MAX_SCRIPT_LOCALS, MAX_SCRIPT_NESTING } from '../limits.ts'
import { STANDARD_NAMES } from '../lua-vm/index.ts'
import { MEMBERS, REFUSED_NAMES } from '../powerdns/index.ts'
import { type LuaIssue, startOf } from './folding.ts'
import { whyNeverEqual } from './never-equal.ts'
import { whyNeverPlaced } from './never-placed.ts'
import { whyFailing } from './number-of-arguments.ts'
import type { FunctionScope } from './script-scope.ts'

type GlobalUse = { readonly name: string; readonly at: number }
type MemberUse = { readonly root: string; readonly field: string; readonly by: '.' | ':'; readonly at: number }

/** The names that the host has beside Lua's. */
export type HostNames = {
  readonly globals: ReadonlySet<string>
  /** Those that get a value somewhere, also in what is included. */
  readonly isAssigned?: (name: string) => boolean
  /** Those that it refuses, with the reason, beside those that cannot exist at all. */
  readonly refused?: ReadonlyMap<string, string>
}

/** What is wrong with a script, and what is suspect, while it is gone through. */
export class Report {
  private readonly names: HostNames
  private readonly offsetAt: (at: number) => number
  private readonly issues: LuaIssue[] = []
  private readonly assigned = new Set<string>()
  private readonly read: GlobalUse[] = []
  private readonly printsAt: number[] = []
  private readonly members: MemberUse[] = []
  private readonly comparisons: { readonly names: readonly string[]; readonly issue: LuaIssue }[] = []
  /** Globals that get fields of the script's own. */
  private readonly extended = new Set<string>()
  private tooDeep = false
  private tooManyLocals = false

  constructor(names: HostNames, offsetAt: (at: number) => number) {
    this.names = names
    this.offsetAt = offsetAt
  }

  finish(): { issues: readonly LuaIssue[]; warnings: readonly LuaIssue[] } {
    const isKnown = (name: string): boolean =>
      this.isAssigned(name) || this.names.globals.has(name) || STANDARD_NAMES.has(name)
    const warnings = this.read
      .filter(({ name }) => !isKnown(name))
      .map(({ name, at }) => ({
        at,
        message: `the global ${name} is set nowhere, so that it is nil; expected a name of PowerDNS's or of Lua's`,
      }))
    const prints = this.printsAt.map((at) => ({ at, message: 'print does nothing here; expected no print' }))
    const comparisons = this.comparisons.flatMap(({ names, issue }) =>
      names.some((name) => this.isAssigned(name)) ? [] : [issue],
    )
    const suspect = [...warnings, ...prints, ...this.unknownMembers(), ...comparisons]
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

  /** Reports an issue; what stands for the node is never run. */
  refuse(at: number, message: string): null {
    if (this.issues.length < MAX_REPORTED_ISSUES) this.issues.push({ at, message })
    return null
  }

  isTooDeep(at: number, depth: number): boolean {
    // One level of the checked tree at most is not counted here.
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

  /** A field of a global gets a value. */
  setsMember(base: Syntax, scope: FunctionScope): void {
    if (base.type === 'Identifier' && !scope.find(base.name)) this.extended.add(base.name)
  }

  prints(at: number): void {
    this.printsAt.push(at)
  }

  /** An `==` or `~=` of what may never be equal. */
  compares(operator: string, left: Syntax, right: Syntax, at: number, scope: FunctionScope): void {
    const never = whyNeverEqual(operator, left, right)
    if (!never || never.names.some((name) => scope.find(name))) return
    this.comparisons.push({ names: never.names, issue: { at, message: never.message } })
  }

  /** A call of a function that fails at how many arguments it has, or that may ask for a place where nobody is. */
  calls(base: Syntax, args: readonly Syntax[], scope: FunctionScope): void {
    if (base.type !== 'Identifier' || scope.find(base.name)) return
    const wrongNumber = whyFailing(base.name, args)
    if (wrongNumber !== undefined) {
      this.comparisons.push({ names: [base.name], issue: { at: this.at(base), message: wrongNumber } })
      return
    }
    for (const { node, message } of whyNeverPlaced(base.name, args)) {
      this.comparisons.push({ names: [base.name], issue: { at: this.at(node), message } })
    }
  }

  /** Whether a global cannot exist here, which is reported. */
  refusesGlobal(name: string, at: number): boolean {
    const reason = this.names.refused?.get(name) ?? REFUSED_NAMES.get(name)
    if (reason !== undefined) this.refuse(at, `${name} is not available: ${reason}; expected code without it`)
    return reason !== undefined
  }

  /** Fields of the library that cannot exist, such as `string.dump`, are refused; others may be unknown. */
  usesMember(base: Syntax, field: string, by: '.' | ':', at: number, scope: FunctionScope): void {
    if (base.type !== 'Identifier' || scope.find(base.name)) return
    this.members.push({ root: base.name, field, by, at })
    const reason = REFUSED_NAMES.get(`${base.name}.${field}`)
    if (reason !== undefined)
      this.refuse(at, `${base.name}.${field} is not available: ${reason}; expected code without it`)
  }
}
