/** Who changes a zone, and why. */
export type Author = { readonly author: string; readonly reason?: string | undefined }

/** The state that a change goes out from (RFC 9110 §13.1): entity tags without quotes, or any. */
export type Condition = {
  readonly ifMatch?: '*' | readonly string[] | undefined
  readonly ifNoneMatch?: '*' | readonly string[] | undefined
}

/** A change of one zone. `body` is the parsed JSON of a request of PowerDNS's API. */
export type Change =
  /** A whole zone, as a document or as zone-file text. */
  | { readonly kind: 'document'; readonly document: unknown }
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
  /** The tests beside the zone; null removes them. */
  | { readonly kind: 'expectations'; readonly document: unknown }
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
  /** When KV had it, or undefined if that is still to come. */
  readonly published?: number | undefined
}

/** An error at a place of what was sent. Line and column count from 1. */
export type PlacedError = {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly expected: string
}

/** A change that was not taken. `errors` are those of a document; `details` those of PowerDNS's rrsets. */
export type Refused = {
  readonly kind: 'refused'
  readonly status: 400 | 404 | 409 | 412 | 413 | 422
  readonly error: string
  readonly errors?: readonly PlacedError[] | undefined
  readonly details?: readonly string[] | undefined
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
      /** True if the serial was raised by the zone's rule, and not by the request. */
      readonly isBumped: boolean
    }
  | Refused
