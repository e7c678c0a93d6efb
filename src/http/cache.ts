import { type Response as DnsResponse, type Rrset, TYPE } from '../dns/query-path.ts'
import type { Reply } from '../zone/query-path.ts'

/** The seconds for which a cache may keep a reply, and whether a shared cache may; without `seconds` no cache may. */
export type Keeping = { readonly seconds: number | undefined; readonly shared: boolean }

/**
 * RFC 8484 §5.1, RFC 2308 §5. What the connection or chance decided is for the asker alone: the URL does not say for
 * whom it holds.
 */
export function keeping(reply: Reply, method: string): Keeping {
  return { seconds: lifetime(reply.response), shared: reply.shareable && method !== 'POST' }
}

/** Never `stale-if-error`: it would keep dead endpoints alive. */
export function cacheControl({ seconds, shared }: Keeping): string {
  if (seconds === undefined) return 'no-store'
  if (seconds === 0) return 'no-store, max-age=0'
  return `${shared ? 'public' : 'private'}, max-age=${seconds}`
}

/**
 * Seconds, or undefined where nothing says how long the reply holds (REFUSED, SERVFAIL, referrals). Additional records
 * count too, which RFC 8484 leaves open: a copy that outlives them would give out addresses that health has removed.
 */
function lifetime(response: DnsResponse): number | undefined {
  let least = smallest(response.answer, Number.POSITIVE_INFINITY)
  for (const rrset of response.authority) {
    // The SOA's TTL is already the smaller of its own and MINIMUM.
    if (rrset.type === TYPE.SOA) least = Math.min(least, rrset.ttl)
  }
  return least === Number.POSITIVE_INFINITY ? undefined : smallest(response.additional, least)
}

const smallest = (rrsets: readonly Rrset[], start: number): number =>
  rrsets.reduce((least, rrset) => Math.min(least, rrset.ttl), start)
