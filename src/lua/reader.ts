import { MAX_HELD_LUA_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type FoldedLua, foldParsed } from './fold.ts'
import type { LuaBackup, LuaIssue } from './fold-context.ts'
import { type ParsedCode, parseCode } from './parse.ts'
import { type CompiledScript, type IncludedCode, ScriptCompiler } from './script-compiler.ts'

/** The code of a LUA record, once it is read. */
export type RecordCode = {
  readonly code: string
  /** The type of the records that it answers with. */
  readonly type: number
  /** The answer that it folds to; undefined if it has to run. */
  readonly folded: FoldedLua | undefined
  /** The script, for code that has to run. Undefined if it includes other code: that is known when all code is read. */
  readonly script: Result<CompiledScript, readonly LuaIssue[]> | undefined
}

/**
 * Reads the code of the LUA records of one zone, each text once: what is folded, and what is translated, come from the
 * same syntax tree, which is then forgotten. Trees of code that includes other code are kept until it is translated.
 */
export class LuaReader {
  /** The lists that a backup selector looks at; the default is the first list. */
  readonly backup: LuaBackup | undefined
  private readonly held = new Map<string, ParsedCode>()
  private charsLeft = MAX_HELD_LUA_CHARS

  constructor(backup?: LuaBackup) {
    this.backup = backup
  }

  /** Errors are those of its syntax, and of code that folds. Those of a script are in `script`. */
  read(code: string, type: number): Result<RecordCode, readonly LuaIssue[]> {
    const parsed = this.parse(code)
    if (!parsed.ok) return err([parsed.error])
    const folded = foldParsed(parsed.value, type, this.backup)
    if (!folded.ok) return folded
    const isReady = !folded.value && !mayInclude(code)
    const script = isReady ? this.translated(code, parsed.value, type, undefined) : undefined
    return ok({ code, type, folded: folded.value, script })
  }

  /** The code as a script, with what it includes. */
  script(
    { code, type }: Pick<RecordCode, 'code' | 'type'>,
    includes: IncludedCode | undefined,
  ): Result<CompiledScript, readonly LuaIssue[]> {
    const parsed = this.parse(code)
    return parsed.ok ? this.translated(code, parsed.value, type, includes) : err([parsed.error])
  }

  /** The syntax tree of a record's code. */
  parse(code: string): Result<ParsedCode, LuaIssue> {
    const held = this.held.get(code)
    if (held) return ok(held)
    const parsed = parseCode(code)
    if (parsed.ok && mayInclude(code) && code.length <= this.charsLeft) {
      this.charsLeft -= code.length
      this.held.set(code, parsed.value)
    }
    return parsed
  }

  private translated(code: string, parsed: ParsedCode, type: number, includes: IncludedCode | undefined) {
    return new ScriptCompiler(code, parsed, '', type, this.backup, includes).compile()
  }
}

const mayInclude = (code: string): boolean => code.includes('include')
