import type { Catalog, ZoneEntry } from './catalog.ts'
import { type Fields, isNumber, isText, optional, readFields } from './fields.ts'
import { dnssecKey, hashText } from './shapes.ts'

// A key set stands in KV twice. Under `dnssec:<hash>` it never changes, and isolates read it there, as the catalog
// names it. Under `dnssec:<origin>` is the one that counts, for those who change it: it stays when the catalog is lost
// or the zone is removed. No name of a zone is a hash: a label has 63 octets at most.

export const DNSSEC_KEY_PREFIX = dnssecKey('')

/** The metadata of `dnssec:<origin>`. `previous`: the hash before, which an isolate may be about to read. */
export type KeySetPointer = { readonly hash: string; readonly at: number; readonly previous?: string | undefined }

const POINTER: Fields<KeySetPointer> = { hash: isText, at: isNumber, previous: optional(isText) }

export const parseKeySetPointer = (metadata: unknown): KeySetPointer | undefined => readFields(metadata, POINTER)

/** A value to write, with its metadata. */
export type KeySetPut = {
  readonly key: string
  readonly value: string
  readonly metadata: KeySetPointer | { readonly origin: string; readonly at: number }
}

type KeySetWrites = {
  readonly hash: string
  /** The values in their order. The catalog is to name `hash` after them. */
  readonly puts: readonly KeySetPut[]
  /** The keys that go after the catalog. */
  readonly deletes: readonly string[]
}

/**
 * Returns the writes for a key set. Wherever they break off, the catalog names a key set that is there, and the same
 * change can be made again.
 * @param before the pointer in KV, if there is one
 * @param now milliseconds since the epoch
 */
export async function keySetWrites(
  origin: string,
  text: string,
  before: KeySetPointer | undefined,
  now: number,
): Promise<KeySetWrites> {
  const hash = await hashText(text)
  const previous = before?.hash === hash ? before.previous : before?.hash
  const pointer: KeySetPointer = { hash, at: now, ...(previous !== undefined && { previous }) }
  return {
    hash,
    puts: [
      { key: dnssecKey(hash), value: text, metadata: { origin, at: now } },
      { key: dnssecKey(origin), value: text, metadata: pointer },
    ],
    deletes: [before?.previous]
      .filter((old) => old !== undefined && old !== hash && old !== previous)
      .map((old) => dnssecKey(old as string)),
  }
}

/** Returns the keys that go when a zone has no keys any more. What the catalog named last stays for a sweep. */
export const keySetDeletes = (origin: string): readonly string[] => [dnssecKey(origin)]

/** Returns an entry with these keys; null: without. */
export function withKeys({ dnssec: _, ...entry }: ZoneEntry, hash: string | null): ZoneEntry {
  return { ...entry, ...(hash !== null && { dnssec: hash }) }
}

/** Returns a catalog whose zones have these keys. It is the same object if they have them. */
export function withKeySets(catalog: Catalog, keys: Iterable<readonly [origin: string, hash: string | null]>): Catalog {
  const zones = new Map(catalog.zones)
  let isChanged = false
  for (const [origin, hash] of keys) {
    const entry = zones.get(origin)
    if (!entry || (entry.dnssec ?? null) === hash) continue
    zones.set(origin, withKeys(entry, hash))
    isChanged = true
  }
  return isChanged ? { ...catalog, zones } : catalog
}

/**
 * Returns the hashes of the key sets that count, by origin.
 * @param listed the keys of the prefix with their metadata
 */
export function keySetPointers(listed: Iterable<Listed>): ReadonlyMap<string, KeySetPointer> {
  const found = new Map<string, KeySetPointer>()
  for (const { name, metadata } of listed) {
    const pointer = parseKeySetPointer(metadata)
    if (pointer && name !== dnssecKey(pointer.hash)) found.set(name.slice(DNSSEC_KEY_PREFIX.length), pointer)
  }
  return found
}

/**
 * Returns the keys of key sets that nothing has named for long.
 * @param listed as in `keySetPointers`;
 * @param now as `at`
 */
export function lostKeySets(listed: readonly Listed[], { zones, removed }: Catalog, now: number): string[] {
  const pointers = [...keySetPointers(listed).values()]
  const named = new Set([...zones.values(), ...removed.values()].map(({ dnssec }) => dnssec))
  for (const { hash, previous } of pointers) named.add(hash).add(previous)
  const isOld = (metadata: unknown): boolean => now - (readFields(metadata, AT)?.at ?? now) >= LOST_MS
  return listed
    .filter(
      ({ name, metadata }) => HASHED.test(name) && !named.has(name.slice(DNSSEC_KEY_PREFIX.length)) && isOld(metadata),
    )
    .map(({ name }) => name)
}

type Listed = { readonly name: string; readonly metadata?: unknown }

/** A key of KV that ends in a hash. */
const HASHED = /:[0-9a-f]{64}$/
const AT: Fields<{ readonly at: number }> = { at: isNumber }

/** The writer may not have ended. */
const LOST_MS = 3_600_000
