import { type Command, CommanderError, Option } from 'commander'
import { MIN_SECRET_CHARS } from '../limits.ts'
import type { Result } from '../result.ts'
import { EXIT, type ExitStatus, processConsole } from './console.ts'
import {
  compilingOf,
  exit,
  openKv,
  type PlaceOptions,
  type ReadOptions,
  stopSignal,
  toPlace,
  withPlace,
  withReading,
  zonesOption,
} from './options.ts'
import type { AddOptions, RemoveOptions } from './override/options.ts'
import type { OverrideAction } from './override/override.ts'
import { type Paint, paintFor } from './paint.ts'

/** The commands about health: `status`, `override` and `agent`. */
export function addHealthCommands(program: Command): void {
  addStatus(program)
  addOverride(program)
  addAgent(program)
}

const paint: Paint = (style, text) => paintFor(process.stdout)(style, text)

/** The value, or the end with the status of a command line that makes no sense. */
function orUsage<T>(program: Command, result: Result<T>, exitCode: ExitStatus = EXIT.USAGE): T {
  if (result.ok) return result.value
  return program.error(`error: ${result.error}`, { exitCode })
}

type ServerOptions = { readonly url: string; readonly keyFile?: string }

const withServer = (command: Command, variable: string): Command =>
  command
    .option('--url <url>', 'where the Worker answers', `http://127.0.0.1:${process.env.PORT || 8787}`)
    .option('--key-file <file>', `a file that holds the key (instead of ${variable} in the environment)`)

// --- status ---------------------------------------------------------------------------------------------------------

function addStatus(program: Command): void {
  withServer(program.command('status'), 'API_KEY')
    .description('show the health of every target, and who says so')
    .addHelpText('after', STATUS_HELP)
    // 2 says how the zones are, so that a wrong option is not to end with it.
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(EXIT.UNASKED, error.code, error.message)
    })
    .option('--json', 'print one JSON object', false)
    .option('--watch', 'go on showing it, every two seconds', false)
    .option('--all', 'of many targets too, show all', false)
    .action(async (options: ServerOptions & { json: boolean; watch: boolean; all: boolean }) => {
      const [{ parseServer }, { readSecret }, { statusCommand }] = await Promise.all([
        import('./http-client.ts'),
        import('./secret.ts'),
        import('./status/status.ts'),
      ])
      const url = orUsage(program, parseServer(options.url), EXIT.UNASKED)
      const key = orUsage(program, readSecret('API_KEY', options.keyFile, process.env), EXIT.UNASKED)
      const pages = process.stdout.isTTY
      exit(await statusCommand({ ...options, url, key, pages }, stopSignal(), processConsole, paint))
    })
}

const STATUS_HELP = `
Exit status: 0 all is well, 1 something is down, 2 something is refused or silent, 3 the Worker could not be asked.`

// --- override -------------------------------------------------------------------------------------------------------

type Remote = { readonly remote?: true }

