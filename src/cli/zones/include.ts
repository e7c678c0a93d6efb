import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { err, ok, type Result } from '../../result.ts'
import type { Include } from '../../zonefile/index.ts'
import { readText } from './read-text.ts'

/**
 * Returns the reader of included files. It only reads below the zone file's folder, since the author of a zone must not
 * read the rest of the disk. Symbolic links are resolved before that check.
 */
export function includeBelow(zoneFile: string): Include {
  const folder = dirname(zoneFile)
  return (path, from) => {
    const file = isAbsolute(path) ? path : join(dirname(from), path)
    const inside = isInside(folder, file)
    if (!inside.ok) return inside
    const text = readText(file)
    return text.ok ? ok({ file, text: text.value }) : text
  }
}

function isInside(folder: string, file: string): Result<true> {
  const outside = err(`${file} is outside the zone file's folder; expected a file below ${folder}${sep}`)
  if (leavesBy(relative(folder, file))) return outside
  try {
    return leavesBy(relative(realpathSync(folder), realpathSync(file))) ? outside : ok(true)
  } catch {
    return err(`${file} does not exist; expected a file below ${folder}${sep}`)
  }
}

const leavesBy = (path: string): boolean => path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
