import { DatabaseSync } from 'node:sqlite'
import {
  type Author,
  type CatalogCalls,
  type CatalogWriter,
  type Change,
  type Changed,
  type Condition,
  KeyBook,
  Ledger,
  type LedgerStorage,
  type ListedZone,
  RecentZones,
} from '../../../src/ledger/index.ts'
import { askWhole, type ZoneEntry } from '../../../src/store/index.ts'
import type { ParentDs } from '../../../src/zone-keys/index.ts'
import { preparedIn } from '../sqlite.ts'
import { Died, MemoryKv, TestIsolate, zoneOf } from '../store/kv-memory.ts'

export const ORIGIN = 'example.com.'
export const START = Date.UTC(2026, 10, 30, 12)
export const ME: Author = { author: 'me' }

/** A Durable Object's limit on a value. */
const MAX_VALUE_BYTES = 2_000_000

/** The storage of a Durable Object, on the SQLite of Node. Reopening it is what an eviction is. */
export class NodeStorage implements LedgerStorage {
  alarm: number | undefined
  /** Rows that were written since it was last set to 0. */
  written = 0
  /** Called before each operation that is durable by itself; may throw. */
  before: (op: string) => void = () => {}
  private readonly database = new DatabaseSync(':memory:')
  private readonly prepared = preparedIn(this.database)
  /** True while nothing was waited for since a transaction: what is written now is stored with it. */
  private isJoined = false
  readonly sql: LedgerStorage['sql'] = {
    exec: (query, ...bindings) => {
      for (const one of bindings) {
        if (typeof one === 'string' && Buffer.byteLength(one) > MAX_VALUE_BYTES)
          throw new Error('string or blob too big')
      }
      if (/^(INSERT|UPDATE|DELETE)/.test(query)) this.written++
      return this.prepared(query).all(...bindings) as Record<string, string | number | null>[]
    },
  }

  transactionSync<T>(work: () => T): T {
    this.before('transaction')
    this.database.exec('BEGIN')
    try {
      const result = work()
      this.database.exec('COMMIT')
      this.isJoined = true
      queueMicrotask(() => {
        this.isJoined = false
      })
      return result
    } catch (error) {
      this.database.exec('ROLLBACK')
      throw error
    }
  }

  async setAlarm(at: number): Promise<void> {
    if (!this.isJoined) this.before('alarm')
    this.alarm = at
  }

  async deleteAlarm(): Promise<void> {
    if (!this.isJoined) this.before('alarm')
    this.alarm = undefined
  }

  async deleteAll(): Promise<void> {
    this.before('delete all')
    for (const { name } of this.database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()) {
      this.database.exec(`DROP TABLE ${name}`)
    }
  }
}

/** The writer of the catalog, which writes at once. */
class MemoryCatalog implements CatalogWriter, Pick<CatalogCalls, 'switchKeys'> {
  readonly listed = new Map<string, ListedZone | null>()
  outcome: 'published' | 'later' = 'published'
  isRoomy = true
  private readonly kv: MemoryKv

  constructor(kv: MemoryKv) {
    this.kv = kv
  }

  async switchZone(origin: string, entry: ZoneEntry | null, listed: ListedZone | null): Promise<'published' | 'later'> {
    this.listed.set(origin, listed)
    if (this.outcome === 'later') return 'later'
    const catalog = JSON.parse(this.kv.textOf('catalog') ?? '{"zones":{}}')
    if (entry) catalog.zones[origin] = entry
    else delete catalog.zones[origin]
    await this.kv.put('catalog', JSON.stringify(catalog))
    return 'published'
  }

  async switchKeys(origin: string, hash: string | null): Promise<'published' | 'later'> {
    if (this.outcome === 'later') return 'later'
    const catalog = JSON.parse(this.kv.textOf('catalog') ?? '{"zones":{}}')
    const { dnssec: _, ...entry } = catalog.zones[origin] ?? {}
    catalog.zones[origin] = { ...entry, ...(hash !== null && { dnssec: hash }) }
    await this.kv.put('catalog', JSON.stringify(catalog))
    return 'published'
  }

  async hasRoom(): Promise<boolean> {
    return this.isRoomy
  }

