import { type Plan, plan, statesAround } from '../../explain/index.ts'
import type { GeoLookup } from '../../geo/index.ts'
import type { Health } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { CATALOG_KEY, hashText, sourceOf } from '../../store/index.ts'
import type { Zone } from '../../zone/index.ts'
import type { PublishKv } from '../kv/kv.ts'
import { readPublishedZones } from '../kv/zones.ts'
import { originOf } from '../publish/read-zones.ts'
import type { CompiledFile } from '../zones/compile-files.ts'

type Comparison = {
  /** True if published zones that are not among the files go. */
  readonly prune: boolean
  readonly health: Health
  readonly database: GeoLookup | undefined
  readonly onProgress?: (done: number, of: number) => void
}

/** The plan, and the problems of published zones that cannot be read: they count as not there. */
export type Compared = { readonly plan: Plan; readonly problems: readonly string[] }

/** Compares what is served from KV with what would be, once the files are published. */
export async function comparePublished(
  files: readonly CompiledFile[],
  kv: PublishKv,
  { prune, health, database, onProgress }: Comparison,
): Promise<Result<Compared>> {
  const own = new Map<string, { readonly hash: string; readonly zone: Zone }>()
  for (const { zone, document } of files) {
    own.set(originOf(zone), { hash: await hashText((await sourceOf(document)).text), zone })
  }
  const read = await served(kv, (origin, hash) => {
    const known = own.get(origin)
    return known?.hash === hash ? known.zone : undefined
  })
  if (!read.ok) return read
  const before = read.value.zones
  const kept = prune ? [] : before.filter((zone) => !own.has(originOf(zone)))
  const after = [...kept, ...files.map(({ zone }) => zone)]
  const made = plan(before, after, {
    states: statesAround(health, [...before, ...after]),
    database,
    ...(onProgress && { onProgress }),
  })
  return ok({ plan: made, problems: read.value.problems })
}

/** KV without a catalog serves nothing. */
async function served(
  kv: PublishKv,
  known: Parameters<typeof readPublishedZones>[1],
): Promise<ReturnType<typeof readPublishedZones>> {
  const catalog = await kv.get(CATALOG_KEY)
  if (!catalog.ok) return err(`the catalog could not be read: ${catalog.error}`)
  return catalog.value === undefined ? ok({ zones: [], problems: [], keys: new Map() }) : readPublishedZones(kv, known)
}
