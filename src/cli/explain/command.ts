import { type Command, Option } from 'commander'
import type { Database } from '../../geo/index.ts'
import { ok, type Result } from '../../result.ts'
import { openApi, type ToOptions, withTo } from '../api/options.ts'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
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
} from '../options.ts'
import { timeOf } from '../time-option.ts'
import type { ExplainOptions } from './explain.ts'

type AllOptions = ExplainOptions &
  KvOptions &
  ReadOptions &
  ToOptions & {
    readonly geo?: readonly string[]
    readonly health?: 'local' | 'remote'
    readonly vantage?: readonly string[]
    readonly down?: readonly string[]
    readonly up?: readonly string[]
    readonly at?: string
  }

/** Adds `edge-gslb explain`. */
export function addExplain(program: Command): void {
  withTo(withKvOptions(withReading(program.command('explain'))), ['geo', 'zones', 'health', 'vantage'])
    .description('answer a question as the Worker would, and show each decision with its reason')
    .argument('<name>', 'the queried name; a trailing dot makes no difference')
    .argument('[type]', 'its type, like A, aaaa or TYPE65280', 'A')
    .option('--client <address>', 'the address of the client')
    .option('--ecs <network>', 'the Client Subnet option of the query, which then counts as the client')
    .option('--cf <json>', 'where the connection comes from, as request.cf says it: {"country":"DE"}')
    .option('--token', 'ask as a client with a token in the path, for zones that are not for everybody')
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
    .option('--at <time>', 'answer as at this time, like 2026-11-22T18:00:00Z')
    .addHelpText('after', HELP)
    .action(async (name: string, type: string, options: AllOptions) => {
      const { health, down = [], up = [], zones, to } = options
      if (to !== undefined) {
        const api = await openApi({ ...options, to }, stopSignal())
        if (!api.ok) return fail(api.error)
        const { explainThroughApi } = await import('./through-api.ts')
        return exit(await explainThroughApi(name, type, { ...options, down, up }, api.value, processConsole))
      }
      const now = timeOf(options.at, Date.now())
      if (!now.ok) return fail(now.error)
      const [{ explainCommand }, { CRON, PUSH }] = await Promise.all([
        import('./explain.ts'),
        import('../../health/index.ts'),
      ])
      const database = await openDatabase(options.geo, options)
      if (!database.ok) return program.error(`error: --geo: ${database.error}`)
      // The default vantage points exist without regions and agents.
      const { vantage = [CRON, PUSH] } = options
      const open = health === undefined ? undefined : () => openKv(toKvTarget(options), health === 'remote')
      const platform = health === 'remote' ? ('edge' as const) : ('workerd' as const)
      const isKv = zones === 'local' || zones === 'remote'
      const openZones = isKv ? () => openKv(toKvTarget(options), zones === 'remote') : undefined
      const healthSource = { open, openZones, platform, vantages: vantage, whatIf: { down, up }, now: now.value }
      const read = compilingOf(program, options)
      exit(await explainCommand(name, type, options, healthSource, Math.random, processConsole, database.value, read))
    })
}

const HELP = examples(
  '0 explained, whatever the answer is, 1 an error, 2 an invalid command line or question.',
  ['edge-gslb explain www.example.com --client 192.0.2.1', 'by the zones of the folder zones/'],
  ['edge-gslb explain www.example.com AAAA --ecs 203.0.113.0/24', 'for a resolver that sends the subnet'],
  ['edge-gslb explain www.example.com --client 192.0.2.1 --down fra', 'as if the datacenter fra were down'],
  ['edge-gslb explain www.example.com --client 192.0.2.1 --to https://dns.example.com', 'as it is answered now'],
)

/** Opens the database for `explain`: from files, or from the KV that `geo put` writes to. */
async function openDatabase(
  source: readonly string[] | undefined,
  kvOptions: KvOptions,
): Promise<Result<Database | undefined>> {
  if (source === undefined) return ok(undefined)
  const { databaseOfFiles, databaseOfKv } = await import('../geo/source.ts')
  const [first] = source
  if (first !== 'local' && first !== 'remote') return databaseOfFiles(source)
  const kv = await openKv(toKvTarget(kvOptions), first === 'remote')
  if (!kv.ok) return kv
  const stored = await databaseOfKv(kv.value)
  await kv.value.close()
  return stored.ok ? ok(stored.value?.database) : stored
}
