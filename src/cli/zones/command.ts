import type { Command } from 'commander'
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
  zonesOption,
} from '../options.ts'
import type { CheckOptions } from './check.ts'
import type { ExportOptions } from './export.ts'

/** Adds `edge-gslb check`. */
export function addCheck(program: Command): void {
  withTo(withReading(program.command('check')))
    .description('compile zone files and zone documents, check the expectations beside them, and report errors')
    .argument('<path...>', 'zone files (example.com.zone), zone documents (.json), or folders of them')
    .option(
      '--json',
      'print one JSON array: file, line, column, severity, message, expected; with --costs as "diagnostics" of an object',
    )
    .option('--strict', 'exit 1 on warnings too, though not on advice')
    .option('--costs', 'print what each zone costs: size, memory, CPU, KV writes, probes')
    .addHelpText('after', CHECK_HELP)
    .action(async (paths: string[], options: ReadOptions & CheckOptions & ToOptions) => {
      const { to } = options
      const compiling = compilingOf(program, options)
      const { check } = await import('./check.ts')
      if (to === undefined) return exit(await check(paths, processConsole, compiling, options))
      const api = await openApi({ ...options, to }, stopSignal())
      if (!api.ok) return fail(api.error)
      const { checkThroughApi } = await import('./check-through-api.ts')
      const alsoBy = checkThroughApi(api.value, compiling)
      exit(await check(paths, processConsole, compiling, { ...options, alsoBy }))
    })
}

const CHECK_HELP = examples(
  '0 no errors, 1 an error (with --strict a warning, too), 2 an invalid command line.',
  ['edge-gslb check zones', 'all zones of a folder'],
  ['edge-gslb check zones/example.com.zone --strict --json', 'one zone; warnings count; for programs'],
  ['edge-gslb check zones --to https://dns.example.com', 'by the Worker, too, which knows its own version'],
)

/** Adds `edge-gslb export`. */
export function addExport(program: Command): void {
  withTo(withKvOptions(withReading(program.command('export'))), ['zones'])
    .description('write a zone as a zone file, with its policies as PowerDNS LUA records')
    .argument('<zone>', 'a zone of the folder by its name, or a zone file or zone document')
    .option('-o, --output <file>', 'the file to write (default: stdout)')
    .option('--json', 'write the zone document as JSON instead')
    .addOption(zonesOption('where the zones are: a folder, or "local" or "remote" for what is published in KV'))
    .addHelpText('after', EXPORT_HELP)
    .action(async (zone: string, options: ExportOptions & ReadOptions & KvOptions & ToOptions) => {
      const { exportCommand, exportPublished } = await import('./export.ts')
      const { zones, to } = options
      const compiling = compilingOf(program, options)
      if (to !== undefined) {
        const api = await openApi({ ...options, to }, stopSignal())
        if (!api.ok) return fail(api.error)
        const { documentFrom } = await import('./export-through-api.ts')
        exit(await exportPublished(zone, options, documentFrom(api.value), processConsole, compiling))
      } else if (zones === 'local' || zones === 'remote') {
        const { documentInKv } = await import('./export-from-kv.ts')
        const open = () => openKv(toKvTarget(options), zones === 'remote')
        exit(await exportPublished(zone, options, documentInKv(open), processConsole, compiling))
      } else exit(exportCommand(zone, options, processConsole, compiling))
    })
}

const EXPORT_HELP = examples(
  '0 written, 1 an error, or a record that a zone file can only have as a comment, 2 an invalid command line.',
  ['edge-gslb export example.com', 'a zone of the folder zones/, as a zone file'],
  ['edge-gslb export example.com --zones remote -o example.com.zone', 'what production serves'],
  ['edge-gslb export example.com --to https://dns.example.com --json', 'what the API has, as a document'],
)
