import { existsSync } from 'node:fs'
import type { CompileOptions, Diagnostic } from '../../zonefile/index.ts'
import type { ApiClient } from '../api/client.ts'
import { type Fault, faultDiagnostics } from '../api/fault.ts'
import { checkZone, type Sent } from '../api/zones.ts'
import { originOf } from '../publish/read-zones.ts'
import { type CompiledFile, startOf } from './compile-files.ts'
import { expectationsOf } from './folder.ts'
import { readText } from './read-text.ts'

/** Returns a function that has the Worker check a zone that is valid here, and returns what it finds beside that. */
export function checkThroughApi(api: ApiClient, compiling: CompileOptions) {
  let silent: Fault | undefined
  return async (compiled: CompiledFile): Promise<readonly Diagnostic[]> => {
    const { file } = compiled
    const unchecked = ({ why }: Fault): Diagnostic[] => [
      { ...startOf(file), severity: 'error', message: `the zone is not checked there: ${why}` },
    ]
    // A server that is away is waited for once, and not for each file.
    if (silent) return unchecked(silent)
    const found = await checkZone(api, `${originOf(compiled.zone)}.`, sentOf(compiled, compiling))
    if (!found.ok) {
      if (found.error.status === undefined) silent = found.error
      const errors = faultDiagnostics(found.error, file)
      return errors.length > 0 ? errors : unchecked(found.error)
    }
    const known = new Set(compiled.warnings.map(({ line, message }) => `${line} ${message}`))
    const warnings = found.value.warnings
      .filter(({ line, message }) => !known.has(`${line} ${message}`))
      .map(({ line, column, message }): Diagnostic => ({ file, line, column, severity: 'warning', message }))
    // Tests beside the file were run here, and take the place of those that the Worker has.
    const hasOwn = existsSync(expectationsOf(file))
    const errors = found.value.errors.filter(({ isOfExpectations }) => !isOfExpectations || !hasOwn)
    return [...faultDiagnostics({ errors }, file), ...warnings]
  }
}

/**
 * Returns the text of the file, so that errors have its lines, or the document where the text alone is not the zone.
 */
function sentOf({ file, document, included }: CompiledFile, compiling: CompileOptions): Sent {
  const { luaGlobals, luaInsertWhitespace, luaBackupAllLists } = compiling
  const isAlone = included.length === 0 && !luaGlobals && !luaInsertWhitespace && !luaBackupAllLists
  const text = isAlone ? readText(file) : undefined
  // Zone files are octets, and bodies UTF-8.
  if (text?.ok && (/\.json$/i.test(file) || isAscii(text.value))) {
    return { type: /\.json$/i.test(file) ? 'application/json' : 'text/dns', text: text.value }
  }
  return { type: 'application/json', text: JSON.stringify(document) }
}

const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text)
