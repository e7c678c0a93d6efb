import { formatName, type NameKey } from '../dns/index.ts'
import type { Database } from '../geo/index.ts'
import type { Health, Platform, ProbeCondition } from '../health/index.ts'
import { err } from '../result.ts'
import { type AskingZone, compileZone, type HealthCalls, Origins, type ZoneState, type Zones } from '../zone/index.ts'
import { GeoCopy, type GeoEvent, type KvGeoReader } from './geo-copy.ts'
import { HealthCopy, type HealthEvent, type KvBulkReader } from './health-copy.ts'
import { cacheTtlFor, Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'
import {
  CATALOG_KEY,
  type Catalog,
  hashText,
  originKey,
  parseCatalog,
  parseEntry,
  parseJson,
  zoneKey,
} from './shapes.ts'
import { type KvMetadataReader, ZoneReads } from './zone-reads.ts'

/** What is read of Workers KV; the binding has this shape. */
type KvReader = KvBulkReader & KvGeoReader & KvMetadataReader

/** What an operator has to know. Whatever fails, the last good copy goes on being served. */
type SnapshotEvent = {
  readonly event: 'catalog-failed' | 'zone-failed' | 'zone-loaded'
  readonly zone?: string
  readonly why?: string
}

type SnapshotOptions = RefreshTiming & {
  /** The vantage points that may say something of any target. */
  readonly vantages: readonly string[]
  /** Where the Worker runs: which targets it cannot probe. */
  readonly platform: Platform
  /** Loads what makes the pools that only queries can know. Most zones have none. */
  readonly loadHealthCalls?: () => Promise<HealthCalls>
  readonly log: (event: SnapshotEvent | HealthEvent | GeoEvent) => void
}

/** The checks that are there to be probed. `complete`: whether every zone could be read. */
type Conditions = {
  readonly conditions: readonly ProbeCondition[]
  readonly asking: readonly AskingZone[]
  readonly complete: boolean
}

type Entry = {
  readonly origin: string
  state: ZoneState
  hash: string | undefined
  readonly copy: Refreshed
  /** Targets of its checks, as the catalog has it. */
  probes: number
  /** True if its scripts compute checks out of queries, as the catalog has it. */
  asks: boolean
}

/**
 * An isolate's copy of what is published: the catalog, and of its zones those that were asked for. A name outside the
 * catalog costs no KV read; each key is read at most once a refresh interval.
 */
export class Snapshot {
  private readonly reads: ZoneReads
  private readonly options: SnapshotOptions
  private readonly catalog: Refreshed
  private readonly copyOfHealth: HealthCopy
  private readonly copyOfGeo: GeoCopy
  private entries: Origins<Entry> | undefined
  private madeHealthCalls: HealthCalls | undefined
  private readonly healthCalls: HealthCalls = (...call) =>
    this.madeHealthCalls?.(...call) ?? err('this Worker cannot make checks out of queries')

  constructor(kv: KvReader, options: SnapshotOptions) {
    this.reads = new ZoneReads(kv, cacheTtlFor(options))
    this.options = options
    const timedOut = () => options.log({ event: 'catalog-failed', why: 'KV did not answer in time' })
    this.catalog = new Refreshed(() => this.readCatalog(), timedOut, options)
    this.copyOfHealth = new HealthCopy(kv, options)
    this.copyOfGeo = new GeoCopy(kv, options)
  }

  /** Call before `zones`. What is returned has to be waited for; it never rejects. */
  prepare(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return this.catalog.refresh(now, waitUntil)
  }

  /** The zones as of `now`. A zone that is not loaded, or too old to answer, is `unloaded`: wait for `load`. */
  zones(now: number, waitUntil: WaitUntil): Zones {
    return {
      find: (name) => {
        if (!this.entries) return { kind: 'unavailable', origin: name, why: 'the list of zones could not be read' }
        const entry = this.entries.find(name)
        if (!entry) return undefined
        const wait =
          entry.copy.refresh(now, waitUntil) ??
          this.healthFor(entry, now, waitUntil) ??
          this.placesFor(entry, now, waitUntil)
        return wait ? { kind: 'unloaded', origin: originKey(entry.origin) } : entry.state
      },
    }
  }

  /** Reads a zone that an answer needs. Never rejects: a failure is the zone's state. */
  async load(origin: NameKey, now: number, waitUntil: WaitUntil): Promise<void> {
    const entry = this.entries?.entries.get(origin)
    await entry?.copy.refresh(now, waitUntil)
    if (!entry) return
    await Promise.all([this.healthFor(entry, now, waitUntil), this.placesFor(entry, now, waitUntil)])
  }

  /** What is known of health as of `now`; up to date for the zones that `zones` gave out. */
  health(now: number): Health {
    return this.copyOfHealth.at(now)
  }

  /** Where networks are; undefined where that is not known, or no zone that was asked for goes by place. */
  get database(): Database | undefined {
    return this.copyOfGeo.database
  }

  /**
   * All checks of all published zones, as of the refresh interval, and the zones whose queries may ask for others.
   * @returns never rejects
   */
  async conditions(now: number, waitUntil: WaitUntil): Promise<Conditions> {
    await this.catalog.renew(now, waitUntil)
    const entries = [...(this.entries?.entries.values() ?? [])].filter(({ probes, asks }) => probes > 0 || asks)
    await Promise.all(this.reads.together(() => entries.map((entry) => entry.copy.renew(now, waitUntil))))
    const zones = entries.flatMap(({ state }) => (state.kind === 'loaded' ? [state.zone] : []))
    const complete = this.entries !== undefined && zones.length === entries.length
    const asking = zones
      .filter(({ asksTargets }) => asksTargets)
      .map(({ origin, stale }) => ({ zone: formatName(origin.key).replace(/(?<=.)\.$/, ''), stale }))
    return { conditions: zones.flatMap((zone) => zone.conditions), asking, complete }
  }

  /** What is wrong with the overrides in KV. */
  get overridesProblem(): string | undefined {
    return this.copyOfHealth.problem
  }

  /** As `health`, but read anew if it is time, whichever zones are loaded. */
  async freshHealth(now: number, waitUntil: WaitUntil): Promise<Health> {
    await this.copyOfHealth.renew(now, waitUntil)
    return this.copyOfHealth.at(now)
  }

  /** Health is read only where a zone asks for it. */
  private healthFor(entry: Entry, now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    if (entry.state.kind !== 'loaded' || !entry.state.zone.usesHealth) return undefined
    return this.copyOfHealth.refresh(now, waitUntil)
  }

  /** The database is large: an isolate has it only if a zone of its goes by place. */
  private placesFor(entry: Entry, now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    if (entry.state.kind !== 'loaded' || !entry.state.zone.usesPlaces) return undefined
    return this.copyOfGeo.refresh(now, waitUntil)
  }

  private async readCatalog(): Promise<boolean> {
    const failed = (why: string): void => this.options.log({ event: 'catalog-failed', why })
    try {
      const { value } = await this.reads.get(CATALOG_KEY)
      if (value === null) {
        // Nothing published yet, unless something was: then it is KV that has not caught up, or a mishap.
        if (this.entries) failed('the catalog is gone')
        else this.entries = new Origins([])
        return true
      }
      const catalog = parseCatalog(value)
      if (catalog.ok) this.entries = this.reconciled(catalog.value)
      else failed(catalog.error)
      return true
    } catch (error) {
      failed(String(error))
      return false
    }
  }

  private reconciled(catalog: Catalog): Origins<Entry> {
    return new Origins(
      Array.from(catalog.zones, ([origin, { probes = 0, asks = false }]) => {
        const key = originKey(origin)
        const entry = this.entries?.entries.get(key) ?? this.newEntry(origin, key)
        entry.probes = probes
        entry.asks = asks
        return [key, entry] as const
      }),
    )
  }

  private newEntry(origin: string, key: NameKey): Entry {
    const timedOut = () => this.zoneFailed(entry, 'KV did not answer in time')
    const copy = new Refreshed(() => this.readZone(entry), timedOut, this.options)
    const state = { kind: 'unloaded', origin: key } as const
    const entry: Entry = { origin, copy, hash: undefined, state, probes: 0, asks: false }
    return entry
  }

  private async readZone(entry: Entry): Promise<boolean> {
    try {
      const { value, metadata } = await this.reads.get(zoneKey(entry.origin))
      if (value === null) this.zoneFailed(entry, 'the zone is in the catalog, but not in KV')
      else await this.takeZone(entry, value, parseEntry(metadata)?.hash)
      return true
    } catch (error) {
      this.zoneFailed(entry, String(error))
      return false
    }
  }

  /** @param told the hash that the publisher wrote beside the text; a text put there by hand has none */
  private async takeZone(entry: Entry, text: string, told: string | undefined): Promise<void> {
    const hash = told ?? (await hashText(text))
    if (hash === entry.hash) return
    const document = parseJson(text)
    if (document === undefined) return this.zoneFailed(entry, 'the document is not JSON')
    const compiled = compileZone(document, this.healthCalls)
    if (!compiled.ok) {
      const [first] = compiled.error
      return this.zoneFailed(entry, `${first?.path.join('.')}: ${first?.message}`)
    }
    const { zone } = compiled.value
    if (zone.origin.key !== originKey(entry.origin)) {
      return this.zoneFailed(entry, `the document is of another zone, ${compiled.value.document.origin}`)
    }
    if (zone.asksTargets) this.madeHealthCalls ??= await this.options.loadHealthCalls?.()
    entry.hash = hash
    entry.state = { kind: 'loaded', zone }
    this.options.log({ event: 'zone-loaded', zone: entry.origin })
  }

  private zoneFailed(entry: Entry, why: string): void {
    this.options.log({ event: 'zone-failed', zone: entry.origin, why })
    if (entry.state.kind === 'loaded') return
    entry.state = { kind: 'unavailable', origin: originKey(entry.origin), why: 'the zone could not be loaded' }
  }
}
