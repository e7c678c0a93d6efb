import { LEDGER_KEPT_MS, MAX_LEDGER_CHANGES, MAX_LEDGER_CHARS } from '../limits.ts'
import { partsOf } from '../store/index.ts'
import type { Version } from './change.ts'
import type { Rows } from './sections.ts'
import { type LedgerStorage, rowsOf } from './storage.ts'
import { type Before, joined } from './written-document.ts'

type Kept = {
  readonly id: number
  readonly time: number
  readonly author: string
  readonly reason: string | null
  readonly serial: number
  readonly hash: string
  readonly published: number | null
  readonly chars: number
}

/** The changes of a zone. Each has what it replaced, so that every version that is kept is rebuilt from the newest. */
export class History {
  private readonly storage: LedgerStorage
  private readonly origin: string

  constructor(storage: LedgerStorage, origin: string) {
    this.storage = storage
    this.origin = origin
  }

  /** Returns all changes that are kept, the newest first. */
  list(): readonly Version[] {
    return this.kept().map((kept) => this.version(kept))
  }

  newest(): Version | undefined {
    const [kept] = this.rows('SELECT * FROM changes ORDER BY id DESC LIMIT 1')
    return kept && this.version(kept)
  }

  find(id: number): Version | undefined {
    const [kept] = this.rows('SELECT * FROM changes WHERE id = ?', id)
    return kept && this.version(kept)
  }

  /** Returns true if a version that is kept has this hash. */
  hasHash(hash: string): boolean {
    return this.rows('SELECT * FROM changes WHERE hash = ? LIMIT 1', hash).length > 0
  }

  /** Adds a change, and forgets the oldest ones that are beyond the limits. Call it in a transaction. */
  add(version: Version, replaced: readonly Before[]): void {
    const { sql } = this.storage
    const insert = `INSERT INTO befores (change, section, owner, part, place, text) VALUES (?, ?, ?, ?, ?, ?)`
    let chars = 0
    for (const { section, owner, row } of replaced) {
      chars += owner.length + (row?.text.length ?? 0)
      if (!row) sql.exec(insert, version.id, section, owner, 0, 0, null)
      let part = 0
      for (const text of row ? partsOf(row.text) : []) {
        sql.exec(insert, version.id, section, owner, part++, row?.place ?? 0, text)
      }
    }
    const { id, time, author, reason = null, serial, hash } = version
    sql.exec(
      'INSERT INTO changes (id, time, author, reason, serial, hash, published, chars) VALUES (?, ?, ?, ?, ?, ?, NULL, ?)',
      ...[id, time, author, reason, serial, hash, chars],
    )
    this.prune(time)
  }

  /** Notes that KV has a version, and with it all earlier ones. */
  published(id: number, time: number): void {
    this.storage.sql.exec('UPDATE changes SET published = ? WHERE id <= ? AND published IS NULL', time, id)
  }

  /** Makes the rows of the newest version those of an earlier one. */
  goBack(rows: Rows, to: number): void {
    for (const { id } of this.kept()) {
      if (id <= to) return
      for (const { section, owner, row } of this.befores(id)) {
        if (row) rows.set(section, owner, row)
        else rows.delete(section, owner)
      }
    }
  }

  /**
   * Forgets the oldest changes: those beyond the limits of number, size and age. The age of a version counts from when
   * it was replaced, so that the last version of a deleted zone is kept as long as the others. The newest change and
   * the version before it always stay.
   * @param now milliseconds since the epoch
   */
  prune(now: number): void {
    const kept = this.kept()
    let chars = 0
    let replacedAt = Number.POSITIVE_INFINITY
    for (const [i, { id, time, chars: own }] of kept.entries()) {
      chars += own
      const isBeyond = i >= MAX_LEDGER_CHANGES || chars > MAX_LEDGER_CHARS || replacedAt < now - LEDGER_KEPT_MS
      replacedAt = time
      if (i < 2 || !isBeyond) continue
      this.storage.sql.exec('DELETE FROM befores WHERE change <= ?', id)
      this.storage.sql.exec('DELETE FROM changes WHERE id <= ?', id)
      return
    }
  }

  private befores(change: number): readonly Before[] {
    const query = 'SELECT section, owner, place, text FROM befores WHERE change = ? ORDER BY section, owner, part'
    return joined(rowsOf(this.storage.sql, query, change))
  }

  private kept(): readonly Kept[] {
    return this.rows('SELECT * FROM changes ORDER BY id DESC')
  }

  private rows(query: string, ...bindings: (string | number)[]): readonly Kept[] {
    return rowsOf<Kept>(this.storage.sql, query, ...bindings)
  }

  private version({ id, time, author, reason, serial, hash, published }: Kept): Version {
    return {
      ...{ id, origin: this.origin, serial, hash, time, author },
      ...(reason !== null && { reason }),
      ...(published !== null && { published }),
    }
  }
}
