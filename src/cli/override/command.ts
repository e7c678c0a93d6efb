import { type Command, Option } from 'commander'
import { ok, type Result } from '../../result.ts'
import { type KvOrApiOptions, openApi, withKvOrApi } from '../api/options.ts'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
import {
  compilingOf,
  exit,
  fail,
  openKv,
  orUsage,
  type ReadOptions,
  several,
  stopSignal,
  toKvTarget,
  withReading,
  zonesOption,
} from '../options.ts'
import { paintFor } from '../paint.ts'
import type { AddOptions, RemoveOptions, SubjectOptions } from './options.ts'
import type { OverrideAction, OverrideStore } from './override.ts'

type OverrideOptions = KvOrApiOptions & { readonly json: boolean }

/** Adds the commands about overrides. */
export function addOverride(program: Command): void {
  const override = program
    .command('override')
    .description('force targets, pools or datacenters up, down or drained, whatever the probes find')
    .addHelpText('after', HELP)

  withStore(override.command('list'))
    .description('list overrides: what each forces, by whom, why and until when; ended ones too')
    .action((options: OverrideOptions) => run({ kind: 'list' }, options))

  withState(override.command('add'))
    .description('force a state or a weight; globs: * is any text, ? any character')
    .action((options: StateOptions) => addState(program, 'add', options))

  withState(override.command('rehearse'))
    .description('show what each member of the pools would get with an override; writes nothing')
    .action((options: StateOptions) => addState(program, 'rehearse', options))

  withStore(withSubject(override.command('resume')))
    .description('let targets in that are up again and wait for it ("failback": "manual")')
    .action(async (options: SubjectOptions & OverrideOptions) => {
      const { parseResume } = await import('./options.ts')
      const resumed = orUsage(program, parseResume(options, Date.now()))
      return run({ kind: 'resume', override: resumed }, options)
    })

  withStore(override.command('remove'))
    .description('remove overrides, so that measured health counts again')
    .argument('[numbers...]', 'as "override list" shows them: it may have changed since')
    .option('--check <glob>', 'overrides of these checks, with the glob as it was added')
    .option('--target <glob>', 'overrides of these targets')
    .option('--pool <glob>', 'overrides of these pools')
    .option('--datacenter <glob>', 'overrides of these datacenters')
    .option('--all', 'all overrides', false)
    .action(async (numbers: string[], options: OverrideOptions & RemoveOptions) => {
      const { parseRemove } = await import('./options.ts')
      return run({ kind: 'remove', which: orUsage(program, parseRemove(numbers, options)) }, options)
    })
}

const withStore = (command: Command): Command =>
  withKvOrApi(command).option('--json', 'print the list as one JSON object', false).addHelpText('after', HELP)

const withSubject = (command: Command): Command =>
  command
    .option('--check <glob>', 'checks, like example.com/web')
    .option('--target <glob>', 'targets, like 192.0.2.1:80 or 192.0.2.*')
    .option('--pool <glob>', 'pools, like www.example.com/A')
    .option('--datacenter <glob>', 'datacenters of pools, like fra')
    .requiredOption('--why <text>', 'the reason, shown with the state')
    .option('--by <name>', 'the author (default: user and host)')

const withState = (command: Command): Command =>
  withStore(withReading(withSubject(command)))
    .addOption(
      new Option(
        '--force [state]',
        'the state that they count as: up, down, drained (left out), or weight; without a state: even if a pool is left without a member',
      )
        .preset('')
        .argParser(several),
    )
    .option('--state <state>', 'the same as --force with a state')
    .option('--weight <number>', 'their weight, with --force weight')
    .option('--from <time>', 'when the override begins, like 2026-11-22T18:00:00Z (default: now)')
    .option('--until <time>', 'when it ends')
    .option('--for <time>', 'how long it is valid, like 2h or 1h30m')
    .option('--every <window>', 'when it counts each week: days, local time, length, time zone')
    .addOption(zonesOption())

type StateOptions = AddOptions & ReadOptions & OverrideOptions & { readonly zones: string }

async function addState(program: Command, kind: 'add' | 'rehearse', options: StateOptions): Promise<void> {
  const { parseAdd } = await import('./options.ts')
  const reading = { zones: options.zones, compiling: compilingOf(program, options) }
  return run({ kind, ...orUsage(program, parseAdd(options, Date.now())), ...reading }, options)
}

async function run(action: OverrideAction, options: OverrideOptions): Promise<void> {
  const [{ overrideCommand }, store] = await Promise.all([import('./override.ts'), storeFor(options)])
  if (!store.ok) return fail(store.error)
  exit(await overrideCommand(action, store.value, Date.now(), processConsole, paintFor(process.stdout), options.json))
}

/** Returns the store that the options name; an error is one of the command line. */
async function storeFor(options: OverrideOptions): Promise<Result<OverrideStore>> {
  const { to } = options
  return to === undefined ? ok(await storeInKv(options)) : storeThroughApi({ ...options, to })
}

async function storeThroughApi(options: OverrideOptions & { readonly to: string }): Promise<Result<OverrideStore>> {
  const api = await openApi(options, stopSignal())
  if (!api.ok) return api
  const { healthThroughApi, overridesThroughApi } = await import('./through-api.ts')
  return ok({
    open: async () => ok(overridesThroughApi(api.value)),
    health: healthThroughApi(api.value),
    guards: true,
    where: api.value.where,
    byHand: (operation) => `npx wrangler kv key ${operation} overrides --binding GSLB --remote`,
  })
}

async function storeInKv(options: OverrideOptions): Promise<OverrideStore> {
  const { healthInKv } = await import('./health.ts')
  const { remote: isRemote = false } = options
  const kvTarget = toKvTarget(options)
  const by = ['--binding', kvTarget.binding, isRemote ? '--remote' : '--local']
  if (kvTarget.persistTo !== undefined && !isRemote) by.push('--persist-to', kvTarget.persistTo)
  return {
    open: () => openKv(kvTarget, isRemote),
    health: healthInKv(isRemote ? 'edge' : 'workerd'),
    where: isRemote ? 'production' : 'local KV',
    byHand: (operation) => `npx wrangler kv key ${operation} overrides ${by.join(' ')}`,
  }
}

const HELP = examples(
  '0 done, 1 an error, 2 an invalid command line.',
  ["edge-gslb override add --target '192.0.2.*' --force down --why repair --for 2h", 'on this machine'],
  [
    'edge-gslb override add --datacenter fra --force drained --why move --to https://dns.example.com',
    'through the API',
  ],
  [
    "edge-gslb override add --target 'a.*' --force drained --every 'sun 02:00 2h Europe/Berlin' --why backup",
    'each week',
  ],
  ['edge-gslb override rehearse --datacenter fra --force drained --why move', 'what each member would get'],
  ["edge-gslb override resume --target '192.0.2.1:*' --why checked", 'end a manual failback'],
  ['edge-gslb override list --remote --json', 'what is forced in production'],
  ['edge-gslb override remove --all --to https://dns.example.com', 'nothing is forced any more'],
)
