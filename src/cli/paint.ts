import { styleText } from 'node:util'
import { columns } from '../columns.ts'

/** Colours a text, or returns it unchanged. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string

/** Returns a painter that uses no colours for a pipe, a file or NO_COLOR. */
export const paintFor =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream, validateStream: true })

export const plain: Paint = (_, text) => text

/** A cell of a table; `style` colours its text. */
export type Cell = string | { readonly text: string; readonly style: Parameters<typeof styleText>[0] }

/** Returns the rows in columns, with their colours. */
export const table = (rows: readonly (readonly Cell[])[], paint: Paint): string[] =>
  columns(
    rows.map((row) => row.map(textOf)),
    (text, row, column) => {
      const cell = rows[row]?.[column]
      return typeof cell === 'object' ? paint(cell.style, text) : text
    },
  )

export const textOf = (cell: Cell = ''): string => (typeof cell === 'string' ? cell : cell.text)
