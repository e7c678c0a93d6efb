import type { Result } from '../result.ts'
import type { GeoLookup } from './lookup.ts'

/** Opens the database, as `Database.open` does. The code is loaded with the first one: without it no query needs it. */
export const openDatabase = async (buffers: readonly ArrayBuffer[], maxSteps: number): Promise<Result<GeoLookup>> =>
  (await import('./database.ts')).Database.open(buffers, maxSteps)
