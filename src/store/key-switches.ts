import type { Catalog } from './catalog.ts'
import { withKeySets } from './key-sets.ts'
import { rowsOf, type SqlStorage } from './sql.ts'

/** The keys that a zone is to have: the hash of a key set, or null for none. Later switches have larger ids. */
export type KeySwitch = {
  readonly id: number
  readonly origin: string
  readonly hash: string | null
  /** Milliseconds since the epoch, when it was asked for. */
  readonly at: number
  /** True until KV has taken a catalog with it. */
  readonly isPending: boolean
}

/**
 * The changes of keys that KV may not show yet, in the storage of the catalog's writer: a catalog that was made of an
 * older one does not undo them.
 */
export class KeySwitches {
  private readonly storage: SqlStorage

  constructor(storage: SqlStorage) {
    this.storage = storage
    storage.sql.exec(`CREATE TABLE IF NOT EXISTS ${TABLE}`)
  }

  /** Remembers a switch, in place of an earlier one of the zone. Returns its id, and that of the earlier one. */
  ask(origin: string, hash: string | null, at: number): { readonly id: number; readonly earlier: number | undefined } {
    const { storage } = this
    return storage.transactionSync(() => {
      const earlier = this.find(origin)?.id
      storage.sql.exec('DELETE FROM key_switches WHERE origin = ?', origin)
      storage.sql.exec('INSERT INTO key_switches (origin, hash, at) VALUES (?, ?, ?)', origin, hash, at)
      return { id: this.find(origin)?.id ?? 0, earlier }
    })
  }

  all(): KeySwitch[] {
    return rowsOf<Row>(this.storage, 'SELECT * FROM key_switches ORDER BY id').map(({ written, ...row }) => ({
      ...row,
      isPending: written === null,
    }))
  }

  get hasPending(): boolean {
    return rowsOf(this.storage, 'SELECT 1 FROM key_switches WHERE written IS NULL LIMIT 1').length > 0
  }

  /** Notes that KV has these. */
  written(ids: readonly number[], at: number): void {
    for (const id of ids) {
      this.storage.sql.exec('UPDATE key_switches SET written = ? WHERE id = ? AND written IS NULL', at, id)
    }
  }

  drop(id: number): void {
    this.storage.sql.exec('DELETE FROM key_switches WHERE id = ?', id)
  }

  /** Forgets those that were written before a time. */
  forget(before: number): void {
    this.storage.sql.exec('DELETE FROM key_switches WHERE written < ?', before)
  }

  private find(origin: string): Row | undefined {
    return rowsOf<Row>(this.storage, 'SELECT * FROM key_switches WHERE origin = ?', origin)[0]
  }
}

/** Returns the catalog with these keys. */
export const withKeySwitches = (catalog: Catalog, switches: readonly KeySwitch[]): Catalog =>
  withKeySets(
    catalog,
    switches.map(({ origin, hash }) => [origin, hash] as const),
  )

type Row = Omit<KeySwitch, 'isPending'> & { readonly written: number | null }

const TABLE =
  'key_switches (id INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT UNIQUE, hash TEXT, at INTEGER, written INTEGER)'