function addOverride(program: Command): void {
  const override = program
    .command('override')
    .description('force targets, pools or datacenters up, down or out of the way, whatever is measured')
  const withKv = (command: Command): Command =>
    withPlace(command)
      .addOption(new Option('--local', 'the KV of this machine (the default)').conflicts('remote'))
      .option('--remote', 'the KV of the deployed Worker')
  const run = async (action: OverrideAction, options: PlaceOptions & Remote): Promise<void> => {
    const { overrideCommand } = await import('./override/override.ts')
    const isRemote = options.remote ?? false
    const place = toPlace(options)
    const by = ['--binding', place.binding, isRemote ? '--remote' : '--local']
    if (place.persistTo !== undefined && !isRemote) by.push('--persist-to', place.persistTo)
    const kv = {
      open: () => openKv(place, isRemote),
      where: isRemote ? 'production' : 'local KV',
      byHand: (operation: 'get' | 'delete') => `npx wrangler kv key ${operation} overrides ${by.join(' ')}`,
    }
    exit(await overrideCommand(action, kv, Date.now(), processConsole, paint))
  }

  withKv(override.command('list'))
    .description('what is forced, by whom, why and until when; ended ones too')
    .action((options: PlaceOptions & Remote) => run({ kind: 'list' }, options))

  withKv(withReading(override.command('add')))
    .description('force a state; globs: * is any text, ? any character')
    .option('--check <glob>', 'checks, like example.com/web')
    .option('--target <glob>', 'targets, like 192.0.2.1:80 or 192.0.2.*')
    .option('--pool <glob>', 'pools, like www.example.com/A')
    .option('--datacenter <glob>', 'datacenters of pools, like fra')
    .addOption(
      new Option('--force <state>', 'what they count as; drained ones take no part')
        .choices(['up', 'down', 'drained'] as const)
        .makeOptionMandatory(),
    )
    .requiredOption('--why <text>', 'the reason, for everybody who wonders')
    .option('--by <name>', 'who forces it (user and host)')
    .option('--until <time>', 'when it ends, like 2026-11-22T18:00:00Z')
    .option('--for <time>', 'how long it holds, like 2h or 1h30m')
    .addOption(zonesOption())
    .action(async (options: AddOptions & PlaceOptions & ReadOptions & Remote & { zones: string }) => {
      const { parseAdd } = await import('./override/options.ts')
      const reading = { zones: options.zones, compiling: compilingOf(program, options) }
      return run({ kind: 'add', override: orUsage(program, parseAdd(options, Date.now())), ...reading }, options)
    })

  withKv(override.command('remove'))
    .description('let what was measured count again')
    .argument('[numbers...]', 'as "override list" shows them: it may have changed since')
    .option('--check <glob>', 'those of these checks, as they were added')
    .option('--target <glob>', 'those of these targets')
    .option('--pool <glob>', 'those of these pools')
    .option('--datacenter <glob>', 'those of these datacenters')
    .option('--all', 'all of them', false)
    .action(async (numbers: string[], options: PlaceOptions & Remote & RemoveOptions) => {
      const { parseRemove } = await import('./override/options.ts')
      return run({ kind: 'remove', which: orUsage(program, parseRemove(numbers, options)) }, options)
    })
}

// --- agent ----------------------------------------------------------------------------------------------------------

function addAgent(program: Command): void {
  withServer(program.command('agent'), 'AGENT_KEY')
    .description('probe from this machine what the Worker asks it to, and report; it runs until it is stopped')
    .requiredOption('--name <name>', 'the name that AGENT_KEYS of the Worker and "from" of checks have for it')
    .option('--once', 'probe everything once, report, and end', false)
    .action(async (options: ServerOptions & { name: string; once: boolean }) => {
      const [{ VANTAGE_NAME }, { runProbe }, { nodeIo }, { agentCommand }, { parseServer }, { readSecret }] =
        await Promise.all([
          import('../health/index.ts'),
          import('../probe/index.ts'),
          import('./probe-node.ts'),
          import('./agent/agent.ts'),
          import('./http-client.ts'),
          import('./secret.ts'),
        ])
      const { name, once } = options
      const url = orUsage(program, parseServer(options.url))
      const secret = orUsage(program, readSecret('AGENT_KEY', options.keyFile, process.env))
      const fail = (why: string): never => program.error(`error: ${why}`, { exitCode: EXIT.USAGE })
      if (!VANTAGE_NAME.test(name)) fail(`"${name}" is not a valid name of an agent; expected letters, digits and "-"`)
      if (secret.length < MIN_SECRET_CHARS)
        fail(`the key is too short; expected at least ${MIN_SECRET_CHARS} characters`)
      const io = nodeIo()
      const agent = { url, name, secret, once, probe: (probe: Parameters<typeof runProbe>[0]) => runProbe(probe, io) }
      exit(await agentCommand(agent, stopSignal(), processConsole, paint))
      // A probe under way may take its time, which nobody waits for any more.
      setTimeout(() => process.exit(), GRACE_MS).unref()
    })
}

const GRACE_MS = 100
