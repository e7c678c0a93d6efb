import { rdataWithHints } from '../../dns/index.ts'
import { type KeySet, parseKeySet } from '../../dnssec/index.ts'
import { MAX_KEPT_NODE_BYTES, MAX_KEPT_NODES } from '../../limits.ts'
import { healthCalls } from '../../lua/index.ts'
import { PACING_LOADER } from '../../policy/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { CATALOG_KEY, checkedValue, dnssecKey, headKey, parseCatalog, partKey } from '../../store/index.ts'
import { askedPoolsWith, NodeCache, Residents, readHead, StoredZone, scriptsWith, type Zone } from '../../zone/index.ts'
import type { BinaryKv } from './kv.ts'

/** The zones that isolates serve from KV, and the problems of those that cannot be read. */
type PublishedZones = {
  readonly zones: readonly Zone[]
  readonly problems: readonly string[]
  /** The hashes of the keys of signed zones, by origin without the final dot. */
  readonly keys: ReadonlyMap<string, string>
}

/**
 * Reads the compiled zones that the catalog names, whole. If one is missing or damaged, the previous one counts.
 * @param known returns a zone that need not be read: that of a document with this hash
 */
export async function readPublishedZones(
  kv: BinaryKv,
  known: (origin: string, hash: string) => Zone | undefined = () => undefined,
): Promise<Result<PublishedZones>> {
  const text = await kv.get(CATALOG_KEY)
  if (!text.ok) return err(`the catalog could not be read: ${text.error}`)
  if (text.value === undefined) return err('KV has no catalog; expected published zones')
  const catalog = parseCatalog(text.value)
  if (!catalog.ok) return catalog
  const zones: Zone[] = []
  const problems = [...catalog.value.refused].map(([origin, { why }]) => `${origin}. is refused in KV: ${why}`)
  for (const [origin, { hash, zone, previousZone }] of catalog.value.zones) {
    const own = known(origin, hash)
    if (own) {
      zones.push(own)
      continue
    }
    const current = await readZone(kv, zone)
    const read = current.ok || previousZone === undefined ? current : await readZone(kv, previousZone)
    if (read.ok) zones.push(read.value)
    else problems.push(`${origin}. has no compiled zone in KV: ${current.ok ? '' : current.error}`)
  }
  const keys = [...catalog.value.zones].flatMap(([origin, { dnssec }]) =>
    dnssec === undefined ? [] : [[origin, dnssec] as const],
  )
  return ok({ zones, problems, keys: new Map(keys) })
}

const KEEPING = {
  cache: new NodeCache(MAX_KEPT_NODES, MAX_KEPT_NODE_BYTES),
  // A command reads each zone once, whole.
  residents: new Residents(Number.POSITIVE_INFINITY),
}
const AIDS = { scripts: scriptsWith(askedPoolsWith(healthCalls)), withHints: rdataWithHints, pacing: PACING_LOADER }

async function readZone(kv: BinaryKv, hash: string): Promise<Result<StoredZone>> {
  const octets = await octetsOf(kv, headKey(hash), hash)
  if (!octets.ok) return octets
  const head = readHead(octets.value)
  const zone = head.ok ? StoredZone.open(head.value, KEEPING, AIDS) : head
  if (!zone.ok) return err(`the value under "${headKey(hash)}" cannot be used: ${zone.error}`)
  for (const [number, part] of [...zone.value.head.parts].entries()) {
    const names = await octetsOf(kv, partKey(part), part)
    if (!names.ok) return names
    const filled = zone.value.fill(number, names.value)
    if (!filled.ok) return err(`the value under "${partKey(part)}" cannot be used: ${filled.error}`)
  }
  return zone
}

async function octetsOf(kv: BinaryKv, key: string, hash: string): Promise<Result<Uint8Array>> {
  const value = await kv.getBytes(key)
  return value.ok ? checkedValue(value.value && new Uint8Array(value.value), key, hash) : value
}

/**
 * Reads the keys of zones, whose private keys are wrapped. What cannot be read is left out: isolates cannot use it
 * either.
 */
export async function readKeySets(
  kv: BinaryKv,
  keys: ReadonlyMap<string, string>,
  origins: readonly string[],
): Promise<KeySet[]> {
  const sets: KeySet[] = []
  for (const origin of origins) {
    const hash = keys.get(origin)
    const octets = hash === undefined ? undefined : await octetsOf(kv, dnssecKey(hash), hash)
    if (octets?.ok) sets.push(...keySetsIn(octets.value).filter((set) => set.origin === origin))
  }
  return sets
}

function keySetsIn(octets: Uint8Array): KeySet[] {
  try {
    return [parseKeySet(new TextDecoder().decode(octets))]
  } catch {
    return []
  }
}
