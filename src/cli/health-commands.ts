import { type Command, CommanderError, Option } from 'commander'
import { MIN_SECRET_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { exposedText, KEY_VARIABLE, openApi, type ToOptions, withTo } from './api/options.ts'
import { EXIT, type ExitStatus, processConsole } from './console.ts'
import { examples } from './help.ts'
import {
  compilingOf,
  exit,
  fail,
  type KvOptions,
  openKv,
  type ReadOptions,
  several,
  stopSignal,
  toKvTarget,
  withKvOptions,
  withReading,
  zonesOption,
} from './options.ts'
import type { AddOptions, RemoveOptions, SubjectOptions } from './override/options.ts'
import type { OverrideAction } from './override/override.ts'
import { type Paint, paintFor } from './paint.ts'

/** Adds the commands about health: `status`, `override` and `agent`. */
export function addHealthCommands(program: Command): void {
  addStatus(program)
  addOverride(program)
  addAgent(program)
}

const paint: Paint = (style, text) => paintFor(process.stdout)(style, text)

/** Returns the value, or ends the program with a usage error. */
function orUsage<T>(program: Command, result: Result<T>, exitCode: ExitStatus = EXIT.USAGE): T {
  if (result.ok) return result.value
  return program.error(`error: ${result.error}`, { exitCode })
}

type ServerOptions = { readonly url: string; readonly keyFile?: string }

const withServer = (command: Command, variable: string): Command =>
  command
    .option('--url <url>', 'the URL of the Worker', `http://127.0.0.1:${process.env.PORT || 8787}`)
    .option('--key-file <file>', `a file that contains the key (instead of ${variable} in the environment)`)

// --- status ---------------------------------------------------------------------------------------------------------

function addStatus(program: Command): void {
  withServer(program.command('status'), 'API_KEY')
    .description('show the health of every target, by vantage point')
    .option('--to <url>', 'the same as --url, with the key in EDGE_GSLB_KEY or API_KEY')
    .addHelpText('after', STATUS_HELP)
    // Status 2 means "in doubt" here, so a usage error needs another status.
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(EXIT.UNASKED, error.code, error.message)
    })
    .option('--json', 'print one JSON object', false)
    .option('--watch', 'refresh every two seconds', false)
    .option('--all', 'show all targets, however many there are', false)
    .option('--costs', 'show the published zones, and what each costs', false)
    .action(async (options: StatusOptions) => {
      const [{ isExposed, parseServer }, { readKey }, { statusCommand }] = await Promise.all([
        import('./http-client.ts'),
        import('./secret.ts'),
        import('./status/status.ts'),
      ])
      const url = orUsage(program, parseServer(options.to ?? options.url), EXIT.UNASKED)
      if (options.to !== undefined && isExposed(url)) orUsage(program, err(exposedText(url)), EXIT.UNASKED)
      const isOlder = !process.env[KEY_VARIABLE] && (options.to === undefined || process.env.API_KEY)
      const variable = isOlder ? 'API_KEY' : KEY_VARIABLE
      const key = orUsage(program, readKey(variable, options.keyFile, process.env), EXIT.UNASKED)
      const pages = process.stdout.isTTY
      exit(await statusCommand({ ...options, url, key, pages }, stopSignal(), processConsole, paint))
    })
}

type StatusOptions = ServerOptions & {
  readonly to?: string
  readonly json: boolean
  readonly watch: boolean
  readonly all: boolean
  readonly costs: boolean
}

const STATUS_HELP = examples(
  '0 all is well, 1 a target is down, 2 something else is wrong, 3 the Worker could not be asked.\n' +
    'The 2 is for a refused document, a stale state, a silent vantage point, a guard that holds,\n' +
    'an ALIAS that cannot be resolved, a signed zone that does not validate, and a receiver that could not be told.',
  ['edge-gslb status', 'of npm start on this machine'],
  ['edge-gslb status --to https://dns.example.com --watch', 'of production, every two seconds'],
  ['edge-gslb status --to https://dns.example.com --json', 'for programs and monitoring'],
)

// --- override -------------------------------------------------------------------------------------------------------

type Remote = ToOptions & { readonly remote?: true; readonly json: boolean }

