import completion from '@bomb.sh/tab/commander'
import { Command, CommanderError, Option } from 'commander'
import type { Database } from '../geo/index.ts'
import { ok, type Result } from '../result.ts'
import { VERSION } from '../version.ts'
import { EXIT, processConsole } from './console.ts'
import type { ExplainOptions } from './explain/explain.ts'
import { addHealthCommands } from './health-commands.ts'
import { addInit } from './init/command.ts'
import { addKey } from './key/command.ts'
import {
  compilingOf,
  exit,
  type KvOptions,
  openKv,
  type ReadOptions,
  stopSignal,
  toKvTarget,
  withKvOptions,
  withReading,
  zonesOption,
} from './options.ts'
import { addPlan, FAILED_CODE } from './plan/command.ts'
import type { CheckOptions } from './zones/check.ts'
import type { ExportOptions } from './zones/export.ts'

/**
 * Runs the `edge-gslb` command and sets the exit status (EXIT). Each command imports its code when it runs, so that it
 * does not wait for the code of the others.
 */
export async function main(args: readonly string[]): Promise<void> {
  // The reader of the output may close it early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.OK : EXIT.FAILED),
  )
  try {
    await program().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander's errors have status 1; the other statuses were set here, and that of `plan`.
    process.exitCode = error.exitCode === 1 && error.code !== FAILED_CODE ? EXIT.USAGE : error.exitCode
  }
}

