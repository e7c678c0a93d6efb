import completion from '@bomb.sh/tab/commander'
import { Command, CommanderError, Option } from 'commander'
import type { Database } from '../geo/index.ts'
import { ok, type Result } from '../result.ts'
import { VERSION } from '../version.ts'
import { EXIT, processConsole } from './console.ts'
import type { ExplainOptions } from './explain/explain.ts'
import { addHealthCommands } from './health-commands.ts'
import { addInit } from './init/command.ts'
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
import type { CheckOptions } from './zones/check.ts'
import type { ExportOptions } from './zones/export.ts'

/**
 * The `edge-gslb` command. Sets the exit status; see EXIT. A command loads its own code when it runs, so that it does
 * not wait for the code of the others.
 */
export async function main(args: readonly string[]): Promise<void> {
  // The reader of the output may stop reading, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.OK : EXIT.FAILED),
  )
  try {
    await program().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander's own errors have status 1; the other statuses were set here.
    process.exitCode = error.exitCode === 1 ? EXIT.USAGE : error.exitCode
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
    .description('compile zone files and zone documents, and say what is wrong with them')
    .argument('<path...>', 'zone files (example.com.zone), zone documents (.json), or folders of them')
    .option('--json', 'print one JSON array: file, line, column, severity, message, expected')
    .option('--strict', 'exit 1 on warnings too, though not on advice')
    .action(async (paths: string[], options: ReadOptions & CheckOptions) => {
      const { check } = await import('./zones/check.ts')
      exit(check(paths, processConsole, compiling(options), options))
    })

  withPlace(withReading(program.command('explain')))
    .description('answer a question as the Worker would, and show each decision and why')
    .argument('<name>', 'the queried name; a trailing dot makes no difference')
    .argument('[type]', 'its type, like A, aaaa or TYPE65280', 'A')
    .option('--client <address>', 'the address that asks')
    .option('--ecs <network>', 'the Client Subnet option of the query, which then stands for the client')
    .option('--cf <json>', 'where the connection comes from, as request.cf says it: {"country":"DE"}')
    .option('--geo <source...>', 'where networks are: MaxMind databases, or "local" or "remote" for what is in KV')
    .option('--json', 'print one JSON object')
    .addOption(zonesOption('where the zones are: a folder, or "local" or "remote" for what is published in KV'))
    .addOption(
      new Option(
        '--health <where>',
        'what is known of health, and what is overridden: of this machine or the deployed',
      ).choices(['local', 'remote'] as const),
    )
    .option('--vantage <name>', 'who may have told of health (cron and push); may be given again', several)
    .option('--down <glob>', 'a target or datacenter that is to count as down; may be given again', several)
    .option('--up <glob>', 'as --down', several)
    .action(
      async (
        name: string,
        type: string,
        options: ExplainOptions & HealthOptions & PlaceOptions & ReadOptions & { geo?: string[] },
      ) => {
        const [{ explainCommand }, { CRON, PUSH }] = await Promise.all([
          import('./explain/explain.ts'),
          import('../health/index.ts'),
        ])
        const database = await openDatabase(options.geo, options)
        if (!database.ok) return program.error(`error: --geo: ${database.error}`)
        // The default vantage points: those that exist without regions and agents.
        const { health, vantage = [CRON, PUSH], down = [], up = [] } = options
        const open = health === undefined ? undefined : () => openKv(toPlace(options), health === 'remote')
        const platform = health === 'remote' ? ('edge' as const) : ('workerd' as const)
        const { zones } = options
        const isKv = zones === 'local' || zones === 'remote'
        const openZones = isKv ? () => openKv(toPlace(options), zones === 'remote') : undefined
        const known = { open, openZones, platform, vantages: vantage, whatIf: { down, up }, now: Date.now() }
        const read = compiling(options)
        exit(await explainCommand(name, type, options, known, Math.random, processConsole, database.value, read))
      },
    )

  const geo = program.command('geo').description('the database that places Client Subnets')
  withTarget(geo.command('put'))
    .description('write MaxMind databases (MMDB) to Workers KV, in the form that the Worker looks up in')
    .argument('<file...>', 'like GeoLite2-City.mmdb GeoLite2-ASN.mmdb; of two that know a field the first counts')
    .option('--fields <list>', 'only these, of continent,country,region,city,asn,location: less to hold')
    .action(async (files: string[], options: TargetOptions & { fields?: string }) => {
      const { geoPut } = await import('./geo/geo.ts')
      exit(await geoPut(files, options.fields, target(options), processConsole))
    })
  withTarget(geo.command('show'))
    .description('what is in Workers KV, or where addresses are by it')
    .argument('[address...]')
    .action(async (addresses: string[], options: TargetOptions) => {
      const { geoShow } = await import('./geo/geo.ts')
      exit(await geoShow(addresses, target(options), processConsole))
    })
  withTarget(geo.command('remove'))
    .description('take the database out of Workers KV: all Client Subnets are at unknown places then')
    .action(async (options: TargetOptions) => {
      const { geoRemove } = await import('./geo/geo.ts')
      exit(await geoRemove(target(options), processConsole))
    })

  withReading(program.command('export'))
    .description('write a zone as a zone file, its choices as PowerDNS LUA records')
    .argument('<zone>', 'a zone of the folder by its name, or a zone file or zone document')
    .option('-o, --output <file>', 'where to write (stdout)')
    .addOption(zonesOption())
    .action(async (zone: string, options: ExportOptions & ReadOptions) => {
      const { exportCommand } = await import('./zones/export.ts')
      exit(exportCommand(zone, options, processConsole, compiling(options)))
    })

  withPlace(withReading(program.command('publish')))
    .description('check zones and write those that changed to Workers KV')
    .argument('[path...]', 'a folder of zones, or files of some; ZONES in the environment, or zones')
    .addOption(new Option('--local', 'write to the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'write to the KV of the deployed Worker')
    .option('--prune', 'also remove published zones that are not in the folder; asks first', false)
    .option('--yes', 'with --prune, do not ask', false)
    .option('--dry-run', 'tell what would be written and removed, and write nothing', false)
    .action(async (paths: string[], options: PublishOptions) => {
      const [{ publishCommand }, { confirmation }] = await Promise.all([
        import('./publish/publish.ts'),
        import('./confirm.ts'),
      ])
      const place = toPlace(options)
      const where = options.remote ? 'production' : 'local KV'
      const open = () => openKv(place, options.remote ?? false)
      const folder = [process.env.ZONES || 'zones']
      const choices = { ...options, where, confirm: confirmation() }
      exit(await publishCommand(paths.length > 0 ? paths : folder, choices, open, processConsole, compiling(options)))
    })

  withPlace(withReading(program.command('dev')))
    .description('publish to local KV, serve, and publish again when a zone file changes (npm start)')
    .addHelpText('after', DEV_HELP)
    .action(async (options: PlaceOptions & ReadOptions) => {
      const { dev, parseDevSettings } = await import('./dev/dev.ts')
      const settings = parseDevSettings(process.env)
      if (!settings.ok) program.error(`error: ${settings.error}`)
      else exit(await dev(settings.value, toPlace(options), stopSignal(), processConsole, compiling(options)))
    })

  addInit(program)
  addHealthCommands(program)
  completion(program, { completionCommandName: 'completion' })
  return program
}

type HealthOptions = {
  readonly health?: 'local' | 'remote'
  readonly vantage?: readonly string[]
  readonly down?: readonly string[]
  readonly up?: readonly string[]
}

type PublishOptions = PlaceOptions &
  ReadOptions & { readonly remote?: boolean; readonly prune: boolean; readonly yes: boolean; readonly dryRun: boolean }

type TargetOptions = PlaceOptions & { readonly remote?: boolean }

const withTarget = (command: Command): Command =>
  withPlace(command)
    .addOption(new Option('--local', 'the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'the KV of the deployed Worker')

const target = (options: TargetOptions) => {
  const place = toPlace(options)
  const open = () => openKv(place, options.remote ?? false)
  return { open, where: options.remote ? 'production' : 'local KV' }
}

/** Opens the database for `explain`: from files, or from the KV that `geo put` writes to. */
async function openDatabase(
  source: readonly string[] | undefined,
  place: PlaceOptions,
): Promise<Result<Database | undefined>> {
  if (source === undefined) return ok(undefined)
  const { databaseOfFiles, databaseOfKv } = await import('./geo/source.ts')
  const [first] = source
  if (first !== 'local' && first !== 'remote') return databaseOfFiles(source)
  const kv = await target({ ...place, remote: first === 'remote' }).open()
  if (!kv.ok) return kv
  const stored = await databaseOfKv(kv.value)
  await kv.value.close()
  return stored.ok ? ok(stored.value?.database) : stored
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const DEV_HELP = `
Environment: PORT (8787), ZONES (a folder: zones), LUA_INSERT_WHITESPACE, LUA_BACKUP_ALL_LISTS, LUA_GLOBAL_INCLUDE_DIR. Handed to the Worker: API_KEY, AGENT_KEYS, PROBE_REGIONS,
PROBES_PER_ROUND, KV_WRITES_PER_DAY.`
