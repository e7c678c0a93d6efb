import { readHead } from '../zone/query-path.ts'
import type { ZoneEntry } from './catalog.ts'
import { type KvOctetsReader, readImmutable } from './immutable.ts'
import { headKey, originKey } from './shapes.ts'
import { valuesIn } from './sweep.ts'

/** Returns whether the zone of an entry is in KV. Whoever finds the head finds the rest: it is put last. */
export async function headStands(
  kv: KvOctetsReader,
  origin: string,
  { zone, serial, checks }: ZoneEntry,
): Promise<boolean> {
  const read = await readImmutable(kv, headKey(zone), zone)
  const head = read.ok ? readHead(read.value, 'hash') : undefined
  if (!head?.ok) return false
  const { origin: name, serial: own, checks: ownChecks } = head.value
  return name.key === originKey(origin) && own === serial && (ownChecks ?? undefined) === checks
}

/** Returns a function that knows the values that a head in service names. @param hash of the head, if there is one */
export async function standingIn(kv: KvOctetsReader, hash: string | undefined): Promise<(key: string) => boolean> {
  const read = hash === undefined ? undefined : await readImmutable(kv, headKey(hash), hash)
  const keys = new Set(read?.ok ? valuesIn(read.value).keys : [])
  return (key) => keys.has(key)
}
