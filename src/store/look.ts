import { MAX_VERIFIED_DOCUMENTS, MAX_VERIFIED_ZONES } from '../limits.ts'
import { type Catalog, isSameEntry, parseEntry, type ZoneEntry } from './catalog.ts'
import { type Compiled, compiledOf } from './compiled.ts'
import { type KvOctetsReader, readImmutable } from './immutable.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { hashText, headKey, keyedOrigin, PART_KEY_PREFIX, ZONE_KEY_PREFIX, zoneKey } from './shapes.ts'
import { valuesIn } from './sweep.ts'
import { brief, entryOf, validate } from './validate.ts'
import { type KvLister, listKeys } from './zone-keys.ts'
import { type KvMetadataReader, MAX_BULK_KEYS, type Stored } from './zone-reads.ts'

/** The calls of Workers KV that are needed to look at the zones' keys. */
export type KvLook = KvLister & KvMetadataReader & KvOctetsReader

/** The value under a zone's key, compared with the catalog. */
export type Finding = { readonly origin: string } & (
  | { readonly kind: 'same' }
  /** As `same`, and values of the compiled zone are to be written again. */
  | { readonly kind: 'copy-lost'; readonly compiled: Compiled }
  /**
   * Another document than the catalog names, or another compiled zone of it. `isPublished`: a publisher wrote it, and
   * nobody by hand. `isLost`: the compiled zone that the catalog names is not whole.
   */
  | {
      readonly kind: 'other'
      readonly entry: ZoneEntry
      readonly compiled: Compiled
      readonly isPublished: boolean
      readonly isLost?: true
    }
  | { readonly kind: 'refused'; readonly why: string }
  /** KV did not give it out: nothing is known. */
  | { readonly kind: 'unread' }
)

/**
 * Looks at all zone keys. A document is read where its metadata do not say that it is the one of the catalog: a person
 * who puts one writes none. Of the others some are read each time, in turn, since metadata can be put by hand, too.
 * @param turn counts the times
 */
export async function* look(kv: KvLook, catalog: Catalog, turn: number): AsyncGenerator<Finding> {
  const unclear: string[] = []
  const claimed: string[] = []
  for await (const { name, metadata } of listKeys(kv, ZONE_KEY_PREFIX)) {
    const origin = originOf(name)
    const keyed = keyedOrigin(origin)
    if (keyed !== origin) yield { origin, kind: 'refused', why: wrongKey(name, keyed) }
    else (isClaimed(metadata, catalog.zones.get(origin)) ? claimed : unclear).push(name)
  }
  const verified = inTurn(claimed, turn, MAX_VERIFIED_DOCUMENTS)
  for (const key of claimed) if (!verified.has(key)) yield { origin: originOf(key), kind: 'same' }
  yield* findings(kv, unclear, catalog)
  const copies: string[] = []
  for await (const finding of findings(kv, [...verified], catalog)) {
    if (finding.kind === 'same') copies.push(finding.origin)
    else yield finding
  }
  yield* copiesOf(kv, copies, catalog, turn)
}

const isClaimed = (metadata: unknown, known: ZoneEntry | undefined): boolean => {
  const entry = parseEntry(metadata)
  return entry !== undefined && known !== undefined && isSameEntry(entry, known)
}

const originOf = (key: string): string => key.slice(ZONE_KEY_PREFIX.length)

const wrongKey = (name: string, keyed: string | undefined): string =>
  keyed === undefined
    ? brief(`the key "${name}" does not name a zone; expected one like "${zoneKey('example.com')}"`)
    : brief(`the key "${name}" is not read; expected "${zoneKey(keyed)}", in lower case without a dot at the end`)

/** Returns some of the items. Each one comes after so many turns as it takes. */
function inTurn<T>(items: readonly T[], turn: number, count: number): Set<T> {
  const from = (turn * count) % Math.max(1, items.length)
  return new Set([...items.slice(from), ...items.slice(0, from)].slice(0, count))
}

