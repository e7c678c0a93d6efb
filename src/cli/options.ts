import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { ok, type Result } from '../result.ts'
import type { CompileOptions } from '../zonefile/index.ts'
import { EXIT, type ExitStatus, processConsole } from './console.ts'
import { DEFAULT_CONFIG } from './installation.ts'
import type { AnyKv, KvTarget } from './kv/kv.ts'
import { compileOptions } from './zones/compile-options.ts'

const FOLDER = 'zones'

export const zonesOption = (description = 'the folder of the zones'): Option =>
  new Option('--zones <folder>', description).env('ZONES').default(FOLDER)

export type ReadOptions = {
  readonly luaInsertWhitespace?: boolean
  readonly luaBackupAllLists?: boolean
  readonly luaGlobalIncludeDir?: string
}

/** Adds the options of commands that read zones. */
export const withReading = (command: Command): Command =>
  command
    .option(
      '--lua-insert-whitespace',
      'join the strings of a LUA record as PowerDNS before 5.0 does (or LUA_INSERT_WHITESPACE=yes)',
    )
    .option(
      '--lua-backup-all-lists',
      'a backupSelector chooses from all lists, as in PowerDNS before 5.1 (or LUA_BACKUP_ALL_LISTS=yes)',
    )
    .option(
      '--lua-global-include-dir <folder>',
      'run its *.lua files in front of each LUA record, as PowerDNS does (or LUA_GLOBAL_INCLUDE_DIR)',
    )

/** Returns the options for compiling zones. Ends the program if the environment is not valid. */
export function compilingOf(program: Command, flags: ReadOptions): CompileOptions {
  const options = compileOptions(flags, process.env)
  return options.ok ? options.value : program.error(`error: ${options.error}`)
}

/** Returns the value, or ends the program with a usage error. */
export function orUsage<T>(program: Command, result: Result<T>, exitCode: ExitStatus = EXIT.USAGE): T {
  if (result.ok) return result.value
  return program.error(`error: ${result.error}`, { exitCode })
}

export type ServerOptions = { readonly url: string; readonly keyFile?: string }

/** Adds the options of commands that ask a Worker. @param variable the one of the environment that has the key */
export const withServer = (command: Command, variable: string): Command =>
  command
    .option('--url <url>', 'the URL of the Worker', `http://127.0.0.1:${process.env.PORT || 8787}`)
    .option('--key-file <file>', `a file that contains the key (instead of ${variable} in the environment)`)

/** Opens the KV of this machine, or of the deployed Worker. */
export async function openKv(kvTarget: KvTarget, isRemote: boolean): Promise<Result<AnyKv>> {
  if (!isRemote) return (await import('./kv/local.ts')).openLocalKv(kvTarget)
  return ok((await import('./kv/wrangler.ts')).wranglerKv(kvTarget, '--remote'))
}

/** Sets the exit status. */
export const exit = (status: ExitStatus): void => {
  process.exitCode = status
}

/** Ends a command that cannot begin. */
export function fail(error: string, status: ExitStatus = EXIT.USAGE): void {
  processConsole.err(`error: ${error}`)
  exit(status)
}

/** Collects the values of an option that may be repeated. */
export const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export type KvOptions = { readonly binding: string; readonly config: string; readonly persistTo?: string }

export const withKvOptions = (command: Command): Command =>
  command
    .option('--binding <name>', 'the KV binding of the wrangler configuration', 'GSLB')
    .option('--config <file>', 'the wrangler configuration', DEFAULT_CONFIG)
    .option('--persist-to <folder>', 'the folder of the local KV (default: .wrangler/state beside the configuration)')

export const toKvTarget = ({ binding, config, persistTo }: KvOptions): KvTarget => ({
  binding,
  config: resolve(config),
  persistTo: persistTo === undefined ? undefined : resolve(persistTo),
})

const PARENT_MS = 500

/** Aborts on Ctrl-C, SIGTERM, a closed terminal, and when npm or the older Node that started this process ends. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (process.connected) process.on('disconnect', stop)
  // npm passes a signal on, but cannot when it is killed.
  const parent = process.ppid
  const watch = (): void => void (process.ppid !== parent && stop())
  if (['start', 'npx'].includes(process.env.npm_lifecycle_event ?? '')) setInterval(watch, PARENT_MS).unref()
  // Listening to the channel must not keep this process alive once its work is done.
  process.channel?.unref()
  return controller.signal
}
