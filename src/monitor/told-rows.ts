import { type Bucket, type Outgoing, Telling, type ToldRow } from '../notify/index.ts'
import { rowsOf, type SqlStorage } from '../store/index.ts'
import { Meta } from './tables.ts'

/** Reads what audiences were told. */
export function loadTelling(storage: SqlStorage): Telling {
  const rows = rowsOf<{ value: string }>(storage, 'SELECT value FROM told')
  const buckets = new Meta(storage).get<[string, Bucket][]>('buckets') ?? []
  return new Telling(
    rows.map(({ value }) => JSON.parse(value) as ToldRow),
    buckets,
  )
}

/** Keeps what has changed, in one transaction. @param now milliseconds since the epoch */
export function keepTelling(telling: Telling, storage: SqlStorage, outgoing: readonly Outgoing[], now: number): void {
  for (const { key, audience, row } of telling.changes()) {
    const at = [audience.audience, audience.hold, key]
    if (row)
      storage.sql.exec(
        'INSERT OR REPLACE INTO told (audience, hold, key, value) VALUES (?, ?, ?, ?)',
        ...at,
        JSON.stringify(row),
      )
    else storage.sql.exec('DELETE FROM told WHERE audience = ? AND hold = ? AND key = ?', ...at)
  }
  if (outgoing.length > 0) new Meta(storage).set('buckets', telling.kept(now))
}
