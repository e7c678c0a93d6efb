import { type Command, Option } from 'commander'
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
  stopSignal,
  toKvTarget,
  withKvOptions,
  withReading,
} from '../options.ts'

type PublishOptions = KvOptions &
  ReadOptions &
  ToOptions & {
    readonly remote?: boolean
    readonly prune: boolean
    readonly yes: boolean
    readonly dryRun: boolean
    readonly json?: boolean
    readonly costs?: boolean
    readonly reason?: string
  }

/** Adds `edge-gslb publish`. */
export function addPublish(program: Command): void {
  const command = withKvOptions(withReading(program.command('publish')))
    .description('check zones and write those that changed: to Workers KV, or through the API')
    .argument('[path...]', 'a folder of zones, or some of its files (default: ZONES in the environment, or zones)')
    .addOption(new Option('--local', 'write to the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'write to the KV of the deployed Worker')
  withTo(command, ['local', 'remote', 'costs'])
    .addOption(new Option('--reason <text>', 'with --to: the reason that stands in the history of each zone'))
    .option('--prune', 'also remove published zones that are not in the folder, after a question', false)
    .option('--yes', 'show no plan, and do not ask: neither on a terminal, nor with --prune', false)
    .option('--dry-run', 'print what would be written and removed, and write nothing', false)
    .option('--costs', 'print what each zone that is written costs: size, memory, CPU, KV writes, probes')
    .option('--json', 'print one JSON object: the zones, what is written and what each costs, and the KV operations')
    .addHelpText('after', HELP)
    .action(async (paths: string[], options: PublishOptions) => {
      const { confirmation } = await import('../confirm.ts')
      const read = compilingOf(program, options)
      const all = paths.length > 0 ? paths : [process.env.ZONES || 'zones']
      const { to, prune, yes, dryRun, json = false, reason } = options
      if (to !== undefined) {
        const api = await openApi({ ...options, to }, stopSignal())
        if (!api.ok) return fail(api.error)
        const { publishThroughApi } = await import('./through-api.ts')
        const choices = { prune, yes, dryRun, json, reason, confirm: confirmation() }
        return exit(await publishThroughApi(all, choices, api.value, processConsole, read))
      }
      if (reason !== undefined) return fail('--reason is for the history, which the API keeps; expected it with --to')
      const [{ publishCommand }, { previewOf }] = await Promise.all([
        import('./publish.ts'),
        import('../plan/preview.ts'),
      ])
      const kvTarget = toKvTarget(options)
      const where = options.remote ? 'production' : 'local KV'
      const open = () => openKv(kvTarget, options.remote ?? false)
      const preview = previewOf(all, prune, options.remote ?? false, processConsole, read)
      const choices = { ...options, where, confirm: confirmation(), preview }
      exit(await publishCommand(all, choices, open, processConsole, read))
    })
}

const HELP = examples(
  '0 published, or nothing to do, 1 an error, or the answer was no, 2 an invalid command line.',
  ['edge-gslb publish', 'zones/ to local KV, which npm start serves'],
  ['edge-gslb publish zones --remote --yes', 'to production through wrangler, without a question'],
  ['edge-gslb publish --to https://dns.example.com --reason "drain fra"', 'through the API, with a reason'],
  ['edge-gslb publish zones/example.com.zone --dry-run --json', 'what would be written, for programs'],
)
