import { MAX_VERIFIED_DOCUMENTS, MAX_VERIFIED_ZONES } from '../limits.ts'
import { type Catalog, isSameEntry, ownOf, parseEntry, type ZoneEntry } from './catalog.ts'
import { compiledOf } from './compiled.ts'
import type { Finding, IsLost, Judge } from './finding.ts'
import { headStands } from './heads.ts'
import { type KvOctetsReader, readImmutable } from './immutable.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { hashText, headKey, keyedOrigin, PART_KEY_PREFIX, ZONE_KEY_PREFIX, zoneKey } from './shapes.ts'
import { pieceKeys } from './source.ts'
import { valuesIn } from './sweep.ts'
import { brief, entryOf, validate } from './validate.ts'
import { type KvLister, listKeys } from './zone-keys.ts'
import { type KvMetadataReader, MAX_BULK_KEYS, type Stored } from './zone-reads.ts'

/** The calls of Workers KV that are needed to look at the zones' keys. */
export type KvLook = KvLister & KvMetadataReader & KvOctetsReader

/** Compiles a document at once: for a place with time and memory. */
export const AT_ONCE: Judge = {
  async judge({ origin, text, hash }) {
    const { patternSize } = await import('../re2.ts')
    const zone = validate(text, origin, { patternSize })
    if (!zone.ok) return { kind: 'refused', why: zone.error }
    const compiled = await compiledOf(zone.value)
    return { kind: 'compiled', entry: entryOf(zone.value, hash, compiled), compiled }
  },
  tooLarge: () => undefined,
  made: () => undefined,
  noticed: async () => undefined,
}

export type LookOptions = {
  /** Counts the looks: which keys are read is decided in turn. */
  readonly turn: number
  readonly judge: Judge
  /** The most documents that are read because they may have changed, and because metadata may be wrong. */
  readonly maxKeys: number
  readonly maxVerified: number
  /** The most compiled zones that are looked at because they may be lost. */
  readonly maxCopies: number
  /** The zones to look at; by default all whose keys are listed. */
  readonly origins?: readonly string[] | undefined
}

export const DEFAULT_LOOK = {
  judge: AT_ONCE,
  maxKeys: Number.POSITIVE_INFINITY,
  maxVerified: MAX_VERIFIED_DOCUMENTS,
  maxCopies: MAX_VERIFIED_ZONES,
}

/**
 * Looks at zone keys. A document is read where its metadata do not say that it is the one of the catalog: a person who
 * puts one writes none. Of the others some are read each time, since metadata can be put by hand, too.
 */
