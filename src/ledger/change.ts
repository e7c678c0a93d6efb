/** The author of a change, and the reason. */
export type Author = { readonly author: string; readonly reason?: string | undefined }

/** The state that a change goes out from (RFC 9110 §13.1): entity tags without quotes, or any. */
export type Condition = {
  readonly ifMatch?: '*' | readonly string[] | undefined
  readonly ifNoneMatch?: '*' | readonly string[] | undefined
}

/** A change of one zone. `body` is the parsed JSON of a request of PowerDNS's API. */
export type Change =
  /** A whole zone, as the text of a document (JSON) or of a zone file: errors have places in it. */
  | { readonly kind: 'document'; readonly text: string }
  | { readonly kind: 'zone-file'; readonly text: string }
  /** PowerDNS: POST, PATCH and PUT of a zone. */
  | { readonly kind: 'create'; readonly body: unknown }
  | { readonly kind: 'patch'; readonly body: unknown }
  | { readonly kind: 'replace'; readonly body: unknown }
  /** PowerDNS's metadata of one kind. `add` merges, null deletes. */
  | {
      readonly kind: 'metadata'
      readonly name: string
      readonly values: readonly string[] | null
      readonly add: boolean
    }
  /** The tests beside the zone, JSON text; null removes them. It makes no version of the zone. */
  | { readonly kind: 'expectations'; readonly text: string | null }
  /** Brings back the version that the change `to` made; the change that deleted a zone deletes it again. */
  | { readonly kind: 'rollback'; readonly to: number }
  | { readonly kind: 'delete' }

/** A version of a zone. Times are milliseconds since the epoch. */
export type Version = {
  /** The number of the change that made it; later changes have larger ones. */
  readonly id: number
  readonly origin: string
  readonly serial: number
  /** SHA-256 of the document's text, as the catalog has it; its ETag. Empty for a deleted zone. */
  readonly hash: string
  readonly time: number
  readonly author: string
  readonly reason?: string | undefined
  /** The time at which KV had it, or undefined if that is still to come. */
  readonly published?: number | undefined
}

/** An error at a place of what was sent. Line and column count from 1. */
export type PlacedError = {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly expected: string
  /** Set for an error of the expectations beside the zone: its place is in those. */
  readonly source?: 'expectations'
}

/**
 * A change that was not taken. `errors` are those of a document or of its expectations; `details` those of PowerDNS's
 * rrsets. `etag` is the hash of the present version if a condition fails; none for a zone that is not there.
 */
export type Refused = {
  readonly kind: 'refused'
  readonly status: 400 | 404 | 409 | 412 | 413 | 422
  readonly error: string
  readonly errors?: readonly PlacedError[] | undefined
  readonly details?: readonly string[] | undefined
  readonly etag?: string | undefined
}

/** The outcome of a change, when it is durable. */
export type Changed =
  | {
      readonly kind: 'changed'
      readonly isNew: boolean
      /** False if what was sent is what was there: no version was made. */
      readonly isEffective: boolean
      readonly version: Version
      /** The serial before; undefined for a new zone. */
      readonly oldSerial: number | undefined
      /** True if the zone's rule gave the serial, and not the request. By the rule OFF it stays the same. */
      readonly isBumped: boolean
    }
  | Refused
