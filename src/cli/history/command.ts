import type { Command } from 'commander'
import { needsApi, openApi, type ToOptions, withTo } from '../api/options.ts'
import { EXIT, processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit, fail, stopSignal } from '../options.ts'
import type { RollbackOptions } from './rollback.ts'

/** Adds `edge-gslb history`. */
export function addHistory(program: Command): void {
  withTo(program.command('history'))
    .description('list the changes of a zone, with time, author and reason, or show one of them')
    .argument('<zone>', 'the name of the zone')
    .argument('[id]', 'the number of a change in the list')
    .option('--diff', 'show what each listed change did, as a difference of zone files', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', HISTORY_HELP)
    .action(async (zone: string, id: string | undefined, options: ToOptions & { diff: boolean; json: boolean }) => {
      const { to } = options
      if (to === undefined) return fail(needsApi('the history of a zone'), EXIT.USAGE)
      const api = await openApi({ ...options, to }, stopSignal())
      if (!api.ok) return fail(api.error)
      const { historyCommand } = await import('./history.ts')
      exit(await historyCommand(zone, id, options, api.value, processConsole))
    })
}

const HISTORY_HELP = examples(
  '0 shown, 1 an error, 2 an invalid command line.',
  ['edge-gslb history example.com --to https://dns.example.com', 'the changes, the newest first'],
  ['edge-gslb history example.com 7 --to https://dns.example.com', 'what change 7 did'],
  ['edge-gslb history example.com --to https://dns.example.com --json', 'for programs'],
)

/** Adds `edge-gslb rollback`. */
export function addRollback(program: Command): void {
  withTo(program.command('rollback'))
    .description('serve an earlier version of a zone again, as a new change; brings a deleted zone back, too')
    .argument('<zone>', 'the name of the zone')
    .argument('<id>', 'the number of the change whose version is to be served, in "history"')
    .option('--reason <text>', 'the reason that stands in the history')
    .option('--drop-expectations', 'remove the expectations beside the zone, if they do not hold for it', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', ROLLBACK_HELP)
    .action(async (zone: string, id: string, options: ToOptions & RollbackOptions) => {
      const { to } = options
      if (to === undefined) return fail(needsApi('the history of a zone'), EXIT.USAGE)
      const api = await openApi({ ...options, to }, stopSignal())
      if (!api.ok) return fail(api.error)
      const { rollbackCommand } = await import('./rollback.ts')
      exit(await rollbackCommand(zone, id, options, api.value, processConsole))
    })
}

const ROLLBACK_HELP = examples(
  '0 the earlier version is the newest again, 1 an error, 2 an invalid command line.',
  ['edge-gslb history example.com --to https://dns.example.com --diff', 'find the change to go back to'],
  ['edge-gslb rollback example.com 7 --to https://dns.example.com --reason "fra is slow"', 'the version of change 7'],
  ['edge-gslb rollback example.com 7 --to https://dns.example.com --drop-expectations', 'whatever its tests say now'],
)
