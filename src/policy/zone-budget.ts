import { MAX_ZONE_HASH_POINTS, MAX_ZONE_SCRIPT_NODES } from '../limits.ts'

/** What is left for all answers of one zone while it is compiled: an isolate compiles it before the first answer. */
export type ZoneBudget = { points: number; nodes: number }

export const zoneBudget = (): ZoneBudget => ({ points: MAX_ZONE_HASH_POINTS, nodes: MAX_ZONE_SCRIPT_NODES })
