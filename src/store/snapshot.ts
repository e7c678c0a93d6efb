import type { NameKey } from '../dns/query-path.ts'
import type { Log } from '../events.ts'
import type { GeoLookup } from '../geo/query-path.ts'
import type { Health, Platform } from '../health/query-path.ts'
import { MAX_KEPT_NODE_BYTES, MAX_KEPT_NODES, MAX_KEPT_ZONE_BYTES } from '../limits.ts'
import {
  type Keeping,
  type LoadHealthCalls,
  type NeedsZone,
  NodeCache,
  type Outside,
  Residents,
  type Zones,
} from '../zone/query-path.ts'
import type { Catalog, Refusal, ZoneEntry } from './catalog-entry.ts'
import { type CatalogView, DAMAGED, viewCatalog, viewOf } from './catalog-view.ts'
import type { ChecksCopy, Conditions } from './checks-copy.ts'
import { CATALOG_PATIENCE_MS, Deadline, KV_IS_LATE } from './deadline.ts'
import { GeoCopy, type KvGeoReader } from './geo-copy.ts'
import { HealthCopy, type KvBulkReader } from './health-copy.ts'
import { type KvOctetsReader, readImmutable } from './immutable.ts'
import { anyOf, isSoon } from './in-order.ts'
import { DAMAGED_ENTRY, KnownZones } from './known-zones.ts'
import type { OutsideCopy } from './outside-copy.ts'
import { cacheTtlFor, Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'
import { CATALOG_KEY } from './shapes.ts'
import { type Wanted, ZoneCopy } from './zone-copy.ts'
import type { KvLister } from './zone-keys.ts'
import { type KvMetadataReader, ZoneReads } from './zone-reads.ts'
import { ZonesAtTime } from './zones-at-time.ts'

/** The reads of Workers KV; the binding has this shape. */
type KvReader = KvBulkReader & KvGeoReader & KvMetadataReader & KvLister & KvOctetsReader

type SnapshotOptions = RefreshTiming & {
  /** The vantage points that may report any target. */
  readonly vantages: readonly string[]
  /** The platform that the Worker runs on. It decides which targets cannot be probed. */
  readonly platform: Platform
  /** Loads the code that makes pools out of queries. Most zones need none. */
  readonly loadHealthCalls?: LoadHealthCalls
  /** Loads the addresses of names outside the zones. Most zones need none. */
  readonly loadOutside?: () => Promise<OutsideCopy>
  /** Logs failures. After any failure the last valid copy stays in service. */
  readonly log: Log
}

/** A key that is not served as it stands in KV. `origin` is "catalog" for the catalog. */
export type RefusedZone = Refusal & { readonly origin: string }

/** The cron and the API read all zones that have checks. They wait longer than a query does. */
const ALL_ZONES_MS = 4000

/**
 * An isolate's copy of what is published: the catalog, and of its zones those that were asked for. A name outside the
 * catalog costs no KV read; each key is read at most once a refresh interval.
 */
export class Snapshot {
  private readonly kv: KvReader
  private readonly reads: ZoneReads
  private readonly options: SnapshotOptions
  private readonly copyOfCatalog: Refreshed
  private readonly copyOfHealth: HealthCopy
  /** The database of places. A query reads it only for a zone that depends on locations. */
  readonly places: GeoCopy
  /** Loaded with the first ALIAS that leads out of the zones. */
  private outsideCopy: OutsideCopy | undefined
  /** Made by the first who asks for checks: no query does. */
  private checks: ChecksCopy | undefined
  private readonly keeping: Keeping = {
    cache: new NodeCache(MAX_KEPT_NODES, MAX_KEPT_NODE_BYTES),
    residents: new Residents(MAX_KEPT_ZONE_BYTES),
  }
  private known: KnownZones | undefined
  /** The text of the catalog that `known` is of; undefined if it was not read as a text. */
  private text: string | undefined
  /** The time of the last read of the catalog, and of its last change. */
  private takenAt = Number.NEGATIVE_INFINITY
  private changedAt = 0
  private catalogProblem: Refusal | undefined

  constructor(kv: KvReader, options: SnapshotOptions) {
    this.kv = kv
    this.reads = new ZoneReads(kv, cacheTtlFor(options))
    this.options = options
    const timedOut = () => this.catalogFailed(KV_IS_LATE)
    this.copyOfCatalog = new Refreshed(
      (isCurrent, waitUntil) => this.readCatalog(isCurrent, waitUntil),
      timedOut,
      options,
    )
    this.copyOfHealth = new HealthCopy(kv, options)
    this.places = new GeoCopy(kv, options)
  }

  /**
   * Reads the catalog again if it is due. Call it before `zones`.
   * @returns what to wait for first, until a deadline; it never rejects
   */
  prepare(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return this.copyOfCatalog.refresh(now, waitUntil)
  }

  /** Returns the zones for a query. A zone that is not loaded, or too old to answer, is `unloaded`: wait for `load`. */
  zones(now: number): ZonesAtTime {
    return new ZonesAtTime(this.known, (copy) => this.mustWait(copy, now))
  }

  /** Returns the zones as they are in memory, for a query that must not wait any longer. */
  zonesInMemory(): Zones {
    return new ZonesAtTime(this.known, () => false, true)
  }

  /** Reads again whatever is due of the zones that an answer looked at, behind that answer. */
  refresh({ used }: ZonesAtTime, now: number, waitUntil: WaitUntil): void {
    for (const copy of used) {
      copy.isAsked = true
      copy.refresh(now, waitUntil)
      this.healthFor(copy, now, waitUntil)
      this.placesFor(copy, now, waitUntil)
    }
  }

  /**
   * Reads what an answer needs: a part of a zone; or a zone, with health and places beside it if it depends on them.
   * @returns what to wait for, which never rejects, and may hang; undefined if it cannot be had now
   */
  load({ origin, part, isOutside }: NeedsZone, now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    if (isOutside) return this.loadOutside(now, waitUntil)
    const copy = this.known?.copies.get(origin)
    if (!copy) return Promise.resolve()
    copy.isAsked = true
    return part === undefined ? this.loadZone(copy, now, waitUntil) : copy.loadPart(part, now, waitUntil)
  }

  private async loadOutside(now: number, waitUntil: WaitUntil): Promise<void> {
    this.outsideCopy ??= await this.options.loadOutside?.()
    await this.outsideCopy?.refresh(now, waitUntil)
  }

  private async loadZone(copy: ZoneCopy, now: number, waitUntil: WaitUntil): Promise<void> {
    const { health, places } = copy.entry
    await Promise.all([
      copy.refresh(now, waitUntil),
      health && this.copyOfHealth.refresh(now, waitUntil),
      places && this.places.refresh(now, waitUntil),
    ])
    // A zone before the current one may depend on more.
    await Promise.all([this.healthFor(copy, now, waitUntil), this.placesFor(copy, now, waitUntil)])
  }

  /** Ends the waiting for KV: for the catalog, and for a zone if it is given. */
  giveUp(origin: NameKey | undefined): void {
    this.copyOfCatalog.giveUp()
    const copy = origin === undefined ? undefined : this.known?.copies.get(origin)
    if (!copy) return
    copy.giveUp()
    this.copyOfHealth.giveUp()
    this.places.giveUp()
  }

  /** Returns the hash of a zone's keys, if it is signed. */
  keysOf(origin: NameKey): string | undefined {
    return this.known?.copies.get(origin)?.entry.dnssec
  }

  /** Returns health as of `now`; it is up to date for the zones that `zones` returned. */
  health(now: number): Health {
    return this.copyOfHealth.at(now)
  }

  /** Returns the addresses of names outside the zones, as of `now`; undefined if nobody finds them. */
  outside(now: number, waitUntil: WaitUntil): Outside | undefined {
    const copy = this.outsideCopy
    // Few isolates need them: the others make no function for each query.
    if (!copy) return this.options.loadOutside && NOT_LOADED
    return (name, type, isFinal) => copy.find(name, type, { now, waitUntil, isFinal })
  }

  /** The geo database; undefined if there is none, or if no zone that was asked for depends on locations. */
  get database(): GeoLookup | undefined {
    return this.places.database
  }

  /**
   * Returns what the cron needs of all published zones, as of the refresh interval.
   * @returns never rejects
   */
  async conditions(now: number, waitUntil: WaitUntil): Promise<Conditions> {
    const deadline = new Deadline(ALL_ZONES_MS, this.options.timer)
    await deadline.within(this.copyOfCatalog.renew(now, waitUntil))
    this.checks ??= new (await import('./checks-copy.ts')).ChecksCopy(this.reads)
    const failed = (zone: string, why: string): void => this.options.log({ event: 'zone-failed', zone, why })
    const conditions = await this.checks.conditions(this.known?.view, deadline, failed)
    deadline.end()
    return conditions
  }

  /** The reason why the overrides in KV are not used. */
  get overridesProblem(): string | undefined {
    return this.copyOfHealth.problem
  }

  /** The entries of the catalog, by origin; none if it was not read yet. */
  get published(): Catalog['zones'] {
    const view = this.known?.view
    const entries = new Map<string, ZoneEntry>()
    for (const origin of view?.origins() ?? []) {
      const entry = view?.entry(origin)
      if (entry !== undefined && entry !== DAMAGED) entries.set(origin, entry)
    }
    return entries
  }

  /** The keys whose value in KV is not served: those of the catalog, and those that this isolate could not load. */
  get refused(): RefusedZone[] {
    const view = this.known?.view
    const refused = new Map(view?.refused() ?? [])
    const add = (origin: string, problem: Refusal): void => {
      if (!refused.has(origin)) refused.set(origin, problem)
    }
    for (const origin of view?.origins() ?? []) {
      if (view?.entry(origin) === DAMAGED) add(origin, { why: DAMAGED_ENTRY, since: this.changedAt })
    }
    for (const { origin, problem } of this.known?.copies.values() ?? []) if (problem) add(origin, problem)
    const zones = Array.from(refused, ([origin, refusal]) => ({ origin, ...refusal }))
    return this.catalogProblem ? [{ origin: CATALOG_KEY, ...this.catalogProblem }, ...zones] : zones
  }

  /** As `health`, but read anew if it is time, whichever zones are loaded. */
  async freshHealth(now: number, waitUntil: WaitUntil): Promise<Health> {
    const deadline = new Deadline(ALL_ZONES_MS, this.options.timer)
    await deadline.within(this.copyOfHealth.renew(now, waitUntil))
    deadline.end()
    return this.copyOfHealth.at(now)
  }

  /** Takes a catalog that was just written from here. */
  take(catalog: Catalog): void {
    this.takeView(viewOf(catalog.zones, catalog.refused))
  }

  private takeView(view: CatalogView, text?: string): void {
    const since = this.takenAt
    this.taken()
    this.changedAt = this.takenAt
    this.text = text
    this.known = this.knownOf(view, since)
  }

  private taken(): void {
    this.catalogProblem = undefined
    this.takenAt = this.options.clock()
  }

  private mustWait(copy: ZoneCopy, now: number): boolean {
    if (copy.mustWait(now)) return true
    const { state } = copy
    if (state.kind !== 'loaded') return false
    const { usesHealth, usesPlaces } = state.zone
    return (usesHealth && this.copyOfHealth.mustWait(now)) || (usesPlaces && this.places.mustWait(now))
  }

  /** Health is read only if a zone depends on it. */
  private healthFor({ state }: ZoneCopy, now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return state.kind === 'loaded' && state.zone.usesHealth ? this.copyOfHealth.refresh(now, waitUntil) : undefined
  }

  /** The database is large: an isolate has it only if one of its zones depends on locations. */
  private placesFor({ state }: ZoneCopy, now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return state.kind === 'loaded' && state.zone.usesPlaces ? this.places.refresh(now, waitUntil) : undefined
  }

  /** An isolate that knows no zones does not wait for a catalog that KV does not give out: it lists the keys. */
  private async readCatalog(isCurrent: () => boolean, waitUntil: WaitUntil): Promise<boolean> {
    const reading = this.takeCatalog(isCurrent, waitUntil)
    if (this.known) return reading
    if (!(await isSoon(reading, CATALOG_PATIENCE_MS, this.options.timer))) this.catalogFailed(KV_IS_LATE)
    else if (await reading) return true
    await anyOf([reading, this.listZones(isCurrent).catch(() => false)])
    return this.takenAt > Number.NEGATIVE_INFINITY
  }

  private async takeCatalog(isCurrent: () => boolean, waitUntil: WaitUntil): Promise<boolean> {
    try {
      const { value } = await this.reads.get(CATALOG_KEY)
      if (!isCurrent()) return true
      const damage = value === null ? { why: undefined } : this.takeText(value)
      if (damage) await this.withoutCatalog(damage.why, isCurrent)
      else this.loadAsked(waitUntil)
      return true
    } catch (error) {
      this.catalogFailed(String(error))
      return false
    }
  }

  /** The same text as before costs a comparison. @returns why it is no catalog, if it is none */
  private takeText(text: string): { readonly why: string } | undefined {
    if (text === this.text) {
      this.taken()
      return undefined
    }
    const view = viewCatalog(text)
    if (!view.ok) return { why: view.error }
    this.takeView(view.value, text)
    return undefined
  }

  /** Without a catalog the zones in memory are served. An isolate that has none looks for them among the keys. */
  private async withoutCatalog(damage: string | undefined, isCurrent: () => boolean): Promise<void> {
    if (!this.known && !(await this.listZones(isCurrent))) {
      if (!isCurrent()) return
      // Nothing is published yet.
      if (damage === undefined) this.known ??= this.knownOf(viewOf(new Map()), this.takenAt)
    }
    const isLost = damage !== undefined || (this.known && hasAny(this.known.view.origins()))
    if (isLost) this.catalogFailed(damage ?? `the key "${CATALOG_KEY}" is not in KV`)
  }

  /** Takes the zones whose keys are listed. Returns whether there are any. */
  private async listZones(isCurrent: () => boolean): Promise<boolean> {
    const { zonesByKeys } = await import('./zone-keys.ts')
    const found = await zonesByKeys(this.kv)
    if (found.size === 0 || !isCurrent()) return false
    this.known ??= this.knownOf(viewOf(found), this.takenAt)
    return true
  }

  private catalogFailed(why: string): void {
    this.options.log({ event: 'catalog-failed', why })
    this.catalogProblem = { why, since: this.catalogProblem?.since ?? this.options.clock() }
  }

  /** A change shows in the next answer of the zones that are in use: they are loaded behind this one. */
  private loadAsked(waitUntil: WaitUntil): void {
    const now = this.options.clock()
    for (const copy of this.known?.copies.values() ?? []) {
      if (copy.isAsked) copy.refresh(now, waitUntil)
      copy.isAsked = false
    }
  }

  /** Copies of zones that the view does not have are left out. @param since when the catalog before was last read */
  private knownOf(view: CatalogView, since: number): KnownZones {
    const kept: [NameKey, ZoneCopy][] = []
    for (const [key, copy] of this.known?.copies ?? []) {
      const entry = view.entry(copy.origin)
      if (entry === undefined) continue
      kept.push([key, copy])
      if (entry === DAMAGED) this.entryIsDamaged(copy.origin)
      else copy.want(entry, since)
    }
    return new KnownZones(view, kept, {
      copy: (origin, wanted) => this.copyOf(origin, wanted),
      damaged: (origin) => this.entryIsDamaged(origin),
    })
  }

  private copyOf(origin: string, wanted: Wanted): ZoneCopy {
    const { options, keeping } = this
    return new ZoneCopy(origin, wanted, {
      ...options,
      keeping,
      read: (key, hash) => readImmutable(this.kv, key, hash),
    })
  }

  private entryIsDamaged(zone: string): void {
    this.options.log({ event: 'zone-failed', zone, why: DAMAGED_ENTRY })
  }
}

const hasAny = (items: Iterable<unknown>): boolean => [...items].length > 0

/** Tells what has to be loaded first is not found. */
const NOT_LOADED: Outside = () => undefined