/** Values one after the other, so that no more are in memory than KV gives out at once. Undefined: KV failed. */
async function* readEach(kv: KvLook, keys: readonly string[]): AsyncGenerator<readonly [string, Stored | undefined]> {
  const options = { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS } as const
  for (let i = 0; i < keys.length; i += MAX_BULK_KEYS) {
    const part = keys.slice(i, i + MAX_BULK_KEYS)
    const found = await kv.getWithMetadata(part, options).catch(() => undefined)
    for (const key of part) {
      if (found) yield [key, found.get(key) ?? { value: null, metadata: null }]
      else yield [key, await kv.getWithMetadata(key, options).catch(() => undefined)]
    }
  }
}

async function* findings(kv: KvLook, keys: readonly string[], catalog: Catalog): AsyncGenerator<Finding> {
  for await (const [key, stored] of readEach(kv, keys)) {
    const origin = originOf(key)
    // A listing can lag behind a deletion: what is listed and has no value may be gone.
    if (!stored || stored.value === null) yield { origin, kind: 'unread' }
    else yield await compared(origin, stored.value, parseEntry(stored.metadata), catalog.zones.get(origin))
  }
}

async function compared(
  origin: string,
  text: string,
  metadata: ZoneEntry | undefined,
  known: ZoneEntry | undefined,
): Promise<Finding> {
  const hash = await hashText(text)
  const isPublished = metadata?.hash === hash
  if (isPublished && known && isSameEntry(metadata, known)) return { origin, kind: 'same' }
  // Nobody has validated what a person put: its patterns too are compiled, by code that isolates do without.
  const { patternSize } = await import('../re2.ts')
  const zone = validate(text, origin, { patternSize })
  if (!zone.ok) return { origin, kind: 'refused', why: zone.error }
  const compiled = await compiledOf(zone.value)
  const entry = entryOf(zone.value, hash, compiled)
  if (known && isSameEntry(entry, known)) return { origin, kind: 'same' }
  return { origin, kind: 'other', entry, compiled, isPublished }
}

/** Looks whether compiled zones are there and whole. What is lost is made again from the zone's own key. */
async function* copiesOf(
  kv: KvLook,
  origins: readonly string[],
  catalog: Catalog,
  turn: number,
): AsyncGenerator<Finding> {
  const looked = inTurn(origins, turn, MAX_VERIFIED_ZONES)
  for (const origin of origins) {
    const known = catalog.zones.get(origin)
    const lost = known && looked.has(origin) ? await lostOf(kv, known, turn) : undefined
    yield (known && lost && (await madeAgain(kv, origin, known, lost))) ?? { origin, kind: 'same' }
  }
}

type IsLost = (key: string) => boolean

/** Looks at the head, and at one of the values that it names, in turn. Returns undefined if nothing is found lost. */
async function lostOf(kv: KvLook, { zone }: ZoneEntry, turn: number): Promise<IsLost | undefined> {
  const head = await readImmutable(kv, headKey(zone), zone)
  if (!head.ok) return head.failed ? undefined : () => true
  const { keys } = valuesIn(head.value)
  const key = keys[turn % Math.max(1, keys.length)]
  if (key === undefined) return undefined
  const value = await readImmutable(kv, key, key.slice(PART_KEY_PREFIX.length))
  return value.ok || value.failed ? undefined : (one) => one === key
}

/**
 * Compiles the document of the catalog again, if the zone's key has it. Another version of the compiler makes another
 * zone of it: then that one is to count.
 */
async function madeAgain(kv: KvLook, origin: string, known: ZoneEntry, isLost: IsLost): Promise<Finding | undefined> {
  const options = { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS } as const
  const text = await kv.getWithMetadata(zoneKey(origin), options).then(
    ({ value }) => value,
    () => null,
  )
  if (text === null || (await hashText(text)) !== known.hash) return undefined
  const zone = validate(text, origin, {})
  if (!zone.ok) return undefined
  const compiled = await compiledOf(zone.value)
  if (compiled.zone !== known.zone) {
    const entry = entryOf(zone.value, known.hash, compiled)
    return { origin, kind: 'other', entry, compiled, isPublished: false, isLost: true }
  }
  const values = new Map([...compiled.values].filter(([key]) => isLost(key)))
  return { origin, kind: 'copy-lost', compiled: { ...compiled, values } }
}
