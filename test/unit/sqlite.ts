import { DatabaseSync } from 'node:sqlite'
import type { SqlStorage } from '../../src/store/index.ts'

/** SQLite as a Durable Object has it: the same database engine, in memory. */
export class Sqlite implements SqlStorage {
  private readonly database = new DatabaseSync(':memory:')
  /** Called before each statement; may throw. */
  before: (query: string) => void = () => {}
  private depth = 0

  readonly sql: SqlStorage['sql'] = {
    exec: (query, ...values) => {
      this.before(query)
      return this.database.prepare(query).all(...values)
    },
  }

  transactionSync<T>(work: () => T): T {
    if (this.depth > 0) return work()
    this.depth++
    this.database.exec('BEGIN')
    try {
      const done = work()
      this.database.exec('COMMIT')
      return done
    } catch (error) {
      this.database.exec('ROLLBACK')
      throw error
    } finally {
      this.depth--
    }
  }
}
