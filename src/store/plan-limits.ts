import { MAX_PIECE_WORK, MAX_PLAN_DOCUMENT_BYTES } from '../limits.ts'
import type { Rate } from './bucket.ts'
import type { Plan } from './plans.ts'

export type PlanLimits = {
  readonly plan: Plan
  /** Octets of a document that is compiled in the Worker, and the work of a piece. */
  readonly documentBytes: number
  readonly pieceWork: number
  /** Lists of keys. The free plan has 1,000 a day, and isolates need a few when the catalog is lost. */
  readonly lists: Rate
  /** Writes of what was put by hand: KV's, without those of health. */
  readonly writes: Rate
  /** Zone keys that a look reads because they may have changed, and because metadata may be wrong. */
  readonly keysALook: number
  readonly verifiedALook: number
  /** Compiled zones that a look reads because they may be lost. */
  readonly copiesALook: number
}

/** KV operations in a day on the free plan. */
const FREE_WRITES = 1000

/** Writes that a person's own hands need, and those of the control API. */
const OTHER_WRITES = 10

/** The budget for writes if health takes all: a zone or two. */
const LEAST_WRITES = 10

/** @param healthWrites KV writes in a day that health may make */
export function limitsOf(plan: Plan, healthWrites: number): PlanLimits {
  const sizes = { plan, documentBytes: MAX_PLAN_DOCUMENT_BYTES[plan], pieceWork: MAX_PIECE_WORK[plan] }
  switch (plan) {
    case 'free': {
      const perDay = Math.max(LEAST_WRITES, FREE_WRITES - OTHER_WRITES - healthWrites)
      return {
        ...sizes,
        lists: { perDay: 900, burst: 60 },
        writes: { perDay, burst: Math.ceil(perDay / 2) },
        keysALook: 30,
        verifiedALook: 4,
        copiesALook: 1,
      }
    }
    case 'paid':
      return {
        ...sizes,
        // A million a month are 33,000 a day: a look of 20,000 zones each minute.
        lists: { perDay: 30_000, burst: 1000 },
        writes: { perDay: 10_000, burst: 5000 },
        keysALook: 100,
        verifiedALook: 20,
        copiesALook: 5,
      }
  }
}
