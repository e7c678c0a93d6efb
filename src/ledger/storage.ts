import { partsOf } from '../store/index.ts'

/** A value of a column. */
export type SqlValue = string | number | null

export type SqlRow = Readonly<Record<string, unknown>>

/**
 * The storage of a ledger. That of a Durable Object with SQLite has this shape. Writes without a wait between them are
 * stored together or not at all.
 */
export type LedgerStorage = {
  readonly sql: { exec(query: string, ...bindings: SqlValue[]): Iterable<SqlRow> }
  /** Does all of the work or, if it throws, nothing. */
  transactionSync<T>(work: () => T): T
  /** @param at milliseconds since the epoch */
  setAlarm(at: number): Promise<void>
  deleteAlarm(): Promise<void>
  deleteAll(): Promise<void>
}

type Sql = LedgerStorage['sql']

/** Reads all rows at once: a cursor must not be open while something is written. */
export const rowsOf = <T extends SqlRow>(sql: Sql, query: string, ...bindings: SqlValue[]): readonly T[] => [
  ...(sql.exec(query, ...bindings) as Iterable<T>),
]

/** Returns true if something was stored before. */
export const hasTables = ({ sql }: LedgerStorage): boolean =>
  rowsOf(sql, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'changes'").length > 0

/**
 * Makes the tables. `rows` is the newest document, `befores` what each change replaced (a null text: nothing was
 * there), `texts` what else is kept. A text that is longer than a value may be is in several parts.
 */
export function makeTables({ sql }: LedgerStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS rows (
    section INTEGER NOT NULL, owner TEXT NOT NULL, part INTEGER NOT NULL, place REAL NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (section, owner, part)) WITHOUT ROWID`)
  sql.exec(`CREATE TABLE IF NOT EXISTS changes (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, author TEXT NOT NULL, reason TEXT, serial INTEGER NOT NULL,
    hash TEXT NOT NULL, published REAL, chars INTEGER NOT NULL)`)
  sql.exec(`CREATE TABLE IF NOT EXISTS befores (
    change INTEGER NOT NULL, section INTEGER NOT NULL, owner TEXT NOT NULL, part INTEGER NOT NULL,
    place REAL NOT NULL, text TEXT, PRIMARY KEY (change, section, owner, part)) WITHOUT ROWID`)
  sql.exec(`CREATE TABLE IF NOT EXISTS texts (
    name TEXT NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (name, part)) WITHOUT ROWID`)
}

/** Returns a text that is kept under a name. */
export function readText({ sql }: LedgerStorage, name: string): string | undefined {
  const parts = rowsOf<{ text: string }>(sql, 'SELECT text FROM texts WHERE name = ? ORDER BY part', name)
  return parts.length > 0 ? parts.map(({ text }) => text).join('') : undefined
}

/** Keeps a text under a name; null removes it. */
export function writeText({ sql }: LedgerStorage, name: string, text: string | null): void {
  sql.exec('DELETE FROM texts WHERE name = ?', name)
  if (text === null) return
  let part = 0
  for (const one of partsOf(text)) sql.exec('INSERT INTO texts (name, part, text) VALUES (?, ?, ?)', name, part++, one)
}
