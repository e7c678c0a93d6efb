import { type Command, CommanderError } from 'commander'
import { err } from '../../result.ts'
import { exposedText, KEY_VARIABLE } from '../api/options.ts'
import { EXIT, processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit, orUsage, type ServerOptions, stopSignal, withServer } from '../options.ts'
import { paintFor } from '../paint.ts'

/** Adds `edge-gslb status`. */
export function addStatus(program: Command): void {
  withServer(program.command('status'), 'API_KEY')
    .description('show the health of every target, by vantage point')
    .option('--to <url>', 'the same as --url, with the key in EDGE_GSLB_KEY or API_KEY')
    .addHelpText('after', HELP)
    // Status 2 means "in doubt" here, so a usage error needs another status.
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(EXIT.UNASKED, error.code, error.message)
    })
    .option('--json', 'print one JSON object', false)
    .option('--watch', 'refresh every two seconds', false)
    .option('--all', 'show all targets, however many there are', false)
    .option('--costs', 'show the published zones, and what each costs', false)
    .action(async (options: StatusOptions) => {
      const [{ isExposed, parseServer }, { readSecret }, { statusCommand }] = await Promise.all([
        import('../http-client.ts'),
        import('../secret.ts'),
        import('./status.ts'),
      ])
      const url = orUsage(program, parseServer(options.to ?? options.url), EXIT.UNASKED)
      if (options.to !== undefined && isExposed(url)) orUsage(program, err(exposedText(url)), EXIT.UNASKED)
      const isOlder = !process.env[KEY_VARIABLE] && (options.to === undefined || process.env.API_KEY)
      const variable = isOlder ? 'API_KEY' : KEY_VARIABLE
      const key = orUsage(program, readSecret(variable, options.keyFile, process.env), EXIT.UNASKED)
      const pages = process.stdout.isTTY
      exit(await statusCommand({ ...options, url, key, pages }, stopSignal(), processConsole, paintFor(process.stdout)))
    })
}

type StatusOptions = ServerOptions & {
  readonly to?: string
  readonly json: boolean
  readonly watch: boolean
  readonly all: boolean
  readonly costs: boolean
}

const HELP = examples(
  '0 all is well, 1 a target is down, 2 something else is wrong, 3 the Worker could not be asked.\n' +
    'The 2 is for a refused document, a stale state, a silent vantage point, a guard that holds,\n' +
    'an ALIAS that cannot be resolved, a signed zone that does not validate, and a receiver that could not be told.',
  ['edge-gslb status', 'of npm start on this machine'],
  ['edge-gslb status --to https://dns.example.com --watch', 'of production, every two seconds'],
  ['edge-gslb status --to https://dns.example.com --json', 'for programs and monitoring'],
)
