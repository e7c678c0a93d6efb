import { LEVELS, type Level } from '../geo/query-path.ts'
import type { Inner } from './kinds/kind.ts'

/** Values for networks, and for locations at each level. The first in this order that has the client decides. */
export type GeoTable<V> = { readonly [L in 'networks' | Level]?: Readonly<Record<string, V>> | undefined }

/** Returns the values of a table with their paths. */
export const insideGeoTable = <V>(table: GeoTable<V>): Inner<V>[] =>
  (['networks', ...LEVELS] as const).flatMap((level) =>
    Object.entries(table[level] ?? {}).map(([key, value]): Inner<V> => [value, [level, key]]),
  )
