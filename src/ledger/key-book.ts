import { type KeySet, parseKeySet } from '../dnssec/index.ts'
import { MAX_LEDGER_WAITING } from '../limits.ts'
import {
  dnssecKey,
  hashText,
  type KeySetPointer,
  type KeySetPut,
  keySetDeletes,
  keySetWrites,
  MIN_CACHE_TTL_SECONDS,
  parseKeySetPointer,
  type Stored,
} from '../store/index.ts'
import { changeStoredKeys, type KeyChange, largestTtl, type ParentDs } from '../zone-keys/index.ts'
import type { KeyCalls, KeysChanged, Reading } from './calls.ts'
import type { CatalogCalls } from './catalog-calls.ts'
import { Queue } from './queue.ts'
import { type LedgerStorage, rowsOf } from './storage.ts'

/** The operations of Workers KV that keys need. */
type KeyKv = {
  getWithMetadata(key: string, options: { type: 'text'; cacheTtl: number }): Promise<Stored>
  put(key: string, value: string, options: { metadata: KeySetPut['metadata'] }): Promise<void>
  delete(key: string): Promise<void>
}

type KeyBookOptions = {
  /** Absolute, in lower case. */
  readonly origin: string
  readonly storage: Pick<LedgerStorage, 'sql' | 'transactionSync'>
  readonly kv: KeyKv
  readonly catalog: Pick<CatalogCalls, 'switchKeys'>
  /** Returns the zone; undefined if there is none. */
  readonly read: () => Promise<Reading | undefined>
  /** Asks for the DS records at the parent; undefined if nobody can be asked. */
  readonly parent: () => Promise<ParentDs | undefined>
  readonly secret: string | undefined
  /** A change reaches all isolates within so many seconds. */
  readonly propagation: number
  /** Gives milliseconds since the epoch. */
  readonly clock: () => number
}

/** For so long KV may show a value that was replaced. */
const STALE_MS = 120_000

/** The keys that KV has, as text, and what says so. */
type Held = { readonly text: string | null; readonly pointer: KeySetPointer | undefined }

/**
 * The keys of a zone in KV, for a Durable Object, which changes them one after the other. What it wrote last it
 * remembers: KV may show an older value for a minute, and a change of that one would lose keys. A command on another
 * machine may write them, too.
 */
export class KeyBook implements KeyCalls {
  private readonly options: KeyBookOptions
  private readonly key: string
  private readonly queue = new Queue(MAX_LEDGER_WAITING)
  private hasTable = false

  constructor(options: KeyBookOptions) {
    this.options = options
    this.key = dnssecKey(options.origin.slice(0, -1))
  }

  async keySet(): Promise<KeySet | undefined> {
    const { text } = await this.held()
    return text === null ? undefined : parseKeySet(text)
  }

  parent(): Promise<ParentDs | undefined> {
    return this.options.parent()
  }

  changeKeys(change: KeyChange): Promise<KeysChanged> {
    return this.queue.add(async () => {
      const { options } = this
      const { origin } = options
      const reading = await options.read()
      if (!reading) return { kind: 'refused', refusal: { kind: 'absent', why: `there is no zone ${origin}` } }
      const held = await this.held()
      const now = options.clock()
      const outcome = await changeStoredKeys(held.text, change, {
        ...{ origin: origin.slice(0, -1), now, maxTtl: largestTtl(JSON.parse(reading.text)) },
        ...{ propagation: options.propagation, secret: options.secret },
        parent: asksParent(change) ? await options.parent() : undefined,
      })
      if (!outcome.ok) return { kind: 'refused', refusal: outcome.error }
      const { set, told, id } = outcome.value
      const text = set && JSON.stringify(set)
      const isPublished = text === null ? await this.remove() : await this.write(text, held, now)
      return { kind: 'changed', set, told, isPublished, ...(id !== undefined && { id }) }
    })
  }

  /**
   * Writes the keys, then has the catalog name them. Writing what is there is harmless, and goes on where a change
   * broke off.
   */
  private async write(text: string, before: Held, now: number): Promise<boolean> {
    const { kv, catalog, origin } = this.options
    const { hash, puts, deletes } = await keySetWrites(origin.slice(0, -1), text, before.pointer, now)
    if (text !== before.text) {
      for (const { key, value, metadata } of puts) await kv.put(key, value, { metadata })
      this.remember(
        { text, pointer: { hash, at: now, ...pointerRest(puts) } },
        before.text && (await hashText(before.text)),
      )
    }
    const isPublished = (await catalog.switchKeys(origin.slice(0, -1), hash)) === 'published'
    if (text !== before.text && isPublished) for (const key of deletes) await kv.delete(key)
    return isPublished
  }

  /**
   * Has the catalog name no keys, then deletes them: the other way round, a zone could be bogus for want of its keys.
   */
  private async remove(): Promise<boolean> {
    const { kv, catalog, origin } = this.options
    const before = await this.held()
    const isPublished = (await catalog.switchKeys(origin.slice(0, -1), null)) === 'published'
    for (const key of keySetDeletes(origin.slice(0, -1))) await kv.delete(key)
    this.remember({ text: null, pointer: undefined }, before.text && (await hashText(before.text)))
    return isPublished
  }

  private async held(): Promise<Held> {
    const { kv, clock } = this.options
    const { value: text, metadata } = await kv.getWithMetadata(this.key, {
      type: 'text',
      cacheTtl: MIN_CACHE_TTL_SECONDS,
    })
    const shown = { text, pointer: parseKeySetPointer(metadata) }
    const own = this.remembered(clock())
    if (!own || own.held.text === text) return shown
    const isReplaced = own.replaced.includes(text === null ? MISSING : await hashText(text))
    return isReplaced ? own.held : shown
  }

  /** Keeps what was written, and the hashes of what it replaced in the last minutes. */
  private remember(held: Held, replaced: string | null): void {
    const { storage, clock } = this.options
    const now = clock()
    const before = this.remembered(now)?.replaced ?? []
    const text = JSON.stringify({ held, replaced: [...before, replaced ?? MISSING].slice(-MAX_REPLACED), at: now })
    this.makeTable()
    storage.sql.exec('INSERT OR REPLACE INTO keys_written (one, text) VALUES (1, ?)', text)
  }

  private remembered(now: number): { readonly held: Held; readonly replaced: readonly string[] } | undefined {
    const { sql } = this.options.storage
    if (!this.hasTable && rowsOf(sql, IS_THERE).length === 0) return undefined
    const [row] = rowsOf<{ text: string }>(sql, 'SELECT text FROM keys_written')
    if (!row) return undefined
    const { at, ...kept } = JSON.parse(row.text)
    return now - at < STALE_MS && at <= now ? kept : undefined
  }

  private makeTable(): void {
    if (this.hasTable) return
    this.options.storage.sql.exec('CREATE TABLE IF NOT EXISTS keys_written (one INTEGER PRIMARY KEY, text TEXT)')
    this.hasTable = true
  }
}

/** A request for a zone that does not exist leaves no table behind. */
const IS_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'keys_written'"

/** Stands for no value among the hashes. */
const MISSING = 'missing'
const MAX_REPLACED = 50

const asksParent = ({ kind }: KeyChange): boolean => kind === 'rollover' || kind === 'disable'

function pointerRest(puts: readonly KeySetPut[]): Pick<KeySetPointer, 'previous'> {
  const pointer = puts.map(({ metadata }) => metadata).find((metadata) => 'hash' in metadata)
  return pointer && 'previous' in pointer ? { previous: pointer.previous } : {}
}
