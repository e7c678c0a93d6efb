import { err, ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { readGlobals } from './lua-globals.ts'

/** The flags that set how LUA records are read. */
type ReadFlags = {
  readonly luaInsertWhitespace?: boolean
  readonly luaBackupAllLists?: boolean
  readonly luaGlobalIncludeDir?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Returns the options for reading LUA records, from the flags or else the environment. */
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
    agents: agentsOf(environment.AGENT_KEYS),
    asksUpstreams: (environment.UPSTREAMS ?? '').trim() !== '',
  })
}

function yesOrNo(name: string, environment: Environment, purpose: string): Result<boolean> {
  const setting = environment[name] ?? ''
  if (['', 'no', 'yes'].includes(setting)) return ok(setting === 'yes')
  return err(`${name} is "${setting}"; expected yes or no, ${purpose}`)
}

/** Returns the names of the agents in AGENT_KEYS; none if it is not valid, which the Worker reports. */
export function agentsOf(text: string | undefined): string[] {
  try {
    return Object.keys(JSON.parse(text || '{}'))
  } catch {
    return []
  }
}