export async function* look(kv: KvLook, catalog: Catalog, options: LookOptions): AsyncGenerator<Finding> {
  const { turn, judge, maxKeys, maxVerified, origins } = options
  if (origins) return yield* findings(kv, [...inTurn(origins.map(zoneKey), turn, maxKeys)], catalog, judge)
  const unclear: string[] = []
  const claimed: string[] = []
  for await (const { name, metadata } of listKeys(kv, ZONE_KEY_PREFIX)) {
    const origin = originOf(name)
    const keyed = keyedOrigin(origin)
    if (keyed !== origin) yield { origin, kind: 'refused', why: wrongKey(name, keyed) }
    else (isClaimed(metadata, catalog.zones.get(origin)) ? claimed : unclear).push(name)
  }
  const looked = inTurn(unclear, turn, maxKeys)
  for (const key of unclear) if (!looked.has(key)) yield { origin: originOf(key), kind: 'unread' }
  const verified = inTurn(claimed, turn, maxVerified)
  for (const key of claimed) if (!verified.has(key)) yield { origin: originOf(key), kind: 'same' }
  const copies: string[] = []
  const byHand = inTurn([...looked], turn, maxVerified)
  for await (const finding of findings(kv, [...looked, ...verified], catalog, judge)) {
    const key = zoneKey(finding.origin)
    if (finding.kind === 'same' && (verified.has(key) || byHand.has(key))) copies.push(finding.origin)
    else yield finding
  }
  yield* copiesOf(kv, copies, catalog, options)
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

/** Every one comes, after so many turns as it takes. */
function inTurn<T>(items: readonly T[], turn: number, most: number): Set<T> {
  if (items.length <= most) return new Set(items)
  const from = (turn * most) % items.length
  return new Set([...items.slice(from), ...items.slice(0, from)].slice(0, most))
}

/** Values one after the other, so that no more are in memory than KV gives out at once. Undefined: KV failed. */
export async function* readEach(
  kv: KvMetadataReader,
  keys: readonly string[],
): AsyncGenerator<readonly [string, Stored | undefined]> {
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

async function* findings(kv: KvLook, keys: readonly string[], catalog: Catalog, judge: Judge): AsyncGenerator<Finding> {
  for await (const [key, stored] of readEach(kv, keys)) {
    const origin = originOf(key)
    // A listing can lag behind a deletion: what is listed and has no value may be gone.
    if (!stored || stored.value === null) yield { origin, kind: 'unread' }
    else {
      const document = { origin, text: stored.value, metadata: parseEntry(stored.metadata) }
      yield await compared(kv, document, catalog.zones.get(origin), judge)
    }
  }
}

async function compared(
  kv: KvLook,
  { origin, text, metadata }: { origin: string; text: string; metadata: ZoneEntry | undefined },
  known: ZoneEntry | undefined,
  judge: Judge,
): Promise<Finding> {
  const tooLarge = judge.tooLarge(text)
  // To hash a text that is too large to be compiled here takes too long, too: its metadata are believed.
  const hash = tooLarge === undefined ? await hashText(text) : (metadata?.hash ?? '')
  const isPublished = metadata?.hash === hash
  const made = judge.made(origin, hash)
  if (made && made.hash === known?.hash && made.zone !== known.zone) {
    return { origin, kind: 'other', entry: made, isPublished: false, isLost: true }
  }
  // The same document is the same zone. Another version of the compiler may have made the one that its metadata name.
  const isOther = metadata?.zone === known?.zone && metadata && known && !isSameEntry(metadata, known)
  if (hash === known?.hash && !isOther) return { origin, kind: 'same' }
  const noticed = hash === known?.hash ? undefined : await judge.noticed(origin, hash)
  if (noticed) return { origin, ...noticed }
  if (isPublished && (await headStands(kv, origin, metadata))) {
    return { origin, kind: 'other', entry: ownOf(metadata), isPublished }
  }
  if (pieceKeys(text).length > 0) return { origin, kind: 'refused', why: IN_PIECES }
  if (tooLarge !== undefined) return { origin, kind: 'refused', why: tooLarge }
  const judged = await judge.judge({ origin, text, hash }, { head: known?.zone })
  if (judged.kind !== 'compiled') return { origin, ...judged }
  const { entry, compiled } = judged
  return known && isSameEntry(entry, known)
    ? { origin, kind: 'same' }
    : { origin, kind: 'other', entry, compiled, isPublished }
}

const IN_PIECES =
  'the document has its records in pieces, and its compiled zone is not in KV; expected "npx edge-gslb publish", which ' +
  'compiles it'

/** Looks whether compiled zones are there and whole. What is lost is made again from the zone's own key. */
async function* copiesOf(
  kv: KvLook,
  origins: readonly string[],
  catalog: Catalog,
  { turn, judge, maxCopies }: LookOptions,
): AsyncGenerator<Finding> {
  const looked = inTurn(origins, turn, maxCopies)
  for (const origin of origins) {
    const known = catalog.zones.get(origin)
    const lost = known && looked.has(origin) ? await lostOf(kv, known, turn) : undefined
    yield (known && lost && (await madeAgain(kv, known, lost, { origin, judge }))) ?? { origin, kind: 'same' }
  }
}

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
async function madeAgain(
  kv: KvLook,
  known: ZoneEntry,
  isLost: IsLost,
  { origin, judge }: { readonly origin: string; readonly judge: Judge },
): Promise<Finding | undefined> {
  const options = { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS } as const
  const text = await kv.getWithMetadata(zoneKey(origin), options).then(
    ({ value }) => value,
    () => null,
  )
  if (text === null || judge.tooLarge(text) !== undefined) return undefined
  const hash = await hashText(text)
  if (hash !== known.hash) return undefined
  const judged = await judge.judge({ origin, text, hash }, { head: known.zone, isLost })
  if (judged.kind !== 'compiled') return undefined
  const { entry, compiled } = judged
  if (entry.zone !== known.zone) return { origin, kind: 'other', entry, compiled, isPublished: false, isLost: true }
  if (!compiled) return undefined
  const values = new Map([...compiled.values].filter(([key]) => isLost(key)))
  return { origin, kind: 'copy-lost', compiled: { ...compiled, values } }
}
