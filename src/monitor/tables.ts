import { rowsOf, type SqlStorage } from '../store/index.ts'

/** The tables of the monitor. Times are milliseconds since the epoch. */
const TABLES = [
  // The state in which each subject was last seen, as JSON.
  'seen (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  // Changes, the oldest first. `subject` is the key of what changed, `event` its name if it is one, `body` the event as
  // JSON.
  'record (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL, by TEXT, event TEXT, body TEXT)',
  // Latencies: a row for each vantage point and five minutes, three characters for each number of a target.
  'latency (vantage TEXT NOT NULL, at INTEGER NOT NULL, size INTEGER NOT NULL, ms TEXT NOT NULL, PRIMARY KEY (vantage, at))',
  'numbers (id TEXT PRIMARY KEY, number INTEGER NOT NULL, gone INTEGER) WITHOUT ROWID',
  // The state that an audience was told of a subject, as JSON, while another one is so, or lately was.
  'told (audience TEXT NOT NULL, hold INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (audience, hold, key)) WITHOUT ROWID',
  'messages (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  // Messages that wait for a receiver, in order.
  'queue (id INTEGER PRIMARY KEY, receiver TEXT NOT NULL, message TEXT NOT NULL, part INTEGER NOT NULL, tries INTEGER NOT NULL, due INTEGER NOT NULL)',
  // The outcome of the last deliveries of each receiver, as JSON.
  'receivers (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  'meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
] as const

/** The platform bills each row that a query reads: none may look through a whole table at each look. */
const INDICES = [
  'record_subject ON record (subject, at)',
  'queue_receiver ON queue (receiver, id)',
  'latency_at ON latency (at)',
] as const

export function createTables({ sql }: SqlStorage): void {
  for (const table of TABLES) sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`)
  for (const index of INDICES) sql.exec(`CREATE INDEX IF NOT EXISTS ${index}`)
}

/** Single values, as JSON. */
export class Meta {
  private readonly storage: SqlStorage

  constructor(storage: SqlStorage) {
    this.storage = storage
  }

  get<T>(key: string): T | undefined {
    const [row] = rowsOf<{ value: string }>(this.storage, 'SELECT value FROM meta WHERE key = ?', key)
    return row && (JSON.parse(row.value) as T)
  }

  set(key: string, value: unknown): void {
    this.storage.sql.exec('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, JSON.stringify(value))
  }
}
