import type { ZoneDocument } from '../zone/index.ts'

/**
 * A document in the form of rows: everything but its owners, and its owners by the field that they stand in. The
 * owners of a section are in their order, so that the document is put together again octet by octet.
 */
export const SHELL = 0
const RECORDS = 1
const API = 2

/** The sections that have owners. */
const OWNED = [RECORDS, API] as const

type Fields = Readonly<Record<string, unknown>>

/**
 * The fields of a document that are not owners, as JSON. Owners have left a mark, which keeps the order of the fields.
 */
export function shellOf(document: ZoneDocument): string {
  const { api } = document
  const rrsets = api?.rrsets === undefined ? {} : { api: { ...api, rrsets: null } }
  return JSON.stringify({ ...document, records: null, ...rrsets })
}

/** Returns the owners of a document by section. */
export function* ownersOf({ records, api }: ZoneDocument): Generator<readonly [section: number, owners: Fields]> {
  yield [RECORDS, records]
  yield [API, api?.rrsets ?? {}]
}

/** A row as it is kept: `place` orders the rows of a section. */
export type Row = { readonly place: number; readonly text: string }

/** The rows of a document, by section and owner. */
export class Rows {
  private readonly sections = new Map<number, Map<string, Row>>()

  get(section: number, owner: string): Row | undefined {
    return this.sections.get(section)?.get(owner)
  }

  set(section: number, owner: string, row: Row): void {
    const owners = this.sections.get(section)
    if (owners) owners.set(owner, row)
    else this.sections.set(section, new Map([[owner, row]]))
  }

  delete(section: number, owner: string): void {
    this.sections.get(section)?.delete(owner)
  }

  /** Puts the document together; undefined if there is none. */
  document(): ZoneDocument | undefined {
    const shell = this.get(SHELL, '')
    if (!shell) return undefined
    const document = JSON.parse(shell.text)
    const [records, rrsets] = OWNED.map((section) => this.owners(section))
    document.records = records
    if (document.api?.rrsets === null) document.api.rrsets = rrsets
    return document as ZoneDocument
  }

  private owners(section: number): Fields {
    const rows = [...(this.sections.get(section) ?? [])].sort(([, a], [, b]) => a.place - b.place)
    return Object.fromEntries(rows.map(([owner, { text }]) => [owner, JSON.parse(text)]))
  }
}
