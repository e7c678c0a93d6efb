import { MAX_NOTICES, MIN_KV_WRITE_GAP_MS } from '../limits.ts'
import { type Catalog, EMPTY_CATALOG, formatCatalog, type ZoneEntry } from './catalog.ts'
import { type AskedSwitch, CatalogMemory } from './catalog-memory.ts'
import { contest, dropReplacedKeys } from './foreign-catalog.ts'
import { inTime } from './in-time.ts'
import { KeySwitches, withKeySwitches } from './key-switches.ts'
import type { Noticed, ZoneLedgers } from './ledgers.ts'
import { Outcomes } from './outcomes.ts'
import type { KvStore } from './reconcile.ts'
import { CATALOG_KEY, hashText, ZONE_KEY_PREFIX } from './shapes.ts'
import { ShownCatalog } from './shown-catalog.ts'
import type { SqlStorage } from './sql.ts'
import { counts, isNamed, switched } from './switches.ts'

type CatalogWriterOptions = {
  readonly kv: KvStore
  readonly storage: SqlStorage
  readonly ledgers: ZoneLedgers
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly pause?: (ms: number) => Promise<unknown>
}

/** The outcome of a flush. `no-catalog`: KV has none that can be read, and it has to be rebuilt first. */
export type Flushed = 'done' | 'later' | 'no-catalog'

/** All zones, as they are to be served. `pending`: the origins of switches that KV has not taken yet. */
type CatalogNow = { readonly catalog: Catalog; readonly pending: ReadonlySet<string> }

/** For so long KV may still show a catalog that was replaced. */
const STALE_MS = 60_000

/** For so long a publisher may write a catalog that it made of one from before a switch, and lists may lag. */
const SETTLED_MS = 300_000

/** A ledger that is at work answers when it has done that. */
const NOTICE_MS = 2000

/**
 * The one writer of the catalog beside publishers on machines of people, who write it straight into KV. It folds the
 * switches that ledgers ask for, writes at most once a second, and remembers what KV does not show yet, so that a stale
 * read undoes nothing. All of its state is in storage, so that an object that is evicted, or dies, goes on.
 */
export class CatalogWriter {
  private readonly kv: KvStore
  private readonly ledgers: ZoneLedgers
  private readonly clock: () => number
  private readonly pause: (ms: number) => Promise<unknown>
  private readonly memory: CatalogMemory
  private readonly keys: KeySwitches
  private readonly shown: ShownCatalog
  private readonly outcomes = new Outcomes()
  private readonly outcomesOfKeys = new Outcomes()
  /** Writes go one after another. */
  private last: Promise<unknown> = Promise.resolve()
  private failures = 0
  private retryAt = 0
  private puts = 0
  /** The text of the last catalog that was put from here, until it is taken. */
  private lastPut: string | undefined
  private seen: { readonly catalog: Catalog; readonly at: number } | undefined

  constructor({ kv, storage, ledgers, clock, pause = paused }: CatalogWriterOptions) {
    this.kv = kv
    this.ledgers = ledgers
    this.clock = clock
    this.pause = pause
    this.memory = new CatalogMemory(storage)
    this.keys = new KeySwitches(storage)
    this.shown = new ShownCatalog(kv, this.memory)
  }

  /**
   * Remembers that an entry is to count, and returns its number, or that the zone is to be removed. Call `flush` then.
   * @param origin as in `zoneKey`
   */
  ask(origin: string, entry: ZoneEntry | null): number {
    const { id, earlier } = this.memory.ask(origin, entry)
    this.outcomes.postponed(earlier)
    return id
  }

  /** Resolves with true when KV has taken a switch, and with false when it has to wait for others. */
  outcome(id: number): Promise<boolean> {
    return this.outcomes.of(id)
  }

  /**
   * Remembers which keys a zone is to have, and returns the number of that. Call `flush` then.
   * @param hash null for none
   */
  askKeys(origin: string, hash: string | null): number {
    const { id, earlier } = this.keys.ask(origin, hash, this.clock())
    this.outcomesOfKeys.postponed(earlier)
    return id
  }

  /** As `outcome`, for the keys of a zone. */
  outcomeOfKeys(id: number): Promise<boolean> {
    return this.outcomesOfKeys.of(id)
  }

