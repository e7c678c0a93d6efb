import { MAX_ASKED_OCTETS } from '../limits.ts'
import type { CheckDocument } from './check.ts'

/**
 * A check that stands in no zone document: a script computed it out of a query. It is known from the first such query
 * on. Plain data: an isolate tells it to a Durable Object.
 */
export type AskedCheck = {
  /** The origin of the zone whose script asked, without the final dot, as in `Checks`. */
  readonly zone: string
  /** The check, written out. Only a check that is probed: nobody pushes to a target that only a query knows. */
  readonly check: CheckDocument
  /** The target: an address or a host name, with or without a port, like the `target` of a pool's member. */
  readonly target: string
}

/** The interval in which an isolate tells a check again that its answers meet again and again. */
export const ASKED_TELL_MS = 600_000

/** A check expires an hour after the last query for it at the earliest, as in PowerDNS. */
export const ASKED_EXPIRES_MS = 3_600_000 + ASKED_TELL_MS

/** The text that an asked check is told and kept as. */
export const formatAsked = ({ zone, check, target }: AskedCheck): string => JSON.stringify({ zone, check, target })

/** Returns whether a text may be told: isolates, and the object that keeps it, hold many. */
export const isShortEnough = (text: string): boolean =>
  text.length <= MAX_ASKED_OCTETS && new TextEncoder().encode(text).length <= MAX_ASKED_OCTETS
