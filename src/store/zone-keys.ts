import { MAX_LISTED_PAGES } from '../limits.ts'
import { parseEntry } from './catalog.ts'
import { keyedOrigin, ZONE_KEY_PREFIX } from './shapes.ts'
import type { Wanted } from './zone-copy.ts'

/** What is needed of Workers KV to list keys. */
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

/** The zones that stand in KV, for an isolate that has no catalog to go by. */
export async function zonesByKeys(kv: KvLister): Promise<Map<string, Wanted>> {
  const found = new Map<string, Wanted>()
  for await (const { name, metadata } of listKeys(kv, ZONE_KEY_PREFIX, MAX_LISTED_PAGES)) {
    const origin = name.slice(ZONE_KEY_PREFIX.length)
    if (keyedOrigin(origin) === origin) found.set(origin, parseEntry(metadata) ?? { hash: undefined })
  }
  return found
}
