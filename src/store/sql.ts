export type SqlValue = string | number | null

type SqlRow = Readonly<Record<string, unknown>>

/** The SQLite database of a Durable Object, as its storage has it. A value has at most 2 MB. */
export type SqlStorage = {
  readonly sql: { exec(query: string, ...values: SqlValue[]): Iterable<SqlRow> }
  /** Does all of the work or, if it throws, nothing. */
  transactionSync<T>(work: () => T): T
}

/** Reads all rows at once: a cursor must not be open while something is written. */
export const rowsOf = <T extends SqlRow>({ sql }: SqlStorage, query: string, ...values: SqlValue[]): T[] =>
  Array.from(sql.exec(query, ...values) as Iterable<T>)
