import { type Command, Option } from 'commander'
import { processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit, type KvOptions, openKv, toKvTarget, withKvOptions } from '../options.ts'

type TargetOptions = KvOptions & { readonly remote?: boolean }

/** Adds `edge-gslb geo put|show|remove`. */
export function addGeo(program: Command): void {
  const geo = program
    .command('geo')
    .description('the database of the locations of Client Subnets')
    .addHelpText('after', HELP)
  withTarget(geo.command('put'))
    .description('write MaxMind databases (MMDB) to Workers KV, in the form that the Worker reads')
    .argument('<file...>', 'like GeoLite2-City.mmdb GeoLite2-ASN.mmdb; if two have a field, the first counts')
    .option('--fields <list>', 'only these of continent,country,region,city,asn,location, to save memory')
    .addHelpText('after', HELP)
    .action(async (files: string[], options: TargetOptions & { fields?: string }) => {
      const { geoPut } = await import('./geo.ts')
      exit(await geoPut(files, options.fields, target(options), processConsole))
    })
  withTarget(geo.command('show'))
    .description('show the database in Workers KV, or the locations of addresses by it')
    .argument('[address...]')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', HELP)
    .action(async (addresses: string[], options: TargetOptions & { json: boolean }) => {
      const { geoShow } = await import('./geo.ts')
      exit(await geoShow(addresses, target(options), processConsole, options.json))
    })
  withTarget(geo.command('remove'))
    .description('remove the database from Workers KV; the location of every Client Subnet is then unknown')
    .addHelpText('after', HELP)
    .action(async (options: TargetOptions) => {
      const { geoRemove } = await import('./geo.ts')
      exit(await geoRemove(target(options), processConsole))
    })
}

const withTarget = (command: Command): Command =>
  withKvOptions(command)
    .addOption(new Option('--local', 'the KV of this machine (the default)').conflicts('remote'))
    .option('--remote', 'the KV of the deployed Worker')

const target = (options: TargetOptions) => {
  const kvTarget = toKvTarget(options)
  const open = () => openKv(kvTarget, options.remote ?? false)
  return { open, where: options.remote ? 'production' : 'local KV' }
}

const HELP = examples(
  '0 done, 1 an error, 2 an invalid command line.',
  ['edge-gslb geo put GeoLite2-City.mmdb --remote', 'the database of production'],
  ['edge-gslb geo show 192.0.2.1 --remote --json', 'the place of an address by it'],
  ['edge-gslb geo remove', 'no database in local KV any more'],
)
