import { type Response as DnsResponse, type Rrset, TYPE } from '../dns/query-path.ts'
import type { Reply } from '../zone/query-path.ts'

/** The seconds for which a cache may keep a reply, and whether a shared cache may; without `seconds` no cache may. */
export type Keeping = { readonly seconds: number | undefined; readonly shared: boolean }

/**
 * Returns how a reply may be cached (RFC 8484 §5.1, RFC 2308 §5). A reply that the connection or chance decided is for
 * this client alone: the URL does not say for which clients it is valid.
 */
export function keeping(reply: Reply, method: string): Keeping {
  return { seconds: reply.seconds ?? lifetime(reply.response), shared: reply.shareable && method !== 'POST' }
}

/** Returns the header's value, which never has `stale-if-error`: it would keep dead endpoints alive. */
export function cacheControl({ seconds, shared }: Keeping): string {
  if (seconds === undefined) return 'no-store'
  if (seconds === 0) return 'no-store, max-age=0'
  return `${shared ? 'public' : 'private'}, max-age=${seconds}`
}

/**
 * Returns seconds, or undefined if nothing says how long the reply is valid (REFUSED, SERVFAIL, referrals). Additional
 * records count too, which RFC 8484 leaves open: a cached copy that outlives them has addresses that health has
 * removed.
 */
function lifetime(response: DnsResponse): number | undefined {
  let minTtl = minTtlOf(response.answer, Number.POSITIVE_INFINITY)
  for (const rrset of response.authority) {
    // The SOA's TTL is already the smaller of its own and MINIMUM.
    if (rrset.type === TYPE.SOA) minTtl = Math.min(minTtl, rrset.ttl)
  }
  return minTtl === Number.POSITIVE_INFINITY ? undefined : minTtlOf(response.additional, minTtl)
}

const minTtlOf = (rrsets: readonly Rrset[], start: number): number =>
  rrsets.reduce((minTtl, rrset) => Math.min(minTtl, rrset.ttl), start)
