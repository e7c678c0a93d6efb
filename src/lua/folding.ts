import type { Node } from 'luaparse'
import type { Constants } from './constants.ts'
import type { Value } from './value.ts'

/** What is wrong, or suspect, in Lua code: `at` is an offset in it, from 0. */
export type LuaIssue = { readonly at: number; readonly message: string }

export type LuaBackup = 'first list' | 'all lists'

/** What folding one piece of code needs and leaves behind. */
export class Folding {
  readonly issues: LuaIssue[] = []
  readonly warnings: LuaIssue[] = []
  /** What is right, and not known before a query is there: the code has to run. */
  readonly dynamics: LuaIssue[] = []
  /** Where each expression with a kind came from, and each member with an own place. */
  readonly marks = new Map<object, number>()
  /** How many calls are around the one being folded. */
  calls = 0
  /** Calls of a script that were folded before, by where they begin. */
  readonly known = new Map<Node, Value | undefined>()
  /** The lists that a backup selector looks at: the first, as in PowerDNS 5.1, or all, as in older versions. */
  readonly backup: LuaBackup
  /** The type of the records that the code answers with; undefined where what is folded is a script's to use. */
  readonly type: number | undefined
  /** The variables of the script that the code is part of; undefined for an expression by itself. */
  readonly constants: Constants | undefined

  constructor(type: number | undefined, constants?: Constants, backup: LuaBackup = 'first list') {
    this.type = type
    this.backup = backup
    this.constants = constants
  }

  /** Reports an issue; gives nothing, so that a caller can return it. */
  refuse(at: number | Node, message: string): undefined {
    this.issues.push({ at: typeof at === 'number' ? at : startOf(at), message })
  }

  /** Reports what cannot be folded though nothing is wrong with it. */
  dynamic(at: number | Node, message: string): undefined {
    this.dynamics.push({ at: typeof at === 'number' ? at : startOf(at), message })
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
