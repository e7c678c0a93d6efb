import { formatName } from '../dns/index.ts'
import type { Result } from '../result.ts'
import type { Publication } from '../store/index.ts'
import { countProbes } from '../zone/index.ts'
import type { CompileOptions } from '../zonefile/index.ts'
import { printDiagnostics } from './check.ts'
import { type CompiledFile, compileFolder, countTargets, plural } from './compile-files.ts'
import { type Console, EXIT, type ExitStatus } from './console.ts'
import type { PublishKv } from './kv.ts'
import { Progress } from './progress.ts'
import { type Published, publish } from './publication.ts'

/**
 * `edge-gslb publish [DIR]`: all zones of the folder, or none if one of them has an error.
 * @param openKv is called once the zones are known to be good
 */
export async function publishCommand(
  folder: string,
  options: { readonly prune: boolean; readonly where: string },
  openKv: () => Promise<Result<PublishKv>>,
  console: Console,
  compiling: CompileOptions = {},
): Promise<ExitStatus> {
  const zones = compileWithProgress(folder, console, compiling)
  if (zones === undefined) return EXIT.FAILED
  const kv = await openKv()
  if (!kv.ok) {
    console.err(`error: ${kv.error}`)
    return EXIT.FAILED
  }
  const progress = new Progress('publishing zones', console)
  const published = await publish(zones.map(toPublication), kv.value, {
    prune: options.prune,
    onProgress: progress.update,
  })
  progress.end()
  await kv.value.close()
  if (!published.ok) {
    console.err(`error: ${published.error}`)
    return EXIT.FAILED
  }
  for (const line of report(published.value, options.where, countTargets(zones))) console.out(line)
  return EXIT.OK
}

function compileWithProgress(
  folder: string,
  console: Console,
  compiling: CompileOptions,
): readonly CompiledFile[] | undefined {
  const progress = new Progress('checking files', console)
  const compiled = compileFolder(folder, progress.update, compiling)
  progress.end()
  if (compiled.ok) {
    for (const { warnings } of compiled.value) printDiagnostics(warnings, console)
    return compiled.value
  }
  printDiagnostics(compiled.error.diagnostics, console)
  console.err(`error: ${compiled.error.message}; nothing was published, and KV is as it was`)
  return undefined
}

/** As KV keeps it: the origin in lower case without the last dot, the document as compact JSON. */
export const toPublication = ({ zone, document }: CompiledFile): Publication => ({
  origin: formatName(zone.origin.key).slice(0, -1),
  serial: zone.serial,
  text: JSON.stringify(document),
  probes: countProbes(zone),
  asks: zone.asksTargets,
})

/** What happened, a line a kind; long lists are cut. */
export function report(published: Published, where: string, targets = 0): string[] {
  const { changed, repaired, unchanged, removed, kept, writes, deletes } = published
  const line = (what: string, origins: readonly string[]): string[] =>
    origins.length === 0 ? [] : [`${what.padEnd(10)} ${listOf(origins)}`]
  const cost = `${plural(writes, 'KV write')}, ${plural(deletes, 'KV delete')}`
  return [
    ...line('changed', changed),
    ...line('repaired', repaired).map((text) => `${text} (what stood in KV was not what was published)`),
    ...line('unchanged', unchanged),
    ...line('removed', removed),
    ...line('kept', kept).map((text) => `${text} (published before, not in this folder; --prune removes)`),
    `published to ${where}: ${cost}${targets > 0 ? `; ${plural(targets, 'target')} to probe` : ''}`,
  ]
}

const LISTED = 20

/** Origins as names; of many the first ones. */
export function listOf(origins: readonly string[]): string {
  const names = origins.slice(0, LISTED).map((origin) => `${origin}.`)
  const more = origins.length - names.length
  return names.join(' ') + (more > 0 ? ` and ${more} more` : '')
}
