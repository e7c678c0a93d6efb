import { MAX_ZONE_HASH_POINTS, MAX_ZONE_SCRIPT_NODES } from '../limits.ts'

/** The budget left for all answers of one zone while it is compiled: an isolate does so before the first answer. */
export type ZoneBudget = { points: number; nodes: number }

export const zoneBudget = (): ZoneBudget => ({ points: MAX_ZONE_HASH_POINTS, nodes: MAX_ZONE_SCRIPT_NODES })