function addOverride(program: Command): void {
  const override = program
    .command('override')
    .description('force targets, pools or datacenters up, down or drained, whatever the probes find')
    .addHelpText('after', OVERRIDE_HELP)
  const withKv = (command: Command): Command =>
    withTo(
      withKvOptions(command)
        .addOption(new Option('--local', 'the KV of this machine (the default)').conflicts('remote'))
        .option('--remote', 'the KV of the deployed Worker'),
      ['local', 'remote'],
    )
      .option('--json', 'print the list as one JSON object', false)
      .addHelpText('after', OVERRIDE_HELP)
  const run = async (action: OverrideAction, options: KvOptions & Remote): Promise<void> => {
    const [{ overrideCommand }, { healthInKv }] = await Promise.all([
      import('./override/override.ts'),
      import('./override/health.ts'),
    ])
    const isRemote = options.remote ?? false
    const { to, json } = options
    if (to !== undefined) {
      const api = await openApi({ ...options, to }, stopSignal())
      if (!api.ok) return fail(api.error)
      const { healthThroughApi, overridesThroughApi } = await import('./override/through-api.ts')
      const kv = {
        open: async () => ok(overridesThroughApi(api.value)),
        health: healthThroughApi(api.value),
        guards: true as const,
        where: api.value.where,
        byHand: (operation: 'get' | 'delete') => `npx wrangler kv key ${operation} overrides --binding GSLB --remote`,
      }
      return exit(await overrideCommand(action, kv, Date.now(), processConsole, paint, json))
    }
    const kvTarget = toKvTarget(options)
    const by = ['--binding', kvTarget.binding, isRemote ? '--remote' : '--local']
    if (kvTarget.persistTo !== undefined && !isRemote) by.push('--persist-to', kvTarget.persistTo)
    const kv = {
      open: () => openKv(kvTarget, isRemote),
      health: healthInKv(isRemote ? 'edge' : 'workerd'),
      where: isRemote ? 'production' : 'local KV',
      byHand: (operation: 'get' | 'delete') => `npx wrangler kv key ${operation} overrides ${by.join(' ')}`,
    }
    exit(await overrideCommand(action, kv, Date.now(), processConsole, paint, json))
  }

  withKv(override.command('list'))
    .description('list overrides: what each forces, by whom, why and until when; ended ones too')
    .action((options: KvOptions & Remote) => run({ kind: 'list' }, options))

  const withSubject = (command: Command): Command =>
    command
      .option('--check <glob>', 'checks, like example.com/web')
      .option('--target <glob>', 'targets, like 192.0.2.1:80 or 192.0.2.*')
      .option('--pool <glob>', 'pools, like www.example.com/A')
      .option('--datacenter <glob>', 'datacenters of pools, like fra')
      .requiredOption('--why <text>', 'the reason, shown with the state')
      .option('--by <name>', 'the author (default: user and host)')
  const withState = (command: Command): Command =>
    withKv(withReading(withSubject(command)))
      .addOption(
        new Option(
          '--force [state]',
          'the state that they count as: up, down, drained (left out), or weight; without a state: even if a pool is left without a member',
        )
          .preset('')
          .argParser(several),
      )
      .option('--state <state>', 'the same as --force with a state')
      .option('--weight <number>', 'their weight, with --force weight')
      .option('--from <time>', 'when the override begins, like 2026-11-22T18:00:00Z (default: now)')
      .option('--until <time>', 'when it ends')
      .option('--for <time>', 'how long it is valid, like 2h or 1h30m')
      .option('--every <window>', 'when it counts each week: days, local time, length, time zone')
      .addOption(zonesOption())
  type StateOptions = AddOptions & KvOptions & ReadOptions & Remote & { zones: string }
  const adding = (kind: 'add' | 'rehearse') => async (options: StateOptions) => {
    const { parseAdd } = await import('./override/options.ts')
    const reading = { zones: options.zones, compiling: compilingOf(program, options) }
    return run({ kind, ...orUsage(program, parseAdd(options, Date.now())), ...reading }, options)
  }

  withState(override.command('add'))
    .description('force a state or a weight; globs: * is any text, ? any character')
    .action(adding('add'))

  withState(override.command('rehearse'))
    .description('show what each member of the pools would get with an override; writes nothing')
    .action(adding('rehearse'))

  withKv(withSubject(override.command('resume')))
    .description('let targets in that are up again and wait for it ("failback": "manual")')
    .action(async (options: SubjectOptions & KvOptions & Remote) => {
      const { parseResume } = await import('./override/options.ts')
      const resumed = orUsage(program, parseResume(options, Date.now()))
      return run({ kind: 'resume', override: resumed }, options)
    })

  withKv(override.command('remove'))
    .description('remove overrides, so that measured health counts again')
    .argument('[numbers...]', 'as "override list" shows them: it may have changed since')
    .option('--check <glob>', 'overrides of these checks, with the glob as it was added')
    .option('--target <glob>', 'overrides of these targets')
    .option('--pool <glob>', 'overrides of these pools')
    .option('--datacenter <glob>', 'overrides of these datacenters')
    .option('--all', 'all overrides', false)
    .action(async (numbers: string[], options: KvOptions & Remote & RemoveOptions) => {
      const { parseRemove } = await import('./override/options.ts')
      return run({ kind: 'remove', which: orUsage(program, parseRemove(numbers, options)) }, options)
    })
}

