import { type Name, parseName } from '../dns/index.ts'
import { issueInGlobalFile } from '../lua/index.ts'
import type { Position } from './diagnostic.ts'
import { Source } from './source.ts'

/** The name of the code of `lua-global-include-dir` in a document. No host can have it. */
export const GLOBALS = '_lua-global-include-dir'
const INCLUDE = `;include('${GLOBALS}')`

/**
 * Makes a script that includes the global files first.
 * @returns also the number of characters by which the record's code has moved
 */
export function withGlobals(code: string): { readonly code: string; readonly shift: number } {
  if (code.startsWith(INCLUDE)) return { code, shift: 0 }
  if (code.startsWith(';')) return { code: `${INCLUDE} ${code.slice(1)}`, shift: INCLUDE.length }
  return { code: `${INCLUDE} return ${code}`, shift: `${INCLUDE} return `.length }
}

/** Returns the name of the global code in a zone, if there is any. */
export function globalsName(origin: Name, globals: readonly string[]): Name | undefined {
  const name = globals.length > 0 ? parseName(GLOBALS, origin) : undefined
  return name?.ok ? name.value : undefined
}

/** Returns the first error in a global file, with its position. Included code needs no `return` or `;` before it. */
export function checkGlobal(text: string): (Omit<Position, 'file'> & { readonly message: string }) | undefined {
  const issue = issueInGlobalFile(text)
  if (!issue) return undefined
  const { line, column } = new Source('', text).positionAt(issue.at)
  return { line, column, message: issue.message }
}
