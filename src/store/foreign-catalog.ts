import { type Catalog, parseEntry } from './catalog.ts'
import type { AskedSwitch, CatalogMemory } from './catalog-memory.ts'
import { parseKeySetPointer } from './key-sets.ts'
import type { KeySwitch, KeySwitches } from './key-switches.ts'
import { readEach } from './look.ts'
import type { KvStore } from './reconcile.ts'
import { dnssecKey, hashText, zoneKey } from './shapes.ts'

/**
 * Notes what stands in the way of switches that a catalog lacks, which somebody else wrote. A zone key that has the
 * ledger's document says that the catalog was made of an older one; another document there may be newer.
 * @throws if KV fails
 */
export async function contest(lacking: readonly AskedSwitch[], memory: CatalogMemory, kv: KvStore): Promise<void> {
  const byKey = new Map(lacking.map((one) => [zoneKey(one.origin), one]))
  for await (const [key, stored] of readEach(kv, [...byKey.keys()])) {
    const one = byKey.get(key)
    if (!one) continue
    if (!stored) throw new Error(`KV did not give out "${key}"`)
    const { value, metadata } = stored
    const hash = value === null ? '' : (parseEntry(metadata)?.hash ?? (await hashText(value)))
    memory.contest(one.id, hash === (one.entry?.hash ?? '') ? null : hash)
  }
}

/**
 * Drops switches of keys that newer keys have replaced in a catalog which somebody else wrote: a command on another
 * machine changed them, if the pointer of the zone says so. Otherwise that catalog was made of an older one, and the
 * switches stay.
 * @throws if KV fails
 */
export async function dropReplacedKeys(catalog: Catalog, keys: KeySwitches, kv: KvStore): Promise<void> {
  const isOther = ({ origin, hash, isPending }: KeySwitch): boolean =>
    !isPending && (catalog.zones.get(origin)?.dnssec ?? null) !== hash
  const others = keys.all().filter(isOther)
  const byKey = new Map(others.map((one) => [dnssecKey(one.origin), one]))
  for await (const [key, stored] of readEach(kv, [...byKey.keys()])) {
    const one = byKey.get(key)
    const pointer = parseKeySetPointer(stored?.metadata)
    if (one && pointer && pointer.hash !== one.hash && pointer.at > one.at) keys.drop(one.id)
  }
}