const OVERRIDE_HELP = examples(
  '0 done, 1 an error, 2 an invalid command line.',
  ["edge-gslb override add --target '192.0.2.*' --force down --why repair --for 2h", 'on this machine'],
  [
    'edge-gslb override add --datacenter fra --force drained --why move --to https://dns.example.com',
    'through the API',
  ],
  [
    "edge-gslb override add --target 'a.*' --force drained --every 'sun 02:00 2h Europe/Berlin' --why backup",
    'each week',
  ],
  ['edge-gslb override rehearse --datacenter fra --force drained --why move', 'what each member would get'],
  ["edge-gslb override resume --target '192.0.2.1:*' --why checked", 'end a manual failback'],
  ['edge-gslb override list --remote --json', 'what is forced in production'],
  ['edge-gslb override remove --all --to https://dns.example.com', 'nothing is forced any more'],
)

// --- agent ----------------------------------------------------------------------------------------------------------

function addAgent(program: Command): void {
  withServer(program.command('agent'), 'AGENT_KEY')
    .description('make the probes that the Worker assigns from this machine, and report; runs until it is stopped')
    .requiredOption('--name <name>', 'the name that AGENT_KEYS of the Worker and "from" of checks have for it')
    .option('--once', 'probe everything once, report, and end', false)
    .option('--allow-exec <command>', 'a command that checks of kind exec may run; may be repeated', several, [])
    .option('--allow-exec-file <file>', 'a JSON list of such commands')
    .addHelpText('after', AGENT_HELP)
    .action(async (options: AgentOptions) => {
      const [
        { VANTAGE_NAME },
        { runProbe },
        { agentIo, readAllowedCommands },
        { agentCommand },
        { parseServer },
        { readSecret },
      ] = await Promise.all([
        import('../health/index.ts'),
        import('../probe/index.ts'),
        import('./agent/kinds/index.ts'),
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
      const allowed = orUsage(program, readAllowedCommands(options.allowExec, options.allowExecFile))
      const io = agentIo(allowed)
      const agent = { url, name, secret, once, probe: (probe: Parameters<typeof runProbe>[0]) => runProbe(probe, io) }
      exit(await agentCommand(agent, stopSignal(), processConsole, paint))
      // A probe in flight would keep the process alive until its timeout.
      setTimeout(() => process.exit(), GRACE_MS).unref()
    })
}

type AgentOptions = ServerOptions & {
  readonly name: string
  readonly once: boolean
  readonly allowExec: readonly string[]
  readonly allowExecFile?: string
}

const AGENT_HELP = examples(
  '0 stopped, or all was reported, 1 an error, 2 an invalid command line.',
  ['edge-gslb agent --name fra --url https://dns.example.com', 'with the key in AGENT_KEY'],
  ['edge-gslb agent --name fra --once', 'one round, for npm start on this machine'],
  ['edge-gslb agent --name fra --allow-exec /usr/local/bin/check-replica', 'it may run this, with any arguments'],
)

const GRACE_MS = 100
