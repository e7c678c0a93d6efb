import { type Command, InvalidArgumentError, Option } from 'commander'
import { err, ok, type Result } from '../../result.ts'
import type { KeyChange, KeyFormat } from '../../zone-keys/index.ts'
import { type KvOrApiOptions, openApi, withKvOrApi } from '../api/options.ts'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit, fail, openKv, toKvTarget } from '../options.ts'
import type { DnssecAction } from './dnssec.ts'
import type { DnssecStore } from './store.ts'

type DnssecOptions = KvOrApiOptions & { readonly json?: boolean }

type Steps = { readonly force?: boolean; readonly dsTtl?: number }

/** Adds the commands about the keys of zones. */
export function addDnssec(program: Command): void {
  const dnssec = program.command('dnssec').description('sign zones, and change their keys').addHelpText('after', HELP)

  withStore(dnssec.command('enable'))
    .description('sign zones: make their keys, and publish CDS and CDNSKEY')
    .argument('<zone...>', 'the published zones, like example.com')
    .addOption(
      new Option('--algorithm <number>', '13 (ECDSAP256SHA256), 15 (ED25519) or 14 (ECDSAP384SHA384)')
        .choices(['13', '15', '14'])
        .default('13'),
    )
    .option('--split', 'a KSK and a ZSK, not one key for all')
    .option('--sha384', 'publish CDS with digest 4, too')
    .action(
      (zones: readonly string[], options: DnssecOptions & { algorithm: string; split?: boolean; sha384?: boolean }) => {
        const { split = false, sha384 = false } = options
        const algorithm = Number(options.algorithm) as 13 | 14 | 15
        return run(changing(zones, { kind: 'enable', algorithm, isSplit: split, sha384 }), options)
      },
    )

  withSteps(withStore(dnssec.command('disable')))
    .description('make zones insecure: ask the parent to remove its DS records, then remove the keys')
    .argument('<zone...>', 'the zones')
    .option('--ds-gone', 'the parent has no DS any more')
    .action((zones: readonly string[], options: DnssecOptions & Steps & { dsGone?: boolean }) => {
      const { dsGone = false } = options
      return run(changing(zones, { kind: 'disable', isGone: dsGone, ...stepsOf(options) }), options)
    })

  withSteps(withStore(dnssec.command('rollover')))
    .description(
      'replace the ZSK, or the only key, in steps: each call makes the next one, and refuses one that is too early',
    )
    .argument('<zone...>', 'the zones')
    .addOption(new Option('--ksk', 'replace the KSK').conflicts('zsk'))
    .option('--zsk', 'replace the ZSK')
    .option('--ds-seen', 'the parent has the DS of the new key')
    .option('--cancel', 'take back a rollover, or "disable", while that is safe')
    .action(
      (
        zones: readonly string[],
        options: DnssecOptions & Steps & { ksk?: boolean; zsk?: boolean; dsSeen?: boolean; cancel?: boolean },
      ) => {
        const { ksk, zsk, dsSeen = false, cancel } = options
        if (cancel) return run(changing(zones, { kind: 'cancel' }), options)
        const role = ksk ? { role: 'ksk' as const } : zsk ? { role: 'zsk' as const } : {}
        return run(changing(zones, { kind: 'rollover', ...role, isSeen: dsSeen, ...stepsOf(options) }), options)
      },
    )

  withStore(dnssec.command('status'))
    .description(
      'show keys, the next step of a change, and what is wrong; UPSTREAMS are asked for the DS at the parent',
    )
    .argument('[zone...]', 'the zones; all by default')
    .action((zones: readonly string[], options: DnssecOptions) => run({ kind: 'status', zones }, options))

  withStore(dnssec.command('ds'))
    .description('print the DS records that the registrar wants, with digests 2 and 4')
    .argument('<zone...>', 'the zones')
    .action((zones: readonly string[], options: DnssecOptions) => run({ kind: 'ds', zones }, options))

  withStore(dnssec.command('export'))
    .description('print the private keys of a zone, or write them into files')
    .argument('<zone>', 'the zone')
    .addOption(new Option('--format <name>', 'bind or powerdns').choices(['bind', 'powerdns']).default('bind'))
    .option('--output <folder>', 'the folder of the files')
    .action((zone: string, options: DnssecOptions & { format: KeyFormat; output?: string }) =>
      run({ kind: 'export', zone, format: options.format, folder: options.output }, options),
    )

  withStore(dnssec.command('import'))
    .description('sign a zone with keys of BIND, PowerDNS or Knot, so that its DS stays')
    .argument('<zone>', 'the zone')
    .argument('<file...>', 'K….private with K….key beside it, what "pdnsutil export-zone-key" prints, or PKCS#8 in PEM')
    .addOption(new Option('--zsk', 'the key has flags 256, where no file says so').conflicts('ksk'))
    .option('--ksk', 'the key has flags 257, where no file says so (the default)')
    .action((zone: string, files: readonly string[], options: DnssecOptions & { zsk?: boolean }) =>
      importFiles(zone, files, options.zsk ? 256 : undefined, options),
    )

  withStore(dnssec.command('add-key'))
    .description("put another provider's key into the DNSKEY set (RFC 8901, model 2)")
    .argument('<zone>', 'the zone')
    .requiredOption('--public <record>', 'its DNSKEY record: "256 3 13 <base64>"')
    .action((zone: string, options: DnssecOptions & { public: string }) =>
      run(changing([zone], { kind: 'add', record: options.public }), options),
    )

  withStore(dnssec.command('remove-key'))
    .description('remove a key that does not sign, or the last one')
    .argument('<zone>', 'the zone')
    .argument('<id>', 'the id that "dnssec status" shows')
    .action((zone: string, id: string, options: DnssecOptions) =>
      /^\d{1,9}$/.test(id)
        ? run(changing([zone], { kind: 'remove', id: Number(id) }), options)
        : fail(`"${id}" is not the id of a key; expected one of "dnssec status", like 2`),
    )
}

