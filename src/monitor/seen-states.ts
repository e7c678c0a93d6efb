import type { Difference, Seen } from '../notify/index.ts'
import { rowsOf, type SqlStorage } from '../store/index.ts'

/** The state in which each subject was last seen: in memory, and in the storage, where only changes are written. */
export class SeenStates {
  readonly states = new Map<string, Seen>()
  private readonly storage: SqlStorage

  constructor(storage: SqlStorage) {
    this.storage = storage
    for (const { key, value } of rowsOf<{ key: string; value: string }>(storage, 'SELECT key, value FROM seen'))
      this.states.set(key, JSON.parse(value) as Seen)
  }

  get hasVantages(): boolean {
    return [...this.states.values()].some(({ kind }) => kind === 'vantage')
  }

  /** Takes changes over, in one transaction. */
  take(changes: readonly Difference[]): void {
    for (const { key, now, isGone } of changes) {
      if (isGone) {
        this.states.delete(key)
        this.storage.sql.exec('DELETE FROM seen WHERE key = ?', key)
      } else {
        this.states.set(key, now)
        this.storage.sql.exec('INSERT OR REPLACE INTO seen (key, value) VALUES (?, ?)', key, JSON.stringify(now))
      }
    }
  }
}
