import { ok, type Result } from '../result.ts'
import type { TargetState } from './target-state.ts'
import type { VantageView } from './vantage.ts'
import { END, parseFields, parseVantage, TARGETS } from './vantage-document.ts'
import { fromRow } from './vantage-row.ts'

/**
 * Reads a health document for queries: a row is parsed when its target is first asked for, so that thousands of targets
 * cost nothing until then.
 * @param text of `formatVantage`, known to be as it was written; a row that is not valid nevertheless has no state
 */
export function viewVantage(text: string): Result<VantageView> {
  const end = text.indexOf(TARGETS)
  const fields = end >= 0 && text.endsWith(END) ? parseFields(`${text.slice(0, end)}}`) : undefined
  // A later version may write other fields that contain the same text.
  if (!fields?.ok) return parseVantage(text)
  return ok({ ...fields.value, targets: new WrittenTargets(text, end + TARGETS.length, text.length - END.length) })
}

/**
 * The end of one row and the start of the next, up to the id. A text in a row contains no quote without a backslash.
 */
const BORDER = '],"'

/**
 * Searches after which all rows are parsed at once. 5,000 rows cost as much as some hundred searches, so that few
 * targets never pay for it, and thousands never pay for a search each.
 */
const SEARCHES = 200

/** The rows of a health document, as text: `"<id>":[…],"<id>":[…]`, sorted by id. Offsets are in code units. */
class WrittenTargets {
  private readonly text: string
  /** The offset of the first row, and the one behind the last row. */
  private readonly start: number
  private readonly end: number
  /** The states that were asked for, each a row of the document; all of them once they are read at once. */
  private readonly known = new Map<string, TargetState>()
  private searches = 0
  private isWhole = false

  constructor(text: string, start: number, end: number) {
    this.text = text
    this.start = start
    this.end = end
  }

  get(id: string): TargetState | undefined {
    if (this.searches === SEARCHES) this.readAll()
    const known = this.known.get(id)
    if (known || this.isWhole) return known
    this.searches++
    const row = this.search(id)
    if (row === undefined) return undefined
    const state = stateOf(this.text.slice(row + id.length + '"":'.length, this.endOf(row)))
    if (state) this.known.set(id, state)
    return state
  }

  /** Reads nothing if a row is no JSON: then each is searched. */
  private readAll(): void {
    this.searches++
    try {
      const rows: Record<string, unknown> = JSON.parse(`{${this.text.slice(this.start, this.end)}}`)
      for (const id in rows) {
        const state = fromRow(rows[id])
        if (state) this.known.set(id, state)
      }
      this.isWhole = true
    } catch {}
  }

  private search(wanted: string): number | undefined {
    let [low, high] = [this.start, this.end]
    while (low < high) {
      const row = this.rowAround((low + high) >>> 1)
      const id = this.idOf(row)
      if (id === wanted) return row
      if (wanted < id) high = row
      else low = this.endOf(row) + 1
    }
    return undefined
  }

  private idOf(row: number): string {
    return this.text.slice(row + 1, this.text.indexOf('"', row + 1))
  }

  /** Returns the offset of the row that contains an offset. */
  private rowAround(offset: number): number {
    let border = offset - 1
    do {
      border = this.text.lastIndexOf(BORDER, border - 1)
      if (border < this.start) return this.start
    } while (!this.isBorder(border))
    return border + 2
  }

  /** Returns the offset behind a row. */
  private endOf(row: number): number {
    let border = row
    do {
      border = this.text.indexOf(BORDER, border + 1)
      if (border < 0) return this.end
    } while (!this.isBorder(border))
    return border + 1
  }

  /** Returns false for the end of a text in a row, as of `"[a],"`: a comma or a bracket follows its quote. */
  private isBorder(offset: number): boolean {
    const next = this.text[offset + BORDER.length]
    return next !== ',' && next !== ']'
  }
}

function stateOf(row: string): TargetState | undefined {
  try {
    return fromRow(JSON.parse(row))
  } catch {
    return undefined
  }
}