  /** Returns true for a zone that was switched minutes ago at most: neither KV nor a list need show it yet. */
  isRecent(origin: string): boolean {
    return this.memory.has(origin)
  }

  /** The time at which there is something to write, in milliseconds since the epoch; undefined if there is nothing. */
  get dueAt(): number | undefined {
    const { memory, keys } = this
    if (!memory.hasPending && !keys.hasPending && !memory.isUnput) return undefined
    return Math.max(this.retryAt, this.gapEnds)
  }

  /** Returns the number of catalogs that were put for switches since this was last asked. */
  takePuts(): number {
    const { puts } = this
    this.puts = 0
    return puts
  }

  /**
   * Writes what is to count and does not, at once or not at all: KV takes a write a second.
   * @param orEmpty true if a catalog that is not there has no zones
   * @throws if KV fails
   */
  async flush(orEmpty = false): Promise<Flushed> {
    const flushed = await this.afterOthers(() => this.tried(() => this.flushOnce(orEmpty)))
    if (flushed === 'no-catalog') this.later()
    if (flushed !== 'contested') return flushed
    // A ledger that waits for its switch would answer when that has ended.
    await this.decide()
    return this.dueAt === undefined ? 'done' : 'later'
  }

  /**
   * Reads the catalog, corrected by what KV does not show yet. Null: it is not there. Pending switches are not in it.
   * One that is damaged stays so: who looks at all keys makes a new one.
   */
  async read(): Promise<string | null> {
    const { kind, given, text } = await this.shown.read()
    return kind === 'lost' ? given : text
  }

  /**
   * Writes a catalog that was made of the one that `read` gave, with the switches that it lacks, as soon as it may.
   * @returns its text
   * @throws if KV fails
   */
  write(catalog: Catalog): Promise<string> {
    return this.afterOthers(() =>
      this.tried(async () => {
        const { hash } = await this.shown.read()
        const { next, ids, keyIds } = this.next(catalog)
        const text = formatCatalog(next)
        await this.put(text, ids, keyIds, hash)
        return text
      }),
    )
  }

  /**
   * Returns all zones as they are to be served.
   * @throws if KV fails, or has no catalog that can be read
   */
  async now(): Promise<CatalogNow> {
    const catalog = await this.current()
    const all = this.memory.switches().filter(isClear)
    const lacking = all.filter((one) => !isNamed(catalog, one))
    const pending = new Set(all.filter(({ isPending }) => isPending).map(({ origin }) => origin))
    const next = switched(catalog, lacking, this.clock())
    return { catalog: withKeySwitches(next, this.keys.all()), pending }
  }

  /** Reads the catalog. One that KV showed within a minute is as good: KV may show that itself. */
  private async current(): Promise<Catalog> {
    const now = this.clock()
    try {
      const { catalog, text } = await this.shown.read()
      if (catalog) this.seen = { catalog, at: now }
      else if (text !== null) throw new Error('the catalog in KV is damaged')
      else if (this.memory.hasMade || (await this.hasZoneKeys())) throw new Error('the catalog is not in KV')
      return catalog ?? EMPTY_CATALOG
    } catch (error) {
      const { seen } = this
      if (seen && now - seen.at < STALE_MS && seen.at <= now) return seen.catalog
      throw error
    }
  }

  private async hasZoneKeys(): Promise<boolean> {
    return (await this.kv.list({ prefix: ZONE_KEY_PREFIX })).keys.length > 0
  }

  private get gapEnds(): number {
    const at = this.memory.putAt
    // A time that is ahead was given by a wrong clock.
    return at === undefined || at > this.clock() ? 0 : at + MIN_KV_WRITE_GAP_MS
  }

