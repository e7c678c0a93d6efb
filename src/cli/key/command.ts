import type { Command } from 'commander'
import { ok, type Result } from '../../result.ts'
import { apiAccess, type KvOrApiOptions, withKvOrApi } from '../api/options.ts'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit, fail, openKv, several, toKvTarget } from '../options.ts'
import type { KeyAction, KeyStore } from './key.ts'

type KeyOptions = KvOrApiOptions & { readonly json?: boolean }

/** Adds the commands about the keys of the API. */
export function addKey(program: Command): void {
  const key = program.command('key').description('make, list and revoke the keys of the API').addHelpText('after', HELP)

  withStore(key.command('create'))
    .description('make a key, and print its secret once: KV has its hash alone')
    .argument('<name>', 'the author of what is changed with it: letters, digits and . _ @ + -')
    .requiredOption(
      '--scope <scope>',
      'what it may do: everything, read, health, resolve, zone:example.com, name:www.example.com, suffix:dev.example.com, acme:www.example.com; repeatable',
      several,
    )
    .option('--ends <time>', 'when it ends, like 2027-01-31T00:00:00Z, or after how long, like 90d')
    .action(async (name: string, options: KeyOptions & { scope: readonly string[]; ends?: string }) => {
      const { parseNewKey } = await import('../../keys/index.ts')
      const { scope, ends } = options
      const wanted = parseNewKey({ name, scopes: scope, ...(ends !== undefined && { ends }) }, Date.now())
      if (!wanted.ok) return fail(wanted.error)
      return run({ kind: 'create', wanted: wanted.value }, options)
    })

  withStore(key.command('list'))
    .description('list the keys: names, scopes and ends; their secrets are nowhere')
    .action((options: KeyOptions) => run({ kind: 'list' }, options))

  withStore(key.command('revoke'))
    .description('revoke a key: within a minute it opens nothing any more')
    .argument('<id>', 'the id that "key list" shows')
    .action((id: string, options: KeyOptions) => run({ kind: 'revoke', id }, options))
}

const withStore = (command: Command): Command =>
  withKvOrApi(command).option('--json', 'print one JSON object').addHelpText('after', HELP)

async function run(action: KeyAction, options: KeyOptions): Promise<void> {
  const [{ keyCommand }, store] = await Promise.all([import('./key.ts'), storeFor(options)])
  if (!store.ok) return fail(store.error)
  exit(await keyCommand(action, store.value, Date.now(), processConsole, options.json ?? false))
}

/** Returns how to open the store; an error is one of the command line. */
async function storeFor(options: KeyOptions): Promise<Result<() => Promise<Result<KeyStore>>>> {
  const { to, remote = false } = options
  if (to === undefined) {
    const { keysInKv } = await import('./through-kv.ts')
    return ok(async () => {
      const kv = await openKv(toKvTarget(options), remote)
      return kv.ok ? ok(keysInKv(kv.value, remote ? 'production' : 'local KV')) : kv
    })
  }
  const [access, { keysThroughApi }] = await Promise.all([apiAccess({ ...options, to }), import('./through-api.ts')])
  return access.ok ? ok(async () => ok(keysThroughApi(access.value.url, access.value.key))) : access
}

const HELP = examples(
  '0 done, 1 an error, 2 an invalid command line.',
  ['edge-gslb key create ci --scope zone:example.com --ends 90d --remote', 'a key for one zone of production'],
  ['edge-gslb key create lego --scope acme:www.example.com', 'a key for certificates, in local KV'],
  ['edge-gslb key create phone --scope resolve --remote', 'a token for the path of DNS over HTTPS'],
  ['edge-gslb key list --to https://dns.example.com', 'the keys, through the API'],
  ['edge-gslb key revoke k5p2wq7d --remote', 'it opens nothing any more'],
)