function program(): Command {
  const program = new Command('edge-gslb')
    .description('Global server load balancing at the edge: checks, explains and publishes zones')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')

  const compiling = (options: ReadOptions) => compilingOf(program, options)

  withReading(program.command('check'))
    .description('compile zone files and zone documents, check the expectations beside them, and report errors')
    .argument('<path...>', 'zone files (example.com.zone), zone documents (.json), or folders of them')
    .option(
      '--json',
      'print one JSON array: file, line, column, severity, message, expected; with --costs as "diagnostics" of an object',
    )
    .option('--strict', 'exit 1 on warnings too, though not on advice')
    .option('--costs', 'print what each zone costs: size, memory, CPU, KV writes, probes')
    .action(async (paths: string[], options: ReadOptions & CheckOptions) => {
      const { check } = await import('./zones/check.ts')
      exit(await check(paths, processConsole, compiling(options), options))
    })

  withKvOptions(withReading(program.command('explain')))
    .description('answer a question as the Worker would, and show each decision with its reason')
    .argument('<name>', 'the queried name; a trailing dot makes no difference')
    .argument('[type]', 'its type, like A, aaaa or TYPE65280', 'A')
    .option('--client <address>', 'the address of the client')
    .option('--ecs <network>', 'the Client Subnet option of the query, which then counts as the client')
    .option('--cf <json>', 'where the connection comes from, as request.cf says it: {"country":"DE"}')
    .option('--geo <source...>', 'where networks are: MaxMind databases, or "local" or "remote" for what is in KV')
    .option('--json', 'print one JSON object')
    .addOption(zonesOption('where the zones are: a folder, or "local" or "remote" for what is published in KV'))
    .addOption(
      new Option(
        '--health <where>',
        'use the health states and overrides of this machine or of the deployed Worker',
      ).choices(['local', 'remote'] as const),
    )
    .option('--vantage <name>', 'a vantage point whose health counts (default: cron and push); repeatable', several)
    .option('--down <glob>', 'count this target, check (web, web/192.0.2.1) or datacenter as down; repeatable', several)
    .option('--up <glob>', 'as --down', several)
    .action(
      async (
        name: string,
        type: string,
        options: ExplainOptions & HealthOptions & KvOptions & ReadOptions & { geo?: string[] },
      ) => {
        const [{ explainCommand }, { CRON, PUSH }] = await Promise.all([
          import('./explain/explain.ts'),
          import('../health/index.ts'),
        ])
        const database = await openDatabase(options.geo, options)
        if (!database.ok) return program.error(`error: --geo: ${database.error}`)
        // The default vantage points exist without regions and agents.
        const { health, vantage = [CRON, PUSH], down = [], up = [] } = options
        const open = health === undefined ? undefined : () => openKv(toKvTarget(options), health === 'remote')
        const platform = health === 'remote' ? ('edge' as const) : ('workerd' as const)
        const { zones } = options
        const isKv = zones === 'local' || zones === 'remote'
        const openZones = isKv ? () => openKv(toKvTarget(options), zones === 'remote') : undefined
        const healthSource = { open, openZones, platform, vantages: vantage, whatIf: { down, up }, now: Date.now() }
        const read = compiling(options)
        exit(await explainCommand(name, type, options, healthSource, Math.random, processConsole, database.value, read))
      },
    )

  const geo = program.command('geo').description('the database of the locations of Client Subnets')
  withTarget(geo.command('put'))
    .description('write MaxMind databases (MMDB) to Workers KV, in the form that the Worker reads')
    .argument('<file...>', 'like GeoLite2-City.mmdb GeoLite2-ASN.mmdb; if two have a field, the first counts')
    .option('--fields <list>', 'only these of continent,country,region,city,asn,location, to save memory')
    .action(async (files: string[], options: TargetOptions & { fields?: string }) => {
      const { geoPut } = await import('./geo/geo.ts')
      exit(await geoPut(files, options.fields, target(options), processConsole))
    })
  withTarget(geo.command('show'))
    .description('show the database in Workers KV, or the locations of addresses by it')
    .argument('[address...]')
    .action(async (addresses: string[], options: TargetOptions) => {
      const { geoShow } = await import('./geo/geo.ts')
      exit(await geoShow(addresses, target(options), processConsole))
    })
  withTarget(geo.command('remove'))
    .description('remove the database from Workers KV; the location of every Client Subnet is then unknown')
    .action(async (options: TargetOptions) => {
      const { geoRemove } = await import('./geo/geo.ts')
      exit(await geoRemove(target(options), processConsole))
    })

  withKvOptions(withReading(program.command('export')))
    .description('write a zone as a zone file, with its policies as PowerDNS LUA records')
    .argument('<zone>', 'a zone of the folder by its name, or a zone file or zone document')
    .option('-o, --output <file>', 'the file to write (default: stdout)')
    .addOption(zonesOption('where the zones are: a folder, or "local" or "remote" for what is published in KV'))
    .action(async (zone: string, options: ExportOptions & ReadOptions & KvOptions) => {
      const { exportCommand, exportPublished } = await import('./zones/export.ts')
      const { zones } = options
      if (zones === 'local' || zones === 'remote') {
        const open = () => openKv(toKvTarget(options), zones === 'remote')
        exit(await exportPublished(zone, options, open, processConsole, compiling(options)))
      } else exit(exportCommand(zone, options, processConsole, compiling(options)))
    })

  withKvOptions(withReading(program.command('publish')))
    .description('check zones and write those that changed to Workers KV')
    .argument('[path...]', 'a folder of zones, or some of its files (default: ZONES in the environment, or zones)')
    .addOption(new Option('--local', 'write to the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'write to the KV of the deployed Worker')
    .option('--prune', 'also remove published zones that are not in the folder, after a question', false)
    .option('--yes', 'show no plan, and do not ask: neither on a terminal, nor with --prune', false)
    .option('--dry-run', 'print what would be written and removed, and write nothing', false)
    .option('--costs', 'print what each zone that is written costs: size, memory, CPU, KV writes, probes')
    .option('--json', 'print one JSON object: the zones, what is written and what each costs, and the KV operations')
    .action(async (paths: string[], options: PublishOptions) => {
      const [{ publishCommand }, { confirmation }, { previewOf }] = await Promise.all([
        import('./publish/publish.ts'),
        import('./confirm.ts'),
        import('./plan/preview.ts'),
      ])
      const kvTarget = toKvTarget(options)
      const where = options.remote ? 'production' : 'local KV'
      const open = () => openKv(kvTarget, options.remote ?? false)
      const read = compiling(options)
      const all = paths.length > 0 ? paths : [process.env.ZONES || 'zones']
      const preview = previewOf(all, options.prune, options.remote ?? false, processConsole, read)
      const choices = { ...options, where, confirm: confirmation(), preview }
      exit(await publishCommand(all, choices, open, processConsole, read))
    })

  withKvOptions(withReading(program.command('dev')))
    .description('publish to local KV, serve, and publish again when a zone file changes (npm start)')
    .addHelpText('after', DEV_HELP)
    .action(async (options: KvOptions & ReadOptions) => {
      const { dev, parseDevSettings } = await import('./dev/dev.ts')
      const settings = parseDevSettings(process.env)
      if (!settings.ok) program.error(`error: ${settings.error}`)
      else exit(await dev(settings.value, toKvTarget(options), stopSignal(), processConsole, compiling(options)))
    })

  addPlan(program)
  addInit(program)
  addHealthCommands(program)
  addKey(program)
  completion(program, { completionCommandName: 'completion' })
  return program
}

type HealthOptions = {
  readonly health?: 'local' | 'remote'
  readonly vantage?: readonly string[]
  readonly down?: readonly string[]
  readonly up?: readonly string[]
}

type PublishOptions = KvOptions &
  ReadOptions & {
    readonly remote?: boolean
    readonly prune: boolean
    readonly yes: boolean
    readonly dryRun: boolean
    readonly json?: boolean
    readonly costs?: boolean
  }

type TargetOptions = KvOptions & { readonly remote?: boolean }

const withTarget = (command: Command): Command =>
  withKvOptions(command)
    .addOption(new Option('--local', 'the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'the KV of the deployed Worker')

const target = (options: TargetOptions) => {
  const kvTarget = toKvTarget(options)
  const open = () => openKv(kvTarget, options.remote ?? false)
  return { open, where: options.remote ? 'production' : 'local KV' }
}

/** Opens the database for `explain`: from files, or from the KV that `geo put` writes to. */
async function openDatabase(
  source: readonly string[] | undefined,
  kvOptions: KvOptions,
): Promise<Result<Database | undefined>> {
  if (source === undefined) return ok(undefined)
  const { databaseOfFiles, databaseOfKv } = await import('./geo/source.ts')
  const [first] = source
  if (first !== 'local' && first !== 'remote') return databaseOfFiles(source)
  const kv = await target({ ...kvOptions, remote: first === 'remote' }).open()
  if (!kv.ok) return kv
  const stored = await databaseOfKv(kv.value)
  await kv.value.close()
  return stored.ok ? ok(stored.value?.database) : stored
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const DEV_HELP = `
Environment: PORT (8787), ZONES (a folder: zones), LUA_INSERT_WHITESPACE, LUA_BACKUP_ALL_LISTS, LUA_GLOBAL_INCLUDE_DIR. Handed to the Worker: API_KEY, AGENT_KEYS, PROBE_REGIONS,
PROBES_PER_ROUND, KV_WRITES_PER_DAY.`
