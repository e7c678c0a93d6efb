import type { ZoneEntry } from './catalog.ts'
import type { Compiled } from './compiled.ts'

/** A document under a zone's key. `hash` is that of its text. */
export type HandDocument = { readonly origin: string; readonly text: string; readonly hash: string }

/** The value under a zone's key, compared with the catalog. */
export type Finding = { readonly origin: string } & (
  | { readonly kind: 'same' }
  /** As `same`, and values of the compiled zone are to be written again. */
  | { readonly kind: 'copy-lost'; readonly compiled: Compiled }
  /**
   * Another document than the catalog names, or another compiled zone of it. `isPublished`: a publisher wrote it, and
   * nobody by hand. `isLost`: the compiled zone that the catalog names is not whole. `compiled` is to be written;
   * without it the compiled zone stands in KV.
   */
  | {
      readonly kind: 'other'
      readonly entry: ZoneEntry
      readonly compiled?: Compiled | undefined
      readonly isPublished: boolean
      readonly isLost?: true
    }
  | { readonly kind: 'refused'; readonly why: string }
  /** KV did not give it out, or it is still being compiled: nothing is known. */
  | { readonly kind: 'unread' }
)

/** The verdict on a document that the catalog does not name. `compiled`: as in `Finding`. */
export type Judgement =
  | { readonly kind: 'compiled'; readonly entry: ZoneEntry; readonly compiled?: Compiled }
  | { readonly kind: 'refused'; readonly why: string }
  /** It is still being compiled. */
  | { readonly kind: 'unread' }

/** Returns true for a key whose value is not there, or not whole. */
export type IsLost = (key: string) => boolean

/** The values of a zone that KV has: those that this head names, but for lost ones. */
export type Standing = { readonly head: string | undefined; readonly isLost?: IsLost }

/** Compiles documents. `tooLarge` says why a text is not compiled here, whatever stands in it. */
export type Judge = {
  judge(document: HandDocument, standing: Standing): Promise<Judgement>
  tooLarge(text: string): string | undefined
  /**
   * Asks the ledger of a zone what becomes of a document that the catalog does not name. Returns undefined if no ledger
   * has the zone: then the document is compiled.
   */
  noticed(
    origin: string,
    hash: string,
  ): Promise<{ readonly kind: 'same' | 'unread' } | { readonly kind: 'refused'; readonly why: string } | undefined>
  /** Returns what was made of a document in earlier looks, and stands in KV. */
  made(origin: string, hash: string): ZoneEntry | undefined
}
