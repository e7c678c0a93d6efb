import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_LUA_GLOBALS } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import { checkGlobal } from '../../zonefile/index.ts'
import { readText } from './read-text.ts'

/**
 * Returns the texts of a folder's `*.lua` files, in the octet order of their names. All have to be valid: with an
 * invalid one PowerDNS answers no LUA record.
 */
export function readGlobals(folder: string): Result<readonly string[]> {
  const names = namesIn(folder)
  if (!names.ok) return names
  if (names.value.length > MAX_LUA_GLOBALS) {
    return err(`${folder} has ${names.value.length} files named *.lua; expected at most ${MAX_LUA_GLOBALS}`)
  }
  const texts: string[] = []
  for (const name of names.value) {
    const file = join(folder, name)
    const text = readText(file, 'Lua code')
    if (!text.ok) return err(`${file}: ${text.error}`)
    const problem = checkGlobal(text.value)
    if (problem) return err(`${file}:${problem.line}:${problem.column}: ${problem.message}`)
    texts.push(text.value)
  }
  return ok(texts)
}

function namesIn(folder: string): Result<readonly string[]> {
  try {
    const files = readdirSync(folder, { withFileTypes: true }).filter(
      (entry) => (entry.isFile() || entry.isSymbolicLink()) && entry.name.endsWith('.lua'),
    )
    return ok(files.map(({ name }) => name).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : (error as Error).message
    return err(`lua-global-include-dir ${folder}: ${why}; expected a folder of *.lua files`)
  }
}
