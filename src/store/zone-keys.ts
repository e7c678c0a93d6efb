import { MAX_LISTED_PAGES } from '../limits.ts'
import { parseDocumentMetadata, parseEntry, type ZoneEntry } from './catalog.ts'
import { DOCUMENT_KEY_PREFIX, documentKey, keyedOrigin, ZONE_KEY_PREFIX } from './shapes.ts'
import type { Wanted } from './zone-copy.ts'

/** The call of Workers KV that is needed to list keys. */
export type KvLister = {
  list(options: { prefix: string; cursor?: string }): Promise<KvPage>
}
export type ListedKey = { readonly name: string; readonly metadata?: unknown }
type KvPage = {
  readonly keys: readonly ListedKey[]
  readonly list_complete: boolean
  readonly cursor?: string
}

/** All keys that begin with `prefix`, in order, page by page. */
export async function* listKeys(
  kv: KvLister,
  prefix: string,
  pages = Number.POSITIVE_INFINITY,
): AsyncGenerator<ListedKey> {
  let page = await kv.list({ prefix })
  yield* page.keys
  for (let n = 1; n < pages && !page.list_complete && page.cursor; n++) {
    page = await kv.list({ prefix, cursor: page.cursor })
    yield* page.keys
  }
}

/**
 * Returns the zones of an isolate that has no catalog: those whose keys are in KV, and those of which only a document
 * that was good is left, since a key that is gone does not remove a zone at once.
 */
export async function zonesByKeys(kv: KvLister): Promise<Map<string, Wanted>> {
  const documents = zonesByDocuments(kv).catch(() => undefined)
  const found = new Map<string, Wanted>()
  let isPutByHand = false
  for await (const { name, metadata } of listKeys(kv, ZONE_KEY_PREFIX, MAX_LISTED_PAGES)) {
    const origin = name.slice(ZONE_KEY_PREFIX.length)
    if (keyedOrigin(origin) !== origin) continue
    const entry = parseEntry(metadata)
    isPutByHand ||= entry === undefined
    found.set(origin, entry ?? { hash: undefined })
  }
  const good = await documents
  if (!good) {
    if (isPutByHand) throw new Error('KV gave out no list of documents')
    return found
  }
  // A document that somebody put has not been validated. The one before it has.
  for (const [origin, entry] of good) if (!found.get(origin)?.hash) found.set(origin, entry)
  return found
}

/** The newest document of each zone that was good once. */
export async function zonesByDocuments(kv: KvLister): Promise<Map<string, ZoneEntry>> {
  const newest = new Map<string, { readonly entry: ZoneEntry; readonly at: number }>()
  for await (const { name, metadata } of listKeys(kv, DOCUMENT_KEY_PREFIX, MAX_LISTED_PAGES)) {
    const parsed = parseDocumentMetadata(metadata)
    if (!parsed || name !== documentKey(parsed.hash)) continue
    const { origin, at, ...entry } = parsed
    if (at >= (newest.get(origin)?.at ?? 0)) newest.set(origin, { entry, at })
  }
  return new Map(Array.from(newest, ([origin, { entry }]) => [origin, entry]))
}