const changing = (zones: readonly string[], ...changes: readonly KeyChange[]): DnssecAction => ({
  ...{ kind: 'change', zones, changes },
})

const stepsOf = ({ force = false, dsTtl }: Steps) => ({ isForced: force, ...(dsTtl !== undefined && { dsTtl }) })

const withSteps = (command: Command): Command =>
  command
    .option('--force', 'make the step now, whatever resolvers remember')
    .option('--ds-ttl <seconds>', 'the TTL of the DS records at the parent (default: 86400)', secondsOf)

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (/^\d{1,6}$/.test(text) && seconds <= 604_800) return seconds
  throw new InvalidArgumentError('expected whole seconds, of a week at most')
}

const withStore = (command: Command): Command =>
  withKvOrApi(command).option('--json', 'print JSON').addHelpText('after', HELP)

async function importFiles(
  zone: string,
  files: readonly string[],
  flags: 256 | undefined,
  options: DnssecOptions,
): Promise<void> {
  const { readKeyFile } = await import('./key-files.ts')
  const changes: KeyChange[] = []
  for (const file of files) {
    const read = readKeyFile(file)
    if (!read.ok) return fail(read.error)
    changes.push({ kind: 'import', ...read.value, ...(flags !== undefined && { flags }) })
  }
  return run(changing([zone], ...changes), options)
}

async function run(action: DnssecAction, options: DnssecOptions): Promise<void> {
  const [{ dnssecCommand }, { dnssecSecret }] = await Promise.all([import('./dnssec.ts'), import('./secret.ts')])
  const secret = dnssecSecret(process.env, toKvTarget(options).config)
  const store = await storeFor(options, secret)
  if (!store.ok) return fail(store.error)
  exit(await dnssecCommand(action, store.value, secret, processConsole, options.json ?? false))
}

/** Returns how to open the store; an error is one of the command line. */
async function storeFor(
  options: DnssecOptions,
  secret: string | undefined,
): Promise<Result<() => Promise<Result<DnssecStore>>>> {
  const { to, remote = false } = options
  if (to !== undefined) {
    const [api, { keysThroughApi }] = await Promise.all([openApi({ ...options, to }), import('./through-api.ts')])
    return api.ok ? ok(async () => ok(keysThroughApi(api.value))) : err(api.error)
  }
  const { keysInKv } = await import('./through-kv.ts')
  return ok(async () => {
    const kv = await openKv(toKvTarget(options), remote)
    if (!kv.ok) return kv
    const where = remote ? 'production' : 'local KV'
    return ok(keysInKv({ kv: kv.value, where, secret, upstreams: process.env.UPSTREAMS, clock: Date.now }))
  })
}

const HELP = examples(
  '0 done, 1 an error or a step that is too early, 2 an invalid command line.',
  ['edge-gslb dnssec enable example.com --remote', 'sign a zone of production; DNSSEC_SECRET is in the environment'],
  ['edge-gslb dnssec ds example.com', 'what the registrar wants'],
  ['edge-gslb dnssec rollover example.com --to https://dns.example.com', 'the next step, through the API'],
  ['edge-gslb dnssec import example.com Kexample.com.+013+12345.private', "BIND's key, with the same DS"],
)
