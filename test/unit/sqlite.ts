import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { SqlStorage } from '../../src/store/index.ts'

/** Returns a function that prepares each statement once, as a Durable Object does. */
export function preparedIn(database: DatabaseSync): (query: string) => StatementSync {
  const prepared = new Map<string, StatementSync>()
  return (query) => {
    const known = prepared.get(query) ?? database.prepare(query)
    prepared.set(query, known)
    return known
  }
}

/** SQLite as a Durable Object has it: the same database engine, in memory. */
export class Sqlite implements SqlStorage {
  private readonly database = new DatabaseSync(':memory:')
  private readonly prepared = preparedIn(this.database)
  /** Called before each statement; may throw. */
  before: (query: string) => void = () => {}
  private depth = 0

  readonly sql: SqlStorage['sql'] = {
    exec: (query, ...values) => {
      this.before(query)
      return this.prepared(query).all(...values)
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
