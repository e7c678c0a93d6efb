import type { ZoneDocument } from '../zone/index.ts'
import { placesOf } from './places.ts'
import { ownersOf, type Row, Rows, SHELL, shellOf } from './sections.ts'
import { type LedgerStorage, partsOf, rowsOf } from './storage.ts'

/** What a row was before a change: undefined if it was not there. */
export type Before = { readonly section: number; readonly owner: string; readonly row: Row | undefined }

type Stored = {
  readonly section: number
  readonly owner: string
  readonly place: number
  readonly text: string | null
}

/**
 * The newest document, in rows of SQLite. A change writes the rows that differ. It knows in memory where each owner
 * stands, and what the text of a row is only from the document.
 */
export class WrittenDocument {
  private readonly storage: LedgerStorage
  private readonly places = new Map<number, Map<string, number>>()
  private present: ZoneDocument | undefined
  private shell: string | undefined

  constructor(storage: LedgerStorage) {
    this.storage = storage
    this.load()
  }

  get document(): ZoneDocument | undefined {
    return this.present
  }

  /** Returns all rows as they are stored, to go back from. */
  rows(): Rows {
    const rows = new Rows()
    const query = 'SELECT section, owner, place, text FROM rows ORDER BY section, owner, part'
    for (const { section, owner, row } of joined(rowsOf<Stored>(this.storage.sql, query))) {
      if (row) rows.set(section, owner, row)
    }
    return rows
  }

  /**
   * Replaces the document. Call it in a transaction, and `load` if that one fails.
   * @param after undefined to delete it
   * @returns what was replaced
   */
  replace(after: ZoneDocument | undefined): readonly Before[] {
    const { present: before, shell } = this
    const replaced: Before[] = []
    const change = (section: number, owner: string, was: Row | undefined, is: Row | undefined): void => {
      replaced.push({ section, owner, row: was })
      this.write(section, owner, is)
    }
    const next = after && shellOf(after)
    if (next !== shell) {
      const row = (text: string | undefined): Row | undefined => (text === undefined ? undefined : { place: 0, text })
      change(SHELL, '', row(shell), row(next))
    }
    const old = new Map(before && ownersOf(before))
    for (const [section, owners] of after ? ownersOf(after) : [...old.keys()].map((key) => [key, {}] as const)) {
      this.replaceSection(section, old.get(section) ?? {}, owners, change)
    }
    this.present = after
    this.shell = next
    return replaced
  }

  /** Reads what is stored. */
  load(): void {
    const rows = this.rows()
    this.present = rows.document()
    this.shell = rows.get(SHELL, '')?.text
    this.places.clear()
    if (!this.present) return
    for (const [section, owners] of ownersOf(this.present)) {
      const places = Object.keys(owners).map((owner) => [owner, rows.get(section, owner)?.place as number] as const)
      this.places.set(section, new Map(places))
    }
  }

  private replaceSection(
    section: number,
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
    change: (section: number, owner: string, was: Row | undefined, is: Row | undefined) => void,
  ): void {
    const places = this.places.get(section) ?? new Map<string, number>()
    const old = new Map(Object.entries(before))
    const owners = Object.keys(after)
    const next = placesOf(owners, places)
    for (const [i, owner] of owners.entries()) {
      const place = next[i] as number
      const was = old.get(owner)
      const is = after[owner]
      const placed = places.get(owner)
      old.delete(owner)
      if (placed === place && was === is) continue
      const [wasText, isText] = [placed === undefined ? undefined : JSON.stringify(was), JSON.stringify(is)]
      if (placed === place && wasText === isText) continue
      change(section, owner, rowOf(placed, wasText), { place, text: isText })
    }
    for (const [owner, was] of old) change(section, owner, rowOf(places.get(owner), JSON.stringify(was)), undefined)
    this.places.set(section, new Map(owners.map((owner, i) => [owner, next[i] as number])))
  }

  private write(section: number, owner: string, row: Row | undefined): void {
    const { sql } = this.storage
    sql.exec('DELETE FROM rows WHERE section = ? AND owner = ?', section, owner)
    if (!row) return
    const insert = 'INSERT INTO rows (section, owner, part, place, text) VALUES (?, ?, ?, ?, ?)'
    let part = 0
    for (const text of partsOf(row.text)) sql.exec(insert, section, owner, part++, row.place, text)
  }
}

const rowOf = (place: number | undefined, text: string | undefined): Row | undefined =>
  place === undefined || text === undefined ? undefined : { place, text }

/** Puts the parts of rows together, which are ordered by section, owner and part. */
export function joined(stored: readonly Stored[]): readonly Before[] {
  const rows: { section: number; owner: string; place: number; text: string | null }[] = []
  for (const { section, owner, place, text } of stored) {
    const last = rows.at(-1)
    if (last?.section === section && last.owner === owner) last.text = (last.text ?? '') + (text ?? '')
    else rows.push({ section, owner, place, text })
  }
  return rows.map(({ section, owner, place, text }) => ({
    section,
    owner,
    row: text === null ? undefined : { place, text },
  }))
}
