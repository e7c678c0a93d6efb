/**
 * Formats rows in columns as wide as their widest cell. The last cell of a row is not padded. Empty columns are left
 * out.
 * @param write decorates a cell's text with codes that take no width, such as colours
 */
export function columns(
  rows: readonly (readonly string[])[],
  write: (text: string, row: number, column: number) => string = (text) => text,
): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  return rows.map((row, r) => {
    const cells = row.flatMap((cell, i) => {
      const width = widths[i] ?? 0
      return width === 0 ? [] : [write(cell, r, i) + ' '.repeat(width - cell.length)]
    })
    return cells.join('  ').trimEnd()
  })
}
