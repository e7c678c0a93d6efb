/**
 * Returns the largest TTL in a zone's document, in seconds: resolvers keep no record of the zone, and no denial, for
 * longer. Every field `ttl` counts, wherever it is, since a new kind of answer must not be forgotten here.
 */
export function largestTtl(document: unknown): number {
  let largest = 0
  const waiting: unknown[] = [document]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null) continue
    for (const [name, inner] of Object.entries(value)) {
      if (TTL_FIELDS.has(name))
        for (const one of [inner].flat()) if (typeof one === 'number') largest = Math.max(largest, one)
      waiting.push(inner)
    }
  }
  return largest
}

/** `minimum` is that of the SOA record (RFC 2308 §5). */
const TTL_FIELDS: ReadonlySet<string> = new Set(['ttl', 'minimum'])