  private async flushOnce(orEmpty: boolean): Promise<Flushed | 'contested'> {
    const { memory } = this
    const now = this.clock()
    memory.forget(now - SETTLED_MS, now - STALE_MS)
    this.keys.forget(now - SETTLED_MS)
    if (!memory.isUnput && memory.switches().length === 0 && this.keys.all().length === 0) return 'done'
    if (now < this.gapEnds) return 'later'
    const { kind, hash, text, catalog = orEmpty && text === null ? EMPTY_CATALOG : undefined } = await this.shown.read()
    if (!catalog) return 'no-catalog'
    if (kind === 'other') {
      await dropReplacedKeys(catalog, this.keys, this.kv)
      const lacking = memory.switches().filter((one) => isOverwritten(one) && !isNamed(catalog, one))
      await contest(lacking, memory, this.kv)
      if (memory.newest() && text !== null) memory.take({ text, hash }, now)
    }
    const { next, ids, keyIds } = this.next(catalog)
    const isThere = next === catalog && kind !== 'lost' && !memory.isUnput
    if (isThere) this.written(ids, keyIds)
    else {
      await this.put(formatCatalog(next), ids, keyIds, hash)
      this.puts++
    }
    return memory.switches().every(isClear) ? 'done' : 'contested'
  }

  /** Returns the catalog with the switches that it lacks, and the ids of those that count then. */
  private next(before: Catalog): Next {
    const clear = this.memory.switches().filter(isClear)
    const lacking = clear.filter((one) => (one.isPending ? !counts(before, one) : !isNamed(before, one)))
    const keys = this.keys.all()
    const next = withKeySwitches(switched(before, lacking, this.clock()), keys)
    return { next, ids: clear.map(({ id }) => id), keyIds: keys.map(({ id }) => id) }
  }

  /** Returns the text of the catalog that was put since the last call; undefined if none was. */
  takePut(): string | undefined {
    const { lastPut } = this
    this.lastPut = undefined
    return lastPut
  }

  /** Makes a catalog durable, and puts it. @param shown the hash of the one that KV gives out */
  private async put(text: string, ids: readonly number[], keyIds: readonly number[], shown: string): Promise<void> {
    const { memory, kv } = this
    memory.make({ text, hash: await hashText(text) }, shown, this.clock())
    const early = this.gapEnds - this.clock()
    if (early > 0) await this.pause(early)
    await kv.put(CATALOG_KEY, text)
    this.lastPut = text
    memory.put(ids, this.clock())
    this.written(ids, keyIds)
  }

  private written(ids: readonly number[], keyIds: readonly number[]): void {
    this.memory.written(ids, this.clock())
    this.keys.written(keyIds, this.clock())
    this.outcomes.written(ids)
    this.outcomesOfKeys.written(keyIds)
  }

  /** Asks ledgers what becomes of documents that stand in the way of their switches. */
  private async decide(): Promise<void> {
    const contested = this.memory.switches().filter((one) => !isClear(one))
    // A ledger that waits for the switch is not to wait for itself.
    for (const { id } of contested) this.outcomes.postponed(id)
    for (const { id, origin, contested: hash } of contested.slice(0, MAX_NOTICES)) {
      const noticed = await this.noticed(origin)
      if (noticed?.kind === 'adopted') this.memory.drop(id)
      else if (noticed) this.memory.confirm(id, hash ?? '')
      else this.later()
    }
  }

  /** Returns undefined if the ledger cannot be asked now. */
  private noticed(origin: string): Promise<Noticed | undefined> {
    return inTime(this.ledgers.notice(origin), NOTICE_MS).catch(() => undefined)
  }

  private async tried<T>(work: () => Promise<T>): Promise<T> {
    try {
      const done = await work()
      this.failures = 0
      this.retryAt = 0
      return done
    } catch (error) {
      this.later()
      throw error
    }
  }

  private later(): void {
    this.failures++
    this.retryAt = this.clock() + Math.min(MAX_RETRY_MS, MIN_KV_WRITE_GAP_MS * 2 ** this.failures)
  }

  private afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work, work)
    this.last = done.catch(() => undefined)
    return done
  }
}

/** The next catalog, and the ids of the switches that count then. */
type Next = { readonly next: Catalog; readonly ids: readonly number[]; readonly keyIds: readonly number[] }

const MAX_RETRY_MS = 60_000

/**
 * Returns true for a switch that KV had, or that was seen overwritten. A ledger has looked at the zone's key before it
 * asks for a switch, and KV may show an older one yet.
 */
const isOverwritten = ({ isPending, contested }: AskedSwitch): boolean => !isPending || contested !== null

const paused = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms))

/** Returns true unless another document is in the way, and the ledger has not said what becomes of it. */
const isClear = ({ contested, confirmed }: AskedSwitch): boolean => contested === null || contested === confirmed
