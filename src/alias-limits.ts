/**
 * The limits of ALIAS targets outside the zones, each with its reason. They stand apart from limits.ts, which the query path
 * has whole: few isolates need these.
 */

/**
 * Names outside the zones that ALIAS records lead to, of all zones: each costs two questions to an upstream server, and has
 * its place in a document that every isolate with such a record reads.
 */
export const MAX_ALIAS_TARGETS = 1000

/** Addresses of such a name. Load balancers have up to a dozen, and a client takes the first that answers. */
export const MAX_ALIAS_ADDRESSES = 32

/**
 * Questions of an isolate about such names that the cron does not know: at once, and in a minute. A script may compute
 * names out of what clients ask for.
 */
export const MAX_ALIAS_FLIGHTS = 8
export const MAX_ALIAS_ASKS_A_MINUTE = 60

/** Such names that an isolate remembers by itself; those that were resolved longest ago go first. */
export const MAX_ALIAS_MEMORY = 1000

/**
 * Requests to upstream servers that a tick of the cron begins, by Cloudflare's plan: the free one allows an invocation 50
 * subrequests, of which the probes may take 40.
 */
export const MAX_ALIAS_REQUESTS_A_TICK = { free: 8, paid: 400 } as const
