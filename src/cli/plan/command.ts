import { type Command, CommanderError, Option } from 'commander'
import { openApi, type ToOptions, withTo } from '../api/options.ts'
import { EXIT, processConsole } from '../console.ts'
import { examples } from '../help.ts'
import {
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
} from '../options.ts'
import { timeOf } from '../time-option.ts'
import { compileOptions } from '../zones/compile-options.ts'

type PlanOptions = KvOptions &
  ReadOptions &
  ToOptions & {
    readonly remote?: boolean
    readonly prune: boolean
    readonly json?: boolean
    readonly markdown?: boolean
    readonly health?: boolean
    readonly geo?: readonly string[]
    readonly up?: readonly string[]
    readonly down?: readonly string[]
    readonly at?: string
  }

/** An invalid command line of `plan`: its status must not say that an answer changes. */
export const FAILED_CODE = 'edge-gslb.failed'

/** Adds the command `plan`. */
export function addPlan(program: Command): void {
  const command = withKvOptions(withReading(program.command('plan')))
    .description('show which clients would get other answers, if the zones were published; writes nothing')
    .argument('[path...]', 'a folder of zones, or some of its files (default: ZONES in the environment, or zones)')
    .addOption(new Option('--local', 'compare with the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'compare with the KV of the deployed Worker')
  withTo(command, ['local', 'remote', 'geo'])
    .option('--prune', 'as if "publish --prune" removed the published zones that are not in the folder', false)
    .addOption(new Option('--json', 'print one JSON object').conflicts('markdown'))
    .option('--markdown', 'print a table for the comment of a pull request')
    .option('--health', 'use the health states and overrides in that KV (default: as before the first probe)')
    .option('--geo <file...>', 'MaxMind databases that say where networks are (default: the one in that KV)')
    .option('--down <glob>', 'count this target or datacenter as down; repeatable', several)
    .option('--up <glob>', 'as --down', several)
    .option('--at <time>', 'compare the answers as at this time, like 2026-11-22T18:00:00Z')
    .addHelpText('after', HELP)
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(EXIT.FAILED, FAILED_CODE, error.message)
    })
    .action(async (paths: string[], options: PlanOptions) => {
      const compiling = compileOptions(options, process.env)
      if (!compiling.ok) {
        processConsole.err(`error: ${compiling.error}`)
        return exit(EXIT.FAILED)
      }
      const now = timeOf(options.at, Date.now())
      if (!now.ok) return fail(now.error, EXIT.FAILED)
      const form = options.json ? 'json' : options.markdown ? 'markdown' : 'text'
      const all = paths.length > 0 ? paths : [process.env.ZONES || 'zones']
      const { to, prune, remote: isRemote = false, health = false, geo, up = [], down = [] } = options
      if (to !== undefined) {
        const api = await openApi({ ...options, to }, stopSignal())
        if (!api.ok) return fail(api.error, EXIT.FAILED)
        const { planThroughApi } = await import('./through-api.ts')
        return exit(
          await planThroughApi(
            all,
            { prune, form, health, whatIf: { up, down }, ...(options.at !== undefined && { at: options.at }) },
            api.value,
            processConsole,
            compiling.value,
          ),
        )
      }
      const [{ planCommand }, { sourcesFor }] = await Promise.all([import('./plan.ts'), import('./sources.ts')])
      const sources = {
        open: () => openKv(toKvTarget(options), isRemote),
        ...sourcesFor({ usesHealth: health, geoFiles: geo, isRemote, now: now.value }),
      }
      const choices = { prune, form, whatIf: { up, down } } as const
      exit(await planCommand(all, choices, sources, processConsole, compiling.value))
    })
}

const HELP = examples(
  '0 no answer changes, 2 an answer changes or not everything could be compared, 1 an error.',
  ['edge-gslb plan', 'compare zones/ with what local KV serves'],
  ['edge-gslb plan zones --remote', 'with what the deployed Worker serves'],
  ['edge-gslb plan --remote --markdown', 'the same, as the comment of a pull request'],
  ['edge-gslb plan --to https://dns.example.com', 'the Worker compares, by the places that it knows'],
  ['edge-gslb plan --down fra', 'the answers while the datacenter fra is down'],
)
