import { partsOf } from '../store/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { placesOf } from './places.ts'
import { ownersOf, type Row, Rows, SHELL, shellOf } from './sections.ts'
import { type LedgerStorage, rowsOf } from './storage.ts'

/** A row before a change: undefined if it was not there. */
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
  private readonly sections = new Map<number, Owners>()
  private present: ZoneDocument | undefined
  private shell: string | undefined

  constructor(storage: LedgerStorage) {
    this.storage = storage
    this.load()
  }

  get document(): ZoneDocument | undefined {
    return this.present
  }

  /** Takes another object with the same content, whose parts others know. */
  use(document: ZoneDocument): void {
    if (this.present) this.present = document
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
    this.sections.clear()
    if (!this.present) return
    for (const [section, fields] of ownersOf(this.present)) {
      const owners = Object.keys(fields)
      const places = owners.map((owner) => [owner, rows.get(section, owner)?.place as number] as const)
      this.sections.set(section, { owners, places: new Map(places) })
    }
  }

  /** Compares the owners of a section. Most changes leave most of them as they are, and in their order. */
  private replaceSection(
    section: number,
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
    change: (section: number, owner: string, was: Row | undefined, is: Row | undefined) => void,
  ): void {
    const { owners: known, places } = this.sections.get(section) ?? NO_OWNERS()
    const owners = Object.keys(after)
    const [start, end] = differing(known, owners)
    const gone = known.slice(start, known.length - (owners.length - end))
    const coming = owners.slice(start, end)
    const old = new Map(
      gone.map((owner) => [owner, { place: places.get(owner) as number, text: JSON.stringify(before[owner]) }]),
    )
    const next = this.placesBetween(owners, start, end, places)
    for (const owner of gone) places.delete(owner)
    for (const [i, owner] of coming.entries()) {
      const [was, is] = [old.get(owner), { place: next?.[i] ?? start + i, text: JSON.stringify(after[owner]) }]
      old.delete(owner)
      places.set(owner, is.place)
      if (was?.place !== is.place || was.text !== is.text) change(section, owner, was, is)
    }
    for (const [owner, was] of old) change(section, owner, was, undefined)
    for (const [i, owner] of owners.entries()) {
      if (i >= start && i < end) continue
      const place = places.get(owner) as number
      const now = next ? place : i
      if (before[owner] === after[owner] && now === place) continue
      const [was, is] = [
        { place, text: JSON.stringify(before[owner]) },
        { place: now, text: JSON.stringify(after[owner]) },
      ]
      places.set(owner, now)
      if (now !== place || was.text !== is.text) change(section, owner, was, is)
    }
    this.sections.set(section, { owners, places })
  }

  /** Returns places for the owners from `start` to `end`, between their neighbours; undefined if all need new ones. */
  private placesBetween(
    owners: readonly string[],
    start: number,
    end: number,
    places: ReadonlyMap<string, number>,
  ): readonly number[] | undefined {
    if (start === end) return []
    const from = Math.max(0, start - 1)
    return placesOf(owners.slice(from, end + 1), places)?.slice(start - from, start - from + end - start)
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

/** The owners of a section, in their order, and the place of each. */
type Owners = { readonly owners: readonly string[]; readonly places: Map<string, number> }

const NO_OWNERS = (): Owners => ({ owners: [], places: new Map() })

/** Returns the first place at which two lists differ, and the end of that part of the second list. */
function differing(one: readonly string[], other: readonly string[]): readonly [start: number, end: number] {
  const least = Math.min(one.length, other.length)
  let start = 0
  while (start < least && one[start] === other[start]) start++
  let same = 0
  while (same < least - start && one[one.length - 1 - same] === other[other.length - 1 - same]) same++
  return [start, other.length - same]
}

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
