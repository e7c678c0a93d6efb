/** The types that an ALIAS is asked for. */
export const ADDRESS_TYPES = ['A', 'AAAA'] as const
export type AddressType = (typeof ADDRESS_TYPES)[number]

/**
 * The reply of an upstream server about a name, or about its lack of addresses. Times are milliseconds since the epoch.
 */
export type Told = {
  /** In order; none if the name does not exist, or has none of the type. */
  readonly addresses: readonly string[]
  /** Seconds for which they counted when they were told. */
  readonly ttl: number
  readonly at: number
  /** The host of the upstream server. */
  readonly from: string
  /** The largest TTL that came with these addresses lately: upstream servers count theirs down. */
  readonly cycle: number
}

/** Since when a name cannot be resolved, and why. */
export type Failing = { readonly since: number; readonly why: string }

/** The addresses of a name, of one type: as they were last told, if they ever were, and the failure since, if any. */
export type AliasEntry = { readonly told?: Told | undefined; readonly failing?: Failing | undefined }

/**
 * `seconds`: how long the addresses count from now on. They are stale if that is longer than upstream servers allowed.
 */
export type Served = { readonly told: Told; readonly seconds: number; readonly isStale: boolean }

/** RFC 8767 §4 recommends 30 s. */
const STALE_SECONDS = 30

/** An answer is served for so long after its time while no upstream server answers. */
export const STALE_MS = 3_600_000

/**
 * Returns what counts of an entry. Addresses whose TTL has run out go on in the same rhythm if somebody who asks
 * upstream servers vouches for them: what does not change is not written again.
 * @param vouchedUntil milliseconds since the epoch
 * @returns undefined if nothing counts any more, or nothing ever did
 */
export function servedOf({ told, failing }: AliasEntry, now: number, vouchedUntil: number): Served | undefined {
  if (!told) return undefined
  const endsAt = runsOutAt(told)
  // A clock that went back makes nothing last longer than it was told.
  if (now < endsAt) return { told, seconds: Math.min(told.ttl, Math.ceil((endsAt - now) / 1000)), isStale: false }
  if (!failing && now < vouchedUntil) return { told, seconds: leftOfCycle(told, now - endsAt), isStale: false }
  const staleSince = Math.max(endsAt, failing ? failing.since : vouchedUntil)
  return now < staleSince + STALE_MS ? { told, seconds: STALE_SECONDS, isStale: true } : undefined
}

export const runsOutAt = ({ at, ttl }: Told): number => at + ttl * 1000

/** Seconds that are left of a TTL that began anew each time that it ran out. */
const leftOfCycle = ({ cycle }: Told, sinceMs: number): number =>
  cycle === 0 ? 0 : Math.ceil(cycle - ((sinceMs / 1000) % cycle))
