import { err, ok, type Result } from '../result.ts'
import type { CompileOptions } from '../zonefile/index.ts'
import { readGlobals } from './lua-globals.ts'

/** What the flags of a command say of how LUA records are to be read. */
export type ReadFlags = {
  readonly luaInsertWhitespace?: boolean
  readonly luaBackupAllLists?: boolean
  readonly luaGlobalIncludeDir?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** How LUA records are to be read: by flags, else by the environment. */
export function compileOptions(flags: ReadFlags, environment: Environment): Result<CompileOptions> {
  const whitespace = yesOrNo('LUA_INSERT_WHITESPACE', environment, "as PowerDNS's lua-records-insert-whitespace")
  if (!whitespace.ok) return whitespace
  const backup = yesOrNo('LUA_BACKUP_ALL_LISTS', environment, 'which is for zones of a PowerDNS before 5.1')
  if (!backup.ok) return backup
  const { luaGlobalIncludeDir: folder = environment.LUA_GLOBAL_INCLUDE_DIR } = flags
  const globals = folder ? readGlobals(folder) : ok(undefined)
  if (!globals.ok) return globals
  return ok({
    luaInsertWhitespace: flags.luaInsertWhitespace ?? whitespace.value,
    ...((flags.luaBackupAllLists ?? backup.value) && { luaBackupAllLists: true }),
    ...(globals.value && { luaGlobals: globals.value }),
  })
}

function yesOrNo(name: string, environment: Environment, what: string): Result<boolean> {
  const setting = environment[name] ?? ''
  if (['', 'no', 'yes'].includes(setting)) return ok(setting === 'yes')
  return err(`${name} is "${setting}"; expected yes or no, ${what}`)
}
