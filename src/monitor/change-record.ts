import { MAX_EVENT_REPLY, MAX_RECORD_MS, MAX_RECORD_ROWS } from '../limits.ts'
import { type Difference, type EventJson, type EventQuery, eventJson, type StateChange } from '../notify/index.ts'
import { rowsOf, type SqlStorage } from '../store/index.ts'

/** The record of changes: the newest ones, for a month. */
export class ChangeRecord {
  private readonly storage: SqlStorage

  constructor(storage: SqlStorage) {
    this.storage = storage
  }

  /**
   * Adds changes, if any, in one transaction, and drops what is too old, or too much.
   * @param at when they were found
   */
  add(changes: readonly Difference[], at: number): void {
    for (const { key, now, event } of changes) {
      const body = event && JSON.stringify(eventJson(event, at, now.about))
      this.storage.sql.exec(
        'INSERT INTO record (at, subject, state, by, event, body) VALUES (?, ?, ?, ?, ?, ?)',
        ...[at, key, now.shown, now.about.by ?? null, event ?? null, body ?? null],
      )
    }
    this.prune(at)
  }

  /** Reads the rows that go, and few others: rows stand in the order of time. */
  private prune(now: number): void {
    const [newest] = rowsOf<{ id: number | null }>(this.storage, 'SELECT MAX(id) AS id FROM record')
    if (newest?.id == null) return
    const first = 'SELECT id FROM record WHERE at >= ? ORDER BY id LIMIT 1'
    const [young] = rowsOf<{ id: number }>(this.storage, first, now - MAX_RECORD_MS)
    const kept = Math.max(newest.id - MAX_RECORD_ROWS, young ? young.id - 1 : newest.id)
    this.storage.sql.exec('DELETE FROM record WHERE id <= ?', kept)
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

const wanted = ({ zone, target, pool }: EventQuery): string =>
  [
    zone === undefined ? '' : " AND json_extract(body, '$.zone') = ?",
    target === undefined ? '' : " AND json_extract(body, '$.targets[0]') = ?",
    pool === undefined ? '' : " AND json_extract(body, '$.pool') = ?",
  ].join('')

const values = ({ zone, target, pool }: EventQuery): string[] =>
  [zone, target, pool].filter((value) => value !== undefined)
