import type { ZoneEntry } from './catalog.ts'
import { isEntry } from './catalog-entry.ts'
import { parseJson } from './shapes.ts'
import { rowsOf, type SqlStorage } from './sql.ts'
import type { Switch } from './switches.ts'
import { partsOf } from './text-parts.ts'

/** A switch that was asked for. Later ones have larger ids. */
export type AskedSwitch = Switch & {
  readonly id: number
  /** True until KV has taken a catalog with it. */
  readonly isPending: boolean
  /** The hash of another document under the zone's key, or '' for none: the ledger is asked what becomes of that. */
  readonly contested: string | null
  /** The hash with which the ledger's own version stays. */
  readonly confirmed: string | null
}

/** A catalog with its hash. */
type HashedText = { readonly text: string; readonly hash: string }

/**
 * The facts that KV has not shown yet, in the storage of the Durable Object: switches that were asked for, the newest
 * catalog, in rows, and the hashes of those that it replaced. Times are milliseconds since the epoch.
 */
export class CatalogMemory {
  private readonly storage: SqlStorage
  private text: string | undefined

  constructor(storage: SqlStorage) {
    this.storage = storage
    for (const table of TABLES) storage.sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`)
  }

  /** Remembers a switch, in place of an earlier one of the zone. Returns its id, and that of the earlier one. */
  ask(origin: string, entry: ZoneEntry | null): { readonly id: number; readonly earlier: number | undefined } {
    const { storage } = this
    const idOf = (): number | undefined =>
      rowsOf<{ id: number }>(storage, 'SELECT id FROM switches WHERE origin = ?', origin)[0]?.id
    return storage.transactionSync(() => {
      const earlier = idOf()
      storage.sql.exec('DELETE FROM switches WHERE origin = ?', origin)
      storage.sql.exec('INSERT INTO switches (origin, entry) VALUES (?, ?)', origin, entry && JSON.stringify(entry))
      return { id: idOf() ?? 0, earlier }
    })
  }

  /** Returns all switches that are remembered, in the order in which they were asked for. */
  switches(): AskedSwitch[] {
    const rows = rowsOf<SwitchRow>(this.storage, 'SELECT * FROM switches ORDER BY id')
    return rows.flatMap(({ id, origin, entry, written, contested, confirmed }) => {
      const parsed = entry === null ? null : parseJson(entry)
      if (parsed !== null && !isEntry(parsed)) return []
      return [{ id, origin, entry: parsed, isPending: written === null, contested, confirmed }]
    })
  }

  has(origin: string): boolean {
    return rowsOf(this.storage, 'SELECT 1 FROM switches WHERE origin = ?', origin).length > 0
  }

  get hasPending(): boolean {
    return rowsOf(this.storage, 'SELECT 1 FROM switches WHERE written IS NULL LIMIT 1').length > 0
  }

  /** Notes that KV lacks a switch, and the document that stands in its way, if there is one. */
  contest(id: number, hash: string | null): void {
    this.storage.sql.exec('UPDATE switches SET contested = ?, written = NULL WHERE id = ?', hash, id)
  }

  /** Notes that the ledger's own version stays, although that document is there. */
  confirm(id: number, hash: string): void {
    this.storage.sql.exec('UPDATE switches SET confirmed = ? WHERE id = ?', hash, id)
  }

  drop(id: number): void {
    this.storage.sql.exec('DELETE FROM switches WHERE id = ?', id)
  }

  /** Returns the newest catalog, while it is remembered. */
  newest(): HashedText | undefined {
    const state = this.state()
    if (!state?.rows) return undefined
    this.text ??= rowsOf<{ text: string }>(this.storage, 'SELECT text FROM catalog ORDER BY n')
      .map(({ text }) => text)
      .join('')
    return { text: this.text, hash: state.hash }
  }

  /** True if there is a catalog that KV may not have taken. */
  get isUnput(): boolean {
    return this.state()?.put === 0
  }

  /** True if a catalog was ever made here. */
  get hasMade(): boolean {
    return this.state() !== undefined
  }

  /** The time at which KV last took a catalog from here. */
  get putAt(): number | undefined {
    return this.state()?.put_at ?? undefined
  }

  /** Remembers a catalog that is to be put. @param shown the hash of the one that KV gives out */
  make(next: HashedText, shown: string, at: number): void {
    this.replace(next, [shown], at, false)
  }

  /** Remembers a catalog that somebody else put. */
  take(next: HashedText, at: number): void {
    this.replace(next, [], at, true)
  }

  private replace({ text, hash }: HashedText, shown: readonly string[], at: number, isPut: boolean): void {
    const { storage } = this
    const before = this.state()
    const replaced = [...shown, ...(before ? [before.hash] : [])]
    storage.transactionSync(() => {
      const { sql } = storage
      for (const one of replaced) sql.exec('INSERT OR REPLACE INTO replaced (hash, at) VALUES (?, ?)', one, at)
      sql.exec('DELETE FROM replaced WHERE hash = ?', hash)
      sql.exec('DELETE FROM catalog')
      const rows = [...partsOf(text)]
      for (const [n, row] of rows.entries()) sql.exec('INSERT INTO catalog (n, text) VALUES (?, ?)', n, row)
      const state = [hash, at, before?.put_at ?? null, isPut ? 1 : 0, rows.length]
      sql.exec('INSERT OR REPLACE INTO newest (one, hash, at, put_at, put, rows) VALUES (1, ?, ?, ?, ?, ?)', ...state)
    })
    this.text = text
  }

  /** Notes that KV has taken the newest catalog, with these switches. */
  put(ids: readonly number[], at: number): void {
    const { storage } = this
    storage.transactionSync(() => {
      storage.sql.exec('UPDATE newest SET put = 1, at = ?, put_at = ?', at, at)
      this.written(ids, at)
    })
  }

  /** Notes that these switches count. */
  written(ids: readonly number[], at: number): void {
    for (const id of ids)
      this.storage.sql.exec(
        'UPDATE switches SET written = ?, contested = NULL WHERE id = ? AND written IS NULL',
        at,
        id,
      )
  }

  isReplaced(hash: string): boolean {
    return rowsOf(this.storage, 'SELECT 1 FROM replaced WHERE hash = ?', hash).length > 0
  }

  /** Forgets switches that were written before one time, and the catalogs of before another. What is not put stays. */
  forget(switchesBefore: number, catalogsBefore: number): void {
    const { storage } = this
    const state = this.state()
    storage.transactionSync(() => {
      storage.sql.exec('DELETE FROM switches WHERE written < ?', switchesBefore)
      if (!state?.put) return
      storage.sql.exec('DELETE FROM replaced WHERE at < ?', catalogsBefore)
      if (state.at >= catalogsBefore || state.rows === 0) return
      storage.sql.exec('DELETE FROM catalog')
      storage.sql.exec('UPDATE newest SET rows = 0')
      this.text = undefined
    })
  }

  private state(): StateRow | undefined {
    return rowsOf<StateRow>(this.storage, 'SELECT hash, at, put_at, put, rows FROM newest')[0]
  }
}

type SwitchRow = {
  readonly id: number
  readonly origin: string
  readonly entry: string | null
  readonly written: number | null
  readonly contested: string | null
  readonly confirmed: string | null
}

/** `at`: when it became the newest. */
type StateRow = {
  readonly hash: string
  readonly at: number
  readonly put_at: number | null
  readonly put: number
  readonly rows: number
}

/** An id is never given twice: who waits for a switch knows it by its id. */
const TABLES = [
  'switches (id INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT UNIQUE, entry TEXT, written INTEGER, contested TEXT, ' +
    'confirmed TEXT)',
  'catalog (n INTEGER PRIMARY KEY, text TEXT)',
  'newest (one INTEGER PRIMARY KEY, hash TEXT, at INTEGER, put_at INTEGER, put INTEGER, rows INTEGER)',
  'replaced (hash TEXT PRIMARY KEY, at INTEGER)',
]
