import { type Command, CommanderError, Option } from 'commander'
import { EXIT, processConsole } from '../console.ts'
import { exit, type KvOptions, openKv, type ReadOptions, toKvTarget, withKvOptions, withReading } from '../options.ts'
import { compileOptions } from '../zones/compile-options.ts'

type PlanOptions = KvOptions &
  ReadOptions & {
    readonly remote?: boolean
    readonly prune: boolean
    readonly json?: boolean
    readonly markdown?: boolean
    readonly health?: boolean
    readonly geo?: readonly string[]
    readonly up?: readonly string[]
    readonly down?: readonly string[]
  }

/** An invalid command line of `plan`: its status must not say that an answer changes. */
export const FAILED_CODE = 'edge-gslb.failed'

/** Adds the command `plan`. */
export function addPlan(program: Command): void {
  withKvOptions(withReading(program.command('plan')))
    .description('show which clients would get other answers, if the zones were published; writes nothing')
    .argument('[path...]', 'a folder of zones, or some of its files (default: ZONES in the environment, or zones)')
    .addOption(new Option('--local', 'compare with the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'compare with the KV of the deployed Worker')
    .option('--prune', 'as if "publish --prune" removed the published zones that are not in the folder', false)
    .addOption(new Option('--json', 'print one JSON object').conflicts('markdown'))
    .option('--markdown', 'print a table for the comment of a pull request')
    .option('--health', 'use the health states and overrides in that KV (default: as before the first probe)')
    .option('--geo <file...>', 'MaxMind databases that say where networks are (default: the one in that KV)')
    .option('--down <glob>', 'count this target or datacenter as down; repeatable', several)
    .option('--up <glob>', 'as --down', several)
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
      const [{ planCommand }, { sourcesFor }] = await Promise.all([import('./plan.ts'), import('./sources.ts')])
      const { remote: isRemote = false, health = false, geo, up = [], down = [] } = options
      const sources = {
        open: () => openKv(toKvTarget(options), isRemote),
        ...sourcesFor(health, geo, isRemote, Date.now()),
      }
      const form = options.json ? 'json' : options.markdown ? 'markdown' : 'text'
      const choices = { prune: options.prune, form, whatIf: { up, down } } as const
      const folder = [process.env.ZONES || 'zones']
      exit(await planCommand(paths.length > 0 ? paths : folder, choices, sources, processConsole, compiling.value))
    })
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const HELP = `
Exit status: 0 no answer changes, 2 an answer changes or not everything could be compared, 1 an error.

Examples:
  edge-gslb plan                        compare zones/ with what local KV serves
  edge-gslb plan zones --remote         … with what the deployed Worker serves
  edge-gslb plan --remote --markdown    the same, as the comment of a pull request
  edge-gslb plan --down fra             the answers while the datacenter fra is down`
