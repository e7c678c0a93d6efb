import type { Identifier, Node, Expression as Syntax } from 'luaparse'
import type { Value } from './value.ts'

/** A problem in Lua code, or something suspect: `at` is an offset in the code, from 0. */
export type LuaIssue = { readonly at: number; readonly message: string }

export type LuaBackup = 'first list' | 'all lists'

/** Stands for code that is valid and that only a query can evaluate: the code has to run. */
export const NOT_CONSTANT: undefined = undefined

/** The variables of a script, as far as their values are known when the zone is compiled. `Constants` finds them. */
type ScriptVariables = {
  /** The value that a variable always has where it is used. `fromInclude`: its code is included. */
  valueOf(use: Identifier): { readonly init: Syntax; readonly fromInclude: boolean } | undefined
  /** True if the script gives the name a meaning of its own. */
  isOwn(use: Identifier): boolean
}

/** Collects what folding one piece of code finds, and holds what folding depends on. */
export class FoldContext {
  readonly issues: LuaIssue[] = []
  readonly warnings: LuaIssue[] = []
  /** The offset in the code of each expression with a kind, and of each member with an offset of its own. */
  readonly marks = new Map<object, number>()
  /** The number of calls around the one that is folded. */
  calls = 0
  /** Calls of a script that were folded before, by where they begin. */
  readonly known = new Map<Node, Value | undefined>()
  /** The lists that a backup selector looks at: the first, as in PowerDNS 5.1, or all, as in older versions. */
  readonly backup: LuaBackup
  /** The type of the records that the code answers with; undefined if a script uses the value. */
  readonly type: number | undefined
  /** The variables of the script that the code is part of; undefined for an expression by itself. */
  readonly constants: ScriptVariables | undefined

  constructor(type: number | undefined, constants?: ScriptVariables, backup: LuaBackup = 'first list') {
    this.type = type
    this.backup = backup
    this.constants = constants
  }

  /** Reports an issue. Returns undefined, so that a caller can return that. */
  refuse(at: number | Node, message: string): undefined {
    this.issues.push({ at: typeof at === 'number' ? at : startOf(at), message })
  }

  warn(at: number | Node, message: string): void {
    this.warnings.push({ at: typeof at === 'number' ? at : startOf(at), message })
  }

  marked<const E extends object>(at: number, made: E): E {
    this.marks.set(made, at)
    return made
  }
}

/** luaparse's types leave out the ranges that it is asked for. */
export const startOf = (node: Node): number => (node as Node & { range?: [number, number] }).range?.[0] ?? 0

/** Issues in the order of the code, each once. */
export const distinct = (issues: readonly LuaIssue[]): LuaIssue[] =>
  [...new Map(issues.map((issue) => [`${issue.at} ${issue.message}`, issue])).values()].sort((a, b) => a.at - b.at)
