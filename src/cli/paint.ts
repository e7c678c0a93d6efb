import { styleText } from 'node:util'

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string

/** No colours where they would not be seen: a pipe, a file, NO_COLOR. */
export const paintFor =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream, validateStream: true })

export const plain: Paint = (_, text) => text

/** A cell of a table; `style` colours its text. */
export type Cell = string | { readonly text: string; readonly style: Parameters<typeof styleText>[0] }

/** Rows in columns as wide as their widest cell. The last cell of a row is not padded; empty columns are left out. */
export function table(rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, textOf(cell).length)
  }
  return rows.map((row) => {
    const cells = row.flatMap((cell, i) => {
      const width = widths[i] ?? 0
      if (width === 0) return []
      const gap = ' '.repeat(width - textOf(cell).length)
      return [typeof cell === 'string' ? cell + gap : paint(cell.style, cell.text) + gap]
    })
    return cells.join('  ').trimEnd()
  })
}

export const textOf = (cell: Cell = ''): string => (typeof cell === 'string' ? cell : cell.text)
