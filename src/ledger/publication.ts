import {
  type Compiled,
  dnssecKey,
  entryOf,
  type KvMetadataReader,
  type KvOctetsReader,
  lackingPuts,
  MIN_CACHE_TTL_SECONDS,
  type PublishPut,
  parseKeySetPointer,
  type Source,
  sourceOf,
  zoneKey,
} from '../store/index.ts'
import type { LocalZone, ZoneDocument } from '../zone/index.ts'
import type { ListedZone } from './calls.ts'
import type { CatalogCalls } from './catalog-calls.ts'
import type { Version } from './change.ts'
import type { LedgerState, Published } from './state.ts'

/** The one writer of the catalog. */
export type CatalogWriter = Pick<CatalogCalls, 'switchZone' | 'note' | 'hasRoom'>

/** The operations of Workers KV that a ledger needs. */
export type LedgerKv = KvMetadataReader &
  KvOctetsReader & {
    put(key: string, value: PublishPut['value'], options?: { metadata: PublishPut['metadata'] }): Promise<void>
    delete(key: string): Promise<void>
  }

/** The version to publish. */
export type Target = {
  readonly version: Version
  /** Returns what the list is to say of the zone, which may have changed again while this version is written. */
  readonly listed: () => ListedZone | null
  /** Undefined for a zone that was deleted. */
  readonly valid: { readonly zone: LocalZone; readonly document: ZoneDocument } | undefined
  /** The written document, if it is at hand. */
  readonly source?: Source | undefined
}

type PublishPorts = {
  readonly kv: LedgerKv
  readonly catalog: CatalogWriter
  readonly clock: () => number
  /** The most parts and pieces that one invocation writes. */
  readonly maxPuts: number
  /** Writes a compiled zone as isolates read it. */
  write(zone: LocalZone): Promise<Compiled>
  state(): LedgerState
  /** Keeps what is given of the state. */
  save(state: Partial<LedgerState>): void
}

/** Values that are written at once: an invocation has six connections. */
const AT_ONCE = 5

/**
 * Brings a version into KV, what is named before what names it: pieces and parts, the head, the key of the zone, the
 * catalog. It may break off after any step, and begins again with what is left.
 * @returns what KV has then; `more` if that is more to write than one invocation may, `later` if the catalog is still
 * to come
 * @throws if KV or the catalog's writer fails
 */
export function publishVersion(target: Target, ports: PublishPorts): Promise<Published | 'more' | 'later'> {
  const origin = target.version.origin.slice(0, -1)
  return target.valid ? publishZone(origin, target.valid, target, ports) : removeZone(origin, target, ports)
}

async function publishZone(
  origin: string,
  { zone, document }: NonNullable<Target['valid']>,
  { version, listed, source: made }: Target,
  { kv, catalog, clock, maxPuts, write, state, save }: PublishPorts,
): Promise<Published | 'more' | 'later'> {
  const source = made ?? (await sourceOf(document))
  const compiled = await write(zone)
  const dnssec = state().published?.hash ? undefined : await keysOf(kv, origin)
  const entry = { ...entryOf(zone, version.hash, compiled), ...(dnssec !== undefined && { dnssec }) }
  const { published, written = [], keyed } = state()
  const standing = new Set([...(published?.values ?? []), ...(published?.pieces ?? []), ...written])
  const lacks = (key: string): boolean => !standing.has(key)
  const lacking = lackingPuts(
    { origin, entry, source, compiled },
    { piece: lacks, compiled: lacks, zone: keyed !== version.id },
    clock(),
  )
  if (!lacking.ok) throw new Error(lacking.error)
  const puts = lacking.value
  const named = puts.filter(({ key }) => key !== zoneKey(origin) && key !== headKeyOf(compiled.values))
  const done: string[] = []
  for (let i = 0; i < named.length; i += AT_ONCE) {
    if (i >= maxPuts) {
      save({ written: [...written, ...done] })
      return 'more'
    }
    const some = named.slice(i, i + AT_ONCE)
    await Promise.all(some.map((one) => put(kv, one)))
    done.push(...some.map(({ key }) => key))
  }
  for (const one of puts.filter((other) => !named.includes(other))) {
    const isZoneKey = one.key === zoneKey(origin)
    if (isZoneKey) save({ wroteAt: clock(), written: [...written, ...done] })
    await put(kv, one)
    if (isZoneKey) save({ keyed: version.id })
  }
  if ((await catalog.switchZone(origin, entry, listed())) === 'later') return 'later'
  return {
    ...{ id: version.id, hash: version.hash },
    values: [...compiled.values.keys()],
    pieces: [...source.pieces.keys()],
  }
}

/** Returns the hash of the keys that a zone has which comes back, or is new to its ledger; undefined if it has none. */
async function keysOf(kv: LedgerKv, origin: string): Promise<string | undefined> {
  const options = { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS } as const
  return parseKeySetPointer((await kv.getWithMetadata(dnssecKey(origin), options)).metadata)?.hash
}

/** The head is the last of the values. */
const headKeyOf = (values: ReadonlyMap<string, unknown>): string | undefined => [...values.keys()].at(-1)

const put = (kv: LedgerKv, { key, value, metadata }: PublishPut): Promise<void> =>
  kv.put(key, value, metadata && { metadata })

/** Takes the zone out of the catalog, then deletes its key: the other way round, the key would count as lost. */
async function removeZone(
  origin: string,
  { version, listed }: Target,
  { kv, catalog, clock, save }: PublishPorts,
): Promise<Published | 'later'> {
  if ((await catalog.switchZone(origin, null, listed())) === 'later') return 'later'
  save({ wroteAt: clock() })
  await kv.delete(zoneKey(origin))
  return { id: version.id, hash: '', values: [], pieces: [] }
}
