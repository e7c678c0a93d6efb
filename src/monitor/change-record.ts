import { MAX_EVENT_REPLY, MAX_RECORD_MS, MAX_RECORD_ROWS } from '../limits.ts'
import { type Difference, type EventJson, type EventQuery, eventJson, type StateChange } from '../notify/index.ts'
import { rowsOf, type SqlStorage } from '../store/index.ts'

/** The record of changes: the newest ones, for a month. */
export class ChangeRecord {
  private readonly storage: SqlStorage
  private added = 0

  constructor(storage: SqlStorage) {
    this.storage = storage
  }

  /** Adds changes in one transaction. @param at when they were found */
  add(changes: readonly Difference[], at: number): void {
    for (const { key, now, event } of changes) {
      const body = event && JSON.stringify(eventJson(event, at, now.about))
      this.storage.sql.exec(
        'INSERT INTO record (at, subject, state, by, event, body) VALUES (?, ?, ?, ?, ?, ?)',
        ...[at, key, now.shown, now.about.by ?? null, event ?? null, body ?? null],
      )
    }
    this.added += changes.length
    if (this.added > PRUNED_EVERY) this.prune(at)
  }

  /** Drops what is too old, or too much. */
  prune(now: number): void {
    this.added = 0
    const [newest] = rowsOf<{ id: number | null }>(this.storage, 'SELECT MAX(id) AS id FROM record')
    this.storage.sql.exec('DELETE FROM record WHERE id <= ?', (newest?.id ?? 0) - MAX_RECORD_ROWS)
    this.storage.sql.exec('DELETE FROM record WHERE at < ?', now - MAX_RECORD_MS)
  }

  /** Returns events, the newest first. */
  events(query: EventQuery): EventJson[] {
    const { from = 0, to = Number.MAX_SAFE_INTEGER, limit = 100 } = query
    const events: EventJson[] = []
    const rows = rowsOf<{ body: string }>(
      this.storage,
      `SELECT body FROM record WHERE event IS NOT NULL AND at >= ? AND at <= ?${wanted(query)} ORDER BY id DESC LIMIT ?`,
      ...[from, to, ...values(query), Math.min(limit, MAX_EVENT_REPLY)],
    )
    for (const { body } of rows) events.push(JSON.parse(body) as EventJson)
    return events
  }

  /**
   * Returns the states of targets, the oldest change first, with the last one before `from`.
   * @param keys those of the targets
   */
  changes(keys: readonly string[], from: number, to: number): StateChange[] {
    return keys.flatMap((key) => {
      const before = rowsOf<ChangeRow>(this.storage, `${CHANGES} at < ? ORDER BY id DESC LIMIT 1`, key, from)
      const within = rowsOf<ChangeRow>(
        this.storage,
        `${CHANGES} at >= ? AND at <= ? ORDER BY id DESC LIMIT ?`,
        ...[key, from, to, MAX_EVENT_REPLY],
      )
      const check = key.split(' ')[1] ?? ''
      return [...within, ...before].reverse().map(({ at, state, by }) => ({
        check,
        at: new Date(at).toISOString(),
        state,
        ...(by !== null && { by }),
      }))
    })
  }
}

type ChangeRow = { readonly at: number; readonly state: string; readonly by: string | null }

const CHANGES = 'SELECT at, state, by FROM record WHERE subject = ? AND'

/** Rows are few beside what a reader gets, so that the newest are simply looked through. */
const PRUNED_EVERY = 500

const wanted = ({ zone, target, pool }: EventQuery): string =>
  [
    zone === undefined ? '' : " AND json_extract(body, '$.zone') = ?",
    target === undefined ? '' : " AND json_extract(body, '$.targets[0]') = ?",
    pool === undefined ? '' : " AND json_extract(body, '$.pool') = ?",
  ].join('')

const values = ({ zone, target, pool }: EventQuery): string[] =>
  [zone, target, pool].filter((value) => value !== undefined)
