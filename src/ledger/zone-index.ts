import { API, type Catalog, KV, rowsOf, type SqlStorage } from '../store/index.ts'
import type { ListedZone } from './calls.ts'

/** A zone as its ledger told of it. `listed` is null where it was deleted. `at`: milliseconds since the epoch. */
type IndexRow = { readonly origin: string; readonly listed: ListedZone | null; readonly at: number }

type StoredRow = { readonly origin: string; readonly listed: string | null; readonly at: number }

/** After so long no catalog shows a deleted zone any more. */
const DELETED_MS = 600_000

/** The zones that ledgers told of, in SQLite. Origins are as in `zoneKey`. */
export class ZoneIndex {
  private readonly storage: SqlStorage

  constructor(storage: SqlStorage) {
    this.storage = storage
    storage.sql.exec('CREATE TABLE IF NOT EXISTS zones (origin TEXT PRIMARY KEY, listed TEXT, at INTEGER)')
    // The cron asks for these each minute, and the platform bills each row that a query looks at.
    storage.sql.exec('CREATE INDEX IF NOT EXISTS zones_deleted ON zones (at) WHERE listed IS NULL')
  }

  set(origin: string, listed: ListedZone | null, at: number): void {
    const text = listed && JSON.stringify(listed)
    this.storage.sql.exec('INSERT OR REPLACE INTO zones (origin, listed, at) VALUES (?, ?, ?)', origin, text, at)
  }

  /** Returns true for a zone that was not deleted. */
  has(origin: string): boolean {
    return rowsOf(this.storage, 'SELECT 1 FROM zones WHERE origin = ? AND listed IS NOT NULL', origin).length > 0
  }

  /** Returns the number of zones that were not deleted. */
  get size(): number {
    return rowsOf<{ n: number }>(this.storage, 'SELECT COUNT(*) AS n FROM zones WHERE listed IS NOT NULL')[0]?.n ?? 0
  }

  rows(): IndexRow[] {
    const rows = rowsOf<StoredRow>(this.storage, 'SELECT origin, listed, at FROM zones')
    return rows.map(({ origin, listed, at }) => ({ origin, listed: listed === null ? null : JSON.parse(listed), at }))
  }

  /** Forgets deleted zones when no catalog shows them any more. */
  forget(now: number): void {
    this.storage.sql.exec('DELETE FROM zones WHERE listed IS NULL AND at < ?', now - DELETED_MS)
  }
}

/**
 * Returns all zones by origin: those of the catalog, as ledgers tell of them where these know better. A zone that a
 * ledger has committed, and that KV does not have yet, is among them, and one that it deleted is not.
 * @param pending origins whose entries in this catalog KV has not taken yet
 */
export function listedZones(
  { zones }: Catalog,
  rows: readonly IndexRow[],
  pending: ReadonlySet<string>,
): readonly ListedZone[] {
  const all = new Map<string, ListedZone>()
  for (const [origin, { serial, hash, by, since, dnssec }] of zones) {
    all.set(origin, {
      ...{ origin: `${origin}.`, serial, hash },
      // An earlier version did not write down when it published.
      changed: since ?? 0,
      author: by === KV || by === API ? by : 'publish',
      published: since,
      kind: 'Native',
      account: '',
      ...(dnssec !== undefined && { isSigned: true }),
    })
  }
  for (const { origin, listed, at } of rows) {
    const published = all.get(origin)
    // A publisher has changed the zone since, and the ledger does not know it yet.
    const isForeign = published !== undefined && published.hash !== listed?.hash && zones.get(origin)?.by !== API
    if (isForeign && published.changed > (listed?.changed ?? at)) continue
    if (listed === null) all.delete(origin)
    else {
      const isPublished = published?.hash === listed.hash && !pending.has(origin)
      const isSigned = published?.isSigned
      all.set(origin, {
        ...listed,
        ...(isSigned && { isSigned }),
        published: listed.published ?? (isPublished ? published.published : undefined),
      })
    }
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, zone]) => zone)
}
