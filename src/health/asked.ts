import { MAX_ASKED_OCTETS } from '../limits.ts'
import type { CheckDocument } from './check.ts'

/**
 * A check that a script computed from a query, and that no zone document contains. The first such query makes it known.
 * It is plain data: an isolate reports it to a Durable Object.
 */
export type AskedCheck = {
  /** The origin of the zone whose script asked, without the final dot, as in `Checks`. */
  readonly zone: string
  /** The check in full. It must be a probe: no application reports a target that only a query knows. */
  readonly check: CheckDocument
  /** An address or a host name, with or without a port, like the `target` of a pool's member. */
  readonly target: string
}

/** The interval at which an isolate reports a check again, as long as its answers need it. */
export const ASKED_REPORT_MS = 600_000

/** A check expires an hour after the last query for it at the earliest, as in PowerDNS. */
export const ASKED_EXPIRES_MS = 3_600_000 + ASKED_REPORT_MS

/** Formats an asked check as text, for reports and for storage. */
export const formatAsked = ({ zone, check, target }: AskedCheck): string => JSON.stringify({ zone, check, target })

/** Returns true if a text is short enough to be reported: isolates and the Durable Object store many. */
export const isShortEnough = (text: string): boolean =>
  text.length <= MAX_ASKED_OCTETS && new TextEncoder().encode(text).length <= MAX_ASKED_OCTETS
