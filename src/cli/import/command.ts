import type { Command } from 'commander'
import { EXIT, processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { compilingOf, exit, fail, type ReadOptions, several, stopSignal, withReading } from '../options.ts'

type ImportOptions = ReadOptions & {
  readonly from: string
  readonly keyFile?: string
  readonly server: string
  readonly zone?: readonly string[]
  readonly overwrite: boolean
  readonly json: boolean
}

/** Adds `edge-gslb import`. */
export function addImport(program: Command): void {
  withReading(program.command('import'))
    .description('write zone files from the zones of a PowerDNS, read through its HTTP API, and check them')
    .argument('[folder]', 'where to write', 'zones')
    .requiredOption('--from <url>', 'the HTTP API of the PowerDNS, with its key in PDNS_API_KEY')
    .option('--key-file <file>', 'a file that contains the key (instead of PDNS_API_KEY in the environment)')
    .option('--server <id>', 'the id of the server in its API', 'localhost')
    .option('--zone <name>', 'only this zone; repeatable', several)
    .option('--overwrite', 'write over files that are there', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', HELP)
    .action(async (folder: string, options: ImportOptions) => {
      const [{ ApiClient }, { isExposed, parseServer }, { readKey }, { importCommand }, { setTimeout: sleep }] =
        await Promise.all([
          import('../api/client.ts'),
          import('../http-client.ts'),
          import('../secret.ts'),
          import('./import.ts'),
          import('node:timers/promises'),
        ])
      const compiling = compilingOf(program, options)
      const url = parseServer(options.from)
      if (!url.ok) return fail(`--from: ${url.error}`)
      const key = readKey('PDNS_API_KEY', options.keyFile, process.env)
      if (!key.ok) return fail(key.error, EXIT.USAGE)
      // PowerDNS speaks plain HTTP, mostly in a network of its own.
      if (isExposed(url.value))
        processConsole.err('warning: without https, anybody on the network path can read the key')
      const api = new ApiClient(url.value, key.value, { wait: (ms) => sleep(ms), stopped: stopSignal() }, POWERDNS)
      exit(await importCommand(folder, options, api, processConsole, compiling))
    })
}

const POWERDNS = { start: 'start its webserver with api=yes', option: '--from', keyVariable: 'PDNS_API_KEY' }

const HELP = examples(
  '0 all zones are written and valid, 1 an error in one of them or in reading them, 2 an invalid command line.',
  ['edge-gslb import --from http://127.0.0.1:8081', 'all zones to zones/'],
  ['edge-gslb import new --from http://127.0.0.1:8081 --zone example.com', 'one zone to new/example.com.zone'],
)