  async note(origin: string, listed: ListedZone | null): Promise<void> {
    this.listed.set(origin, listed)
  }
}

/** A zone's ledger with its storage, KV, and a clock that stands still. */
export class Bench {
  now = START
  maxPuts = 35
  readonly origin: string
  readonly kv: MemoryKv
  readonly storage = new NodeStorage()
  readonly catalog: MemoryCatalog
  readonly logged: { event: string; why?: string }[] = []
  /** True if something was left undone since `dieAfter`. */
  hasDied = false
  ledger: Ledger
  /** The secret that wraps private keys. */
  secret: string | undefined = 'a secret of forty characters, for tests!'
  /** The DS records at the parent; undefined: nobody is asked. */
  parent: ParentDs | undefined
  private keyBook: KeyBook | undefined
  private behind: Promise<unknown>[] = []
  private recent = new RecentZones()

  constructor(origin = ORIGIN, kv = new MemoryKv()) {
    this.origin = origin
    this.kv = kv
    this.catalog = new MemoryCatalog(kv)
    this.ledger = this.open()
  }

  /** Loses what is in memory, as an eviction does. @param staysIsolate what the isolate itself keeps is not lost */
  restart(staysIsolate = false): void {
    this.behind = []
    this.keyBook = undefined
    if (!staysIsolate) this.recent = new RecentZones()
    this.ledger = this.open()
  }

  change(change: Change, author: Author = ME, condition?: Condition): Promise<Changed> {
    return this.ledger.change(change, author, condition)
  }

  /** Puts a document, which has to be taken. */
  async put(document: object): Promise<Extract<Changed, { kind: 'changed' }>> {
    return taken(await this.change(documentChange(document)))
  }

  /** Lets alarms ring until none is left that is due within `ms`. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    for (let rings = 0; rings < 1000; rings++) {
      await this.idle()
      const { alarm } = this.storage
      if (alarm === undefined || alarm > end) break
      this.now = Math.max(this.now, alarm)
      this.storage.alarm = undefined
      await this.ledger.alarm()
    }
    this.now = end
    await this.idle()
  }

  async idle(): Promise<void> {
    for (let work = this.behind.shift(); work; work = this.behind.shift()) await work.catch(() => undefined)
  }

  /** The version of the zone that a new isolate answers with, by `zoneOf`, or the rcode. */
  ask(): Promise<number | string> {
    return new TestIsolate(this.kv, this.now).ask(this.origin.slice(0, -1))
  }

  /** Stops everything after so many operations on KV and storage. */
  dieAfter(operations: number): void {
    let left = operations
    this.hasDied = false
    const before = (): void => {
      if (left-- > 0) return
      this.hasDied = true
      throw new Died()
    }
    this.storage.before = before
    this.kv.before = before
  }

  live(): void {
    this.storage.before = () => {}
    this.kv.before = () => {}
  }

  /** The keys of the zone. */
  get keys(): KeyBook {
    const { origin, storage, kv, catalog } = this
    this.keyBook ??= new KeyBook({
      ...{ origin, storage, catalog, kv: kv as never, clock: () => this.now, secret: this.secret, propagation: 180 },
      read: () => this.ledger.read(),
      parent: async () => this.parent,
    })
    return this.keyBook
  }

  private open(): Ledger {
    const { origin, storage, kv, catalog, logged, recent } = this
    return new Ledger({
      ...{ origin, storage, catalog, recent, refreshMs: 2000, maxPuts: this.maxPuts, clock: () => this.now },
      kv: kv as never,
      log: (event) => logged.push(event),
      published: (ask) => {
        const { snapshot, timer } = new TestIsolate(kv, this.now)
        return askWhole({ snapshot, waitUntil: () => {}, timer }, ({ zones }) => ask(zones), this.now)
      },
      waitUntil: (work) => this.behind.push(work),
    })
  }
}

export const documentChange = (document: object): Change => ({ kind: 'document', text: JSON.stringify(document) })

export function taken(changed: Changed): Extract<Changed, { kind: 'changed' }> {
  if (changed.kind !== 'changed') throw new Error(JSON.stringify(changed))
  return changed
}

export const zone = (version: number, more: object = {}): ReturnType<typeof zoneOf> =>
  zoneOf('example.com', version, more)
