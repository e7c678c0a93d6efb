import { CRON, Health, PUSH } from '../../health/index.ts'
import { ok } from '../../result.ts'
import { databaseOfFiles, databaseOfKv } from '../geo/source.ts'
import { readHealth } from '../kv/health.ts'
import type { PlanSources } from './plan.ts'

type SourceOptions = {
  readonly usesHealth?: boolean
  readonly geoFiles?: readonly string[] | undefined
  /** True for the KV of the deployed Worker. */
  readonly isRemote?: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Returns the sources of a plan beside the zones: health as it is before the first probe, or from KV with the
 * overrides; and the database of places, from MaxMind files or from KV, if it has one.
 */
export const sourcesFor = ({
  usesHealth = false,
  geoFiles,
  isRemote = false,
  now,
}: SourceOptions): Omit<PlanSources, 'open'> => ({
  readHealth: async (kv) =>
    usesHealth ? readHealth(kv, [CRON, PUSH], now, isRemote ? 'edge' : 'workerd') : ok(new Health([], [], now)),
  readDatabase: async (kv) => {
    if (geoFiles) return databaseOfFiles(geoFiles)
    const stored = await databaseOfKv(kv)
    return stored.ok ? ok(stored.value?.database) : stored
  },
})
