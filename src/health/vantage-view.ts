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

/** The end of one row and the start of the next, up to the id. A text in a row contains no quote without a backslash. */
const BORDER = '],"'

/**
 * Searches after which all rows are indexed. An index of 5,000 rows costs as much as some hundred searches, so that few
 * targets never pay for it, and thousands never pay for a search each.
 */
const SEARCHES = 200

/** The rows of a health document, as text: `"<id>":[…],"<id>":[…]`, sorted by id. Offsets are in code units. */
class WrittenTargets {
  private readonly text: string
  /** The offset of the first row, and the one behind the last row. */
  private readonly start: number
  private readonly end: number
  /** The states that were asked for, each a row of the document. */
  private readonly known = new Map<string, TargetState>()
  private searches = 0
  /** The offset of each row, by id. */
  private index: ReadonlyMap<string, number> | undefined

  constructor(text: string, start: number, end: number) {
    this.text = text
    this.start = start
    this.end = end
  }

  get(id: string): TargetState | undefined {
    const known = this.known.get(id)
    if (known) return known
    const state = this.find(id)
    if (state) this.known.set(id, state)
    return state
  }

  private find(id: string): TargetState | undefined {
    const row = this.offsetOf(id)
    return row === undefined ? undefined : stateOf(this.text.slice(row + id.length + '"":'.length, this.endOf(row)))
  }

  private offsetOf(id: string): number | undefined {
    if (!this.index && this.searches++ < SEARCHES) return this.search(id)
    this.index ??= this.indexed()
    return this.index.get(id)
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

  private indexed(): ReadonlyMap<string, number> {
    const index = new Map<string, number>()
    for (let row = this.start; row < this.end; row = this.endOf(row) + 1) index.set(this.idOf(row), row)
    return index
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
