import type { ListedRrset } from '../../api/index.ts'

/** A row of the table of records, as the page and its script write it. */
export type RecordRow = {
  readonly name: string
  readonly type: string
  readonly ttl: string
  /** The kind of what chooses among the data; undefined for fixed records. */
  readonly policy?: { readonly kind: string; readonly href: string }
  readonly data: readonly string[]
  readonly more: string
  readonly comments: readonly string[]
}

/** @param policies the path of the page that draws the policies of the zone */
export function rowOf(
  { name, type, ttl, policy, data, more = 0, comments = [] }: ListedRrset,
  policies: string,
): RecordRow {
  return {
    ...{ name, type, data, comments },
    ttl: typeof ttl === 'number' ? String(ttl) : `${ttl[0]} to ${ttl[1]}`,
    ...(policy !== null && { policy: { kind: policy, href: `${policies}?${new URLSearchParams({ name, type })}` } }),
    more: more > 0 ? `… and ${more} more` : '',
  }
}
