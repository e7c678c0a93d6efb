import type { Point } from './hilbert.ts'
import { NOTHING, type Raster, SEVERAL } from './raster.ts'

/** The middle of the largest square of a branch, and its side, in cells. */
type Label = Point & { readonly number: number; readonly side: number }

/** Finds the place of each branch's letters: in its largest square. */
export function labelsOf({ across, cells }: Raster): Label[] {
  const best = new Map<number, Label>()
  // The side of the largest square that ends at a cell, from its neighbours'.
  let above = new Uint16Array(across)
  for (let y = 0; y < across; y++) {
    const row = new Uint16Array(across)
    for (let x = 0; x < across; x++) {
      const number = cells[y * across + x] as number
      const isSame = (dx: number, dy: number): boolean => cells[(y - dy) * across + x - dx] === number
      const grows = x > 0 && y > 0 && isSame(1, 0) && isSame(0, 1) && isSame(1, 1)
      const side = grows ? 1 + Math.min(row[x - 1] as number, above[x] as number, above[x - 1] as number) : 1
      row[x] = side
      if (number === NOTHING || number === SEVERAL || side <= (best.get(number)?.side ?? 0)) continue
      best.set(number, { number, side, x: x + 1 - side / 2, y: y + 1 - side / 2 })
    }
    above = row
  }
  return [...best.values()]
}
