import type { Health } from './health.ts'

/** A time for which the guard of a zone holds its states. Times are milliseconds since the epoch. */
export type Hold = {
  /** The origin without the final dot. */
  readonly zone: string
  readonly since: number
  /** Its end, as far as is known by now. */
  readonly until: number
  /** The targets that went down, whether they came back or not, and those that have a result. */
  readonly fell: number
  readonly of: number
}

/** The guard of a zone. Its code is loaded with the first zone that has one (src/health/guard/). */
export interface Guard {
  readonly zone: string
  /** Returns health as the zone's answers use it. */
  over(health: Health): Health
  /** Returns the hold at the time of health. */
  holding(health: Health): Hold | undefined
}
