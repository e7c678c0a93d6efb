import type { Version } from './change.ts'

/** The value under the key of a zone, as KV shows it. `hash` is that of the text; empty without one. */
export type Shown = { readonly text: string | null; readonly hash: string }

/** A document that was found under the key of the zone and is not valid, or too large for a ledger. `at` is when. */
export type RefusedDocument = {
  readonly hash: string
  readonly why: string
  readonly at: number
  readonly isTooLarge: boolean
}

export type Known = {
  readonly newest: Version | undefined
  /** The hash of the version that KV has, as far as the ledger knows; empty if the zone was deleted. */
  readonly published: string | undefined
  /** The hash of another spelling of the newest version, which somebody put. */
  readonly spelled: string | undefined
  /** The time at which the ledger last wrote the key. */
  readonly wroteAt: number | undefined
  /** Returns true for a version of the history. */
  readonly isOwn: (hash: string) => boolean
  readonly refused: RefusedDocument | undefined
}

/**
 * The meaning of what KV shows. `stale`: an earlier version of ours, which KV may show for a while. `foreign`: somebody
 * else wrote it. `missing`: the key is not there, and is to be.
 */
export type Verdict =
  | { readonly kind: 'same' | 'stale' | 'missing' | 'foreign' }
  | { readonly kind: 'refused'; readonly why: string }

/** KV may show an earlier value of a key for a minute; four leave room. */
export const STALE_MS = 240_000

/** A later version of the Worker may accept what this one refused. */
const REFUSED_MS = 3_600_000

/** Compares what KV shows with what is known. @param now milliseconds since the epoch */
export function verdictOf(
  { text, hash }: Shown,
  { newest, published, spelled, wroteAt = 0, isOwn, refused }: Known,
  now: number,
): Verdict {
  const isRecent = newest !== undefined && now - Math.max(wroteAt, newest.time) < STALE_MS
  if (text === null) {
    const isToBe = newest !== undefined && newest.hash !== '' && published !== undefined && published !== ''
    if (!isToBe) return { kind: 'same' }
    return { kind: isRecent ? 'stale' : 'missing' }
  }
  if (hash === newest?.hash || hash === published || hash === spelled) return { kind: 'same' }
  if (isRecent && isOwn(hash)) return { kind: 'stale' }
  if (refused?.hash === hash && now - refused.at < REFUSED_MS) return { kind: 'refused', why: refused.why }
  return { kind: 'foreign' }
}
