import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, Option } from 'commander'
import { ok } from '../result.ts'
import { VERSION } from '../version.ts'
import { check } from './check.ts'
import { EXIT, type ExitStatus, processConsole } from './console.ts'
import { dev, parseDevSettings } from './dev.ts'
import { type ExplainOptions, explainCommand } from './explain.ts'
import type { KvPlace } from './kv.ts'
import { openLocalKv } from './kv-local.ts'
import { wranglerKv } from './kv-wrangler.ts'
import { publishCommand } from './publish.ts'

/** The `edge-gslb` command. Sets the exit status; see EXIT. */
export async function main(args: readonly string[]): Promise<void> {
  // What reads the output may stop reading, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.OK : EXIT.FAILED),
  )
  try {
    await program().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? EXIT.OK : EXIT.USAGE
  }
}

const CONFIG = fileURLToPath(new URL('../../wrangler.toml', import.meta.url))
const FOLDER = 'zones'

function program(): Command {
  const program = new Command('edge-gslb')
    .description('Global server load balancing at the edge: checks, explains and publishes zones')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')

  program
    .command('check')
    .description('compile zone files and zone documents, and say what is wrong with them')
    .argument('<file...>', 'zone files, named after their zone (example.com.zone), or zone documents (.json)')
    .action((files: string[]) => exit(check(files, processConsole)))

  program
    .command('explain')
    .description('answer a question as the Worker would, and show each decision and why')
    .argument('<name>', 'the queried name; a trailing dot makes no difference')
    .argument('[type]', 'its type, like A, aaaa or TYPE65280', 'A')
    .option('--client <address>', 'the address that asks')
    .option('--ecs <network>', 'the Client Subnet option of the query, which then stands for the client')
    .option('--json', 'print one JSON object')
    .addOption(new Option('--zones <folder>', 'where the zones are').env('ZONES').default(FOLDER))
    .action((name: string, type: string, options: ExplainOptions) =>
      exit(explainCommand(name, type, options, Math.random, processConsole)),
    )

  withPlace(program.command('publish'))
    .description('check all zones of a folder and write those that changed to Workers KV')
    .argument('[folder]', 'where the zones are', FOLDER)
    .addOption(new Option('--local', 'write to the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'write to the KV of the deployed Worker')
    .option('--prune', 'also remove published zones that are not in the folder', false)
    .action(async (folder: string, options: PlaceOptions & { remote?: boolean; prune: boolean }) => {
      const place = toPlace(options)
      const where = options.remote ? 'production' : 'local KV'
      const open = async () => (options.remote ? ok(wranglerKv(place, '--remote')) : openLocalKv(place))
      exit(await publishCommand(folder, { prune: options.prune, where }, open, processConsole))
    })

  withPlace(program.command('dev'))
    .description('publish to local KV, serve, and publish again when a zone file changes (npm start)')
    .addHelpText('after', '\nEnvironment: PORT (8787), ZONES (a folder: zones), API_KEY (handed to the Worker)')
    .action(async (options: PlaceOptions) => {
      const settings = parseDevSettings(process.env)
      if (!settings.ok) program.error(`error: ${settings.error}`)
      else exit(await dev(settings.value, toPlace(options), stopSignal(), processConsole))
    })

  return program
}

const exit = (status: ExitStatus): void => {
  process.exitCode = status
}

type PlaceOptions = { readonly binding: string; readonly config: string; readonly persistTo?: string }

const withPlace = (command: Command): Command =>
  command
    .option('--binding <name>', 'the KV binding of the wrangler configuration', 'GSLB')
    .option('--config <file>', 'the wrangler configuration', CONFIG)
    .option('--persist-to <folder>', 'where the local KV is (.wrangler/state beside the configuration)')

const toPlace = ({ binding, config, persistTo }: PlaceOptions): KvPlace => ({
  binding,
  config: resolve(config),
  persistTo: persistTo === undefined ? undefined : resolve(persistTo),
})

const PARENT_MS = 500

/** Ctrl-C, a polite kill, a closed terminal, or the end of npm or of the older Node that stand in for this one. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (process.connected) process.on('disconnect', stop)
  // npm tells when it is stopped, but not when it is killed.
  const parent = process.ppid
  const watch = (): void => void (process.ppid !== parent && stop())
  if (process.env.npm_lifecycle_event === 'start') setInterval(watch, PARENT_MS).unref()
  // Listening to the channel must not keep this process alive once its work is done.
  process.channel?.unref()
  return controller.signal
}
