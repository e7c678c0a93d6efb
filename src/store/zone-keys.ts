import { MAX_LISTED_PAGES } from '../limits.ts'
import { parseEntry, parseHeadMetadata, type ZoneEntry } from './catalog.ts'
import { DNSSEC_KEY_PREFIX, keySetPointers, withKeys } from './key-sets.ts'
import { HEAD_KEY_PREFIX, headKey, keyedOrigin, ZONE_KEY_PREFIX } from './shapes.ts'

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
 * Returns the zones of an isolate that has no catalog: those whose keys say which compiled zone is theirs, and those of
 * which only a compiled zone is left, since a key that is gone or put by hand does not remove a zone. Each has the keys
 * of DNSSEC that count for it.
 * @throws if KV does not tell all: without its keys a signed zone would be answered unsigned
 */
export async function zonesByKeys(kv: KvLister): Promise<Map<string, ZoneEntry>> {
  const [zones, keySets] = await Promise.all([zonesWithoutKeys(kv), listed(kv, DNSSEC_KEY_PREFIX)])
  const pointers = keySetPointers(keySets)
  return new Map(Array.from(zones, ([origin, entry]) => [origin, withKeys(entry, pointers.get(origin)?.hash ?? null)]))
}

async function listed(kv: KvLister, prefix: string): Promise<readonly ListedKey[]> {
  const keys: ListedKey[] = []
  for await (const key of listKeys(kv, prefix, MAX_LISTED_PAGES)) keys.push(key)
  return keys
}

async function zonesWithoutKeys(kv: KvLister): Promise<Map<string, ZoneEntry>> {
  const heads = zonesByHeads(kv).catch(() => undefined)
  const found = new Map<string, ZoneEntry>()
  let isPutByHand = false
  for await (const { name, metadata } of listKeys(kv, ZONE_KEY_PREFIX, MAX_LISTED_PAGES)) {
    const origin = name.slice(ZONE_KEY_PREFIX.length)
    if (keyedOrigin(origin) !== origin) continue
    const entry = parseEntry(metadata)
    isPutByHand ||= entry === undefined
    if (entry) found.set(origin, entry)
  }
  const good = await heads
  if (!good) {
    if (isPutByHand) throw new Error('KV gave out no list of compiled zones')
    return found
  }
  for (const [origin, entry] of good) if (!found.has(origin)) found.set(origin, entry)
  return found
}

/** The newest compiled zone of each origin. */
export async function zonesByHeads(kv: KvLister): Promise<Map<string, ZoneEntry>> {
  const newest = new Map<string, { readonly entry: ZoneEntry; readonly at: number }>()
  for await (const { name, metadata } of listKeys(kv, HEAD_KEY_PREFIX, MAX_LISTED_PAGES)) {
    const parsed = parseHeadMetadata(metadata)
    if (!parsed || name !== headKey(parsed.zone)) continue
    const { origin, at, ...entry } = parsed
    if (at >= (newest.get(origin)?.at ?? 0)) newest.set(origin, { entry, at })
  }
  return new Map(Array.from(newest, ([origin, { entry }]) => [origin, entry]))
}
