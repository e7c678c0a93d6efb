import type { Command } from 'commander'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
import {
  compilingOf,
  exit,
  type KvOptions,
  type ReadOptions,
  stopSignal,
  toKvTarget,
  withKvOptions,
  withReading,
} from '../options.ts'

/** Adds `edge-gslb dev`, which `npm start` runs. */
export function addDev(program: Command): void {
  withKvOptions(withReading(program.command('dev')))
    .description('publish to local KV, serve, and publish again when a zone file changes (npm start)')
    .addHelpText('after', HELP)
    .action(async (options: KvOptions & ReadOptions) => {
      const { dev, parseDevSettings } = await import('./dev.ts')
      const settings = parseDevSettings(process.env)
      if (!settings.ok) program.error(`error: ${settings.error}`)
      else
        exit(
          await dev(
            { ...settings.value, environment: process.env },
            toKvTarget(options),
            stopSignal(),
            processConsole,
            compilingOf(program, options),
          ),
        )
    })
}

const HELP = `
Environment: PORT (8787), ZONES (a folder: zones), LUA_INSERT_WHITESPACE, LUA_BACKUP_ALL_LISTS, LUA_GLOBAL_INCLUDE_DIR. Handed to the Worker: API_KEY, AGENT_KEYS, DNSSEC_SECRET, PROBE_REGIONS,
PROBES_PER_ROUND, KV_WRITES_PER_DAY, CLIENT_SUBNET, DOH_PATH, DOH_NAME, UPSTREAMS, FORWARD_TO, FORWARD_CLIENT_SUBNET, TEST_NAME.
${examples('0 stopped, 1 an error, 2 an invalid command line.', ['edge-gslb dev', 'zones/ on http://127.0.0.1:8787'])}`
