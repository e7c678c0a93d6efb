import { formatName } from '../../dns/index.ts'
import { err, type Result } from '../../result.ts'
import { compiledOf, type Publication, sourceOf } from '../../store/index.ts'
import { countProbes, type Zone } from '../../zone/index.ts'
import type { CompileOptions, Diagnostic } from '../../zonefile/index.ts'
import { type CostedProbe, costedProbes, costsOfValues, type ZoneCosts } from '../costs/costs.ts'
import { zoneNotes } from '../costs/notes.ts'
import {
  type CompiledFile,
  compileFile,
  type FolderError,
  folderOf,
  type NamedZone,
  type OnFile,
  startOf,
} from '../zones/compile-files.ts'
import { expectationErrors } from '../zones/expectations.ts'
import { filesWithoutZone } from '../zones/files-without-zone.ts'
import { readZoneFolder } from '../zones/folder.ts'

/** A zone that is ready to be published. */
export type ReadZone = NamedZone &
  Pick<CompiledFile, 'warnings' | 'included'> & {
    readonly probes: readonly CostedProbe[]
    readonly costs: ZoneCosts
    readonly publication: Publication
    /** The compiled zone, if it is small enough to be kept. */
    readonly compiled?: CompiledFile | undefined
  }

/**
 * Returns a zone in the form of KV: the origin in lower case without the last dot, the document as compact JSON, and
 * the compiled zone.
 */
export const toPublication = ({ zone, document }: CompiledFile): Publication => ({
  origin: originOf(zone),
  serial: zone.serial,
  probes: countProbes(zone),
  asks: zone.asksTargets,
  source: () => sourceOf(document),
  compiled: () => compiledOf(zone),
})

/** Returns the origin of a zone as keys have it. */
export const originOf = ({ origin }: Pick<Zone, 'origin'>): string => formatName(origin.key).slice(0, -1)

/** Makes zones ready, and keeps them compiled up to a number of octets in their stored form. */
export function readyZones(keptOctets: number): (file: CompiledFile) => Promise<ReadZone> {
  let left = keptOctets
  return async (file) => {
    const zone = await readyZone(file)
    left -= zone.costs.octets
    return left >= 0 ? { ...zone, compiled: file } : zone
  }
}

/** Writes what KV is to have. The zone itself, which takes ten times the memory, is no longer needed then. */
async function readyZone(file: CompiledFile): Promise<ReadZone> {
  const { zone, warnings, included } = file
  const publication = toPublication(file)
  const source = await publication.source()
  const compiled = await publication.compiled()
  const probes = costedProbes(zone)
  const costs = costsOfValues(compiled, source, probes)
  return {
    file: file.file,
    zone: { origin: zone.origin },
    probes,
    costs,
    publication: { ...publication, source: async () => source, compiled: async () => compiled },
    warnings: [...warnings, ...zoneNotes(costs).map((note) => ({ ...startOf(file.file), ...note }))],
    included,
  }
}

/** A zone that was read, without what only compiling needs. */
export type ZoneRead = NamedZone & Pick<CompiledFile, 'warnings' | 'included'>

/** As `compileFolder`. One zone after the other is in memory. @param ready keeps of a zone what is needed later */
export async function readFolder<Z extends ZoneRead>(
  folder: string,
  onFile: OnFile,
  options: CompileOptions,
  ready: (file: CompiledFile) => Promise<Z>,
): Promise<Result<readonly Z[], FolderError>> {
  const files = readZoneFolder(folder)
  if (!files.ok) return err({ message: files.error, diagnostics: [] })
  const { zones, errors } = await readFiles(files.value.zones, onFile, options, ready)
  return folderOf(folder, zones, [...errors, ...filesWithoutZone(files.value)])
}

/** Compiles files one by one, and checks the expectations beside them. @param onFile as for `compileFolder` */
export async function readFiles<Z extends ZoneRead>(
  files: readonly string[],
  onFile: OnFile,
  options: CompileOptions,
  ready: (file: CompiledFile) => Promise<Z>,
): Promise<{ readonly zones: readonly Z[]; readonly errors: readonly Diagnostic[] }> {
  const zones: Z[] = []
  const errors: Diagnostic[] = []
  for (const [index, file] of files.entries()) {
    onFile(index, files.length)
    const result = compileFile(file, options)
    for (const diagnostic of result.ok ? expectationErrors(result.value, options) : result.error)
      errors.push(diagnostic)
    if (result.ok) zones.push(await ready(result.value))
  }
  return { zones, errors }
}
