import { type Name, parseName } from '../dns/index.ts'
import { issueInGlobalFile } from '../lua/index.ts'
import type { Position } from './diagnostic.ts'
import { Source } from './source.ts'

/** The name that code of `lua-global-include-dir` has in a document: no host can have it. */
export const GLOBALS = '_lua-global-include-dir'
const INCLUDE = `;include('${GLOBALS}')`

/**
 * Code that runs the global files first, as a script that includes them.
 * @returns also by how many characters the record's own code has moved
 */
export function withGlobals(code: string): { readonly code: string; readonly shift: number } {
  if (code.startsWith(INCLUDE)) return { code, shift: 0 }
  if (code.startsWith(';')) return { code: `${INCLUDE} ${code.slice(1)}`, shift: INCLUDE.length }
  return { code: `${INCLUDE} return ${code}`, shift: `${INCLUDE} return `.length }
}

/** The name of a zone that stands for the global code, if there is any. */
export function globalsName(origin: Name, globals: readonly string[]): Name | undefined {
  const name = globals.length > 0 ? parseName(GLOBALS, origin) : undefined
  return name?.ok ? name.value : undefined
}

/** The first mistake in a global file, with its place. Code that is included has no `return` or `;` in front of it. */
export function checkGlobal(text: string): (Omit<Position, 'file'> & { readonly message: string }) | undefined {
  const issue = issueInGlobalFile(text)
  if (!issue) return undefined
  const { line, column } = new Source('', text).positionAt(issue.at)
  return { line, column, message: issue.message }
}
