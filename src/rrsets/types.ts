import type { Name } from '../dns/index.ts'
import type { ApiCommentDocument, ApiRecordDocument, ZoneDocument } from '../zone/index.ts'

/** A record as PowerDNS's API shows it. `modified_at` is there if a client sent it. */
export type RrsetRecord = {
  readonly content: string
  readonly disabled: boolean
  readonly modified_at?: number | undefined
}

export type RrsetComment = ApiCommentDocument

/** An rrset as PowerDNS's API shows it, with its members in alphabetical order. `name` is in small letters. */
export type Rrset = {
  readonly comments: readonly RrsetComment[]
  readonly name: string
  readonly records: readonly RrsetRecord[]
  /** Seconds. */
  readonly ttl: number
  readonly type: string
}

/**
 * An rrset, and why a client cannot change it: an answer in it has no form in PowerDNS's language. The reason is no
 * member of the JSON that clients get.
 */
export type ShownRrset = { readonly rrset: Rrset; readonly readOnly: string | undefined }

/** A change of one rrset, as a PATCH asks for it. `type` is a mnemonic in capital letters, or `TYPEnnn`. */
export type RrsetChange = {
  readonly name: Name
  readonly type: string
} & (
  | {
      readonly changetype: 'REPLACE'
      /** Set with records, unless there are none. */
      readonly ttl: number | undefined
      /** The whole rrset; undefined if it stays as it is. */
      readonly records: readonly ApiRecordDocument[] | undefined
      /** All comments; undefined if they stay as they are. */
      readonly comments: readonly NewComment[] | undefined
    }
  | { readonly changetype: 'DELETE' }
  | {
      readonly changetype: 'EXTEND' | 'PRUNE'
      readonly ttl: number | undefined
      readonly record: ApiRecordDocument
      /** True if the serial changes although the record is there already, or is not there. */
      readonly writeUnchanged: boolean
    }
)

/** A comment, without its time if it was written now. */
export type NewComment = Omit<ApiCommentDocument, 'modified_at'> & { readonly modified_at: number | undefined }

/** The reason why a request is refused, in PowerDNS's words: the status of the reply, and the members of its body. */
export type Refusal = {
  readonly status: 400 | 404 | 409 | 422
  readonly error: string
  readonly errors?: readonly string[]
}

/** A changed document. Owners that did not change are the same objects as before. */
export type Patched = {
  readonly document: ZoneDocument
  /** False if nothing is to be written: then the document is the one from before. */
  readonly isChanged: boolean
  /** True if the request gave the SOA itself, so that the serial is its own. */
  readonly touchesSoa: boolean
  /** The names whose records, or what the API keeps of them, changed: as they are in `records`. */
  readonly owners: readonly string[]
  /** The serial before and after, for the headers of the reply; undefined if no rule changed it. */
  readonly serial: { readonly before: number; readonly after: number } | undefined
}
