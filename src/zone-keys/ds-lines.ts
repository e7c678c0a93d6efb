import { type Digest, dsDigest, type KeySet, type StoredKey } from '../dnssec/index.ts'
import type { ParentDs } from './call.ts'

/** Returns the fields of a DS record behind its type: `12345 13 2 AB…`. */
export async function dsFields(origin: string, key: StoredKey, digest: Digest): Promise<string> {
  const octets = await dsDigest(origin, key, digest)
  return `${key.tag} ${key.algorithm} ${digest} ${hexadecimal(octets)}`
}

/** Returns the DS records that the parent is to have, with both digests, as registrars and validators want them. */
export async function dsLines({ origin, keys }: KeySet): Promise<string[]> {
  const lines: string[] = []
  for (const key of keys.filter(({ ds }) => ds)) {
    for (const digest of [2, 4] as const) lines.push(`${origin}. IN DS ${await dsFields(origin, key, digest)}`)
  }
  return lines
}

/** Returns true if one of the parent's records is that of the key. */
export async function hasDs(parent: ParentDs, origin: string, key: StoredKey): Promise<boolean> {
  const own = await Promise.all(([2, 4] as const).map((digest) => dsFields(origin, key, digest)))
  return parent.some((ds) => own.includes(`${ds.tag} ${ds.algorithm} ${ds.digestType} ${ds.digest}`))
}

/** Returns the keys that sign or are to have a DS, and that have one at the parent. */
export async function keysWithDs({ origin, keys }: KeySet, parent: ParentDs): Promise<ReadonlySet<StoredKey>> {
  const asked = parent.length === 0 ? [] : keys.filter(({ active, ds }) => active || ds)
  const matches = await Promise.all(asked.map((key) => hasDs(parent, origin, key)))
  return new Set(asked.filter((_, i) => matches[i]))
}

const hexadecimal = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join('')
