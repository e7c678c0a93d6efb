import { holds, type Network } from './prefix.ts'
import { cellLengthOf, cellsAcross, squareOf } from './view.ts'

/** A network, and the number of what its clients get. */
export type NumberedNetwork = Network & { readonly number: number }

/** The number of cells that nothing is known of, and of those with several branches. */
export const NOTHING = 0xffff
export const SEVERAL = 0xfffe

/** The numbers of a view's cells, row by row. */
export type Raster = { readonly across: number; readonly cells: Uint16Array }

/** Draws networks: each cell has the number of its clients, or `SEVERAL`. */
export function rasterOf(view: Network, networks: Iterable<NumberedNetwork>): Raster {
  const across = cellsAcross(view)
  const cells = new Uint16Array(across * across).fill(NOTHING)
  const longest = cellLengthOf(view)
  for (const { start, length, number } of networks) {
    if (!holds(length < view.length ? { start, length } : view, length < view.length ? view.start : start)) continue
    if (length > longest) mark(cells, across, view, start, number)
    else if (length <= view.length) cells.fill(number)
    else if (length % 2 === 0) fill(cells, across, view, { start, length }, number)
    else {
      // A prefix of odd length is two squares.
      fill(cells, across, view, { start, length: length + 1 }, number)
      fill(cells, across, view, { start: start + 2 ** (31 - length), length: length + 1 }, number)
    }
  }
  return { across, cells }
}

function fill(cells: Uint16Array, across: number, view: Network, network: Network, number: number): void {
  const { left, top, side } = placeIn(view, across, network)
  for (let y = top; y < top + side; y++) cells.fill(number, y * across + left, y * across + left + side)
}

/**
 * Adds a network that is smaller than a cell: others in it have other numbers, since neighbours with the same are one.
 */
function mark(cells: Uint16Array, across: number, view: Network, start: number, number: number): void {
  const { left, top } = placeIn(view, across, { start, length: cellLengthOf(view) })
  const at = top * across + left
  cells[at] = cells[at] === NOTHING || cells[at] === number ? number : SEVERAL
}

function placeIn(view: Network, across: number, network: Network): { left: number; top: number; side: number } {
  const whole = squareOf(view)
  const square = squareOf(network)
  const unit = whole.side / across
  return { left: (square.x - whole.x) / unit, top: (square.y - whole.y) / unit, side: square.side / unit }
}
