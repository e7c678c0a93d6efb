import { numberAt, ORDER, type Point, pointOf } from './hilbert.ts'
import { type Network, networkAround } from './prefix.ts'

// A view is a network with a prefix of even length, which is a square of the picture: all of IPv4, a /8 or a /16. It is
// cut into cells, the smallest of which are /24. The cursor moves by a sixteenth of the view's side.

/** The prefix lengths of views, from the widest on. */
const VIEW_LENGTHS = [0, 8, 16] as const

/** The longest prefix of a cell, and the number of bits by which cells are finer than their view. */
const CELL_LENGTH = 24
const CELL_BITS = 18

/** The number of bits by which the cursor's networks are finer than their view. */
const CURSOR_BITS = 8
export const CURSOR_SIDE = 2 ** (CURSOR_BITS / 2)

export const cellLengthOf = (view: Network): number => Math.min(CELL_LENGTH, view.length + CELL_BITS)

/** Returns the number of cells along a side of a view. */
export const cellsAcross = (view: Network): number => 2 ** ((cellLengthOf(view) - view.length) / 2)

/** A square of the picture, in /24. */
type Square = Point & { readonly side: number }

/** Returns the square of a network. @param network has a prefix of even length, up to 24 */
export function squareOf({ start, length }: Network): Square {
  const side = 2 ** (ORDER - length / 2)
  const { x, y } = pointOf(Math.floor(start / 256))
  return { x: x - (x % side), y: y - (y % side), side }
}

/** Returns the network at a cell of a view's grid. @param across the cells along a side of the grid */
export function networkAt(view: Network, across: number, { x, y }: Point): Network {
  const square = squareOf(view)
  const side = square.side / across
  const number = numberAt({ x: square.x + x * side, y: square.y + y * side })
  return networkAround(number * 256, view.length + 2 * Math.log2(across))
}

/** Returns the cell of a view's grid that has an address. */
export function cellOf(view: Network, across: number, address: number): Point {
  const square = squareOf(view)
  const side = square.side / across
  const { x, y } = pointOf(Math.floor(address / 256))
  return { x: Math.floor((x - square.x) / side), y: Math.floor((y - square.y) / side) }
}

/** Returns the view that a network of the cursor opens; undefined if its cells would be no finer. */
export const zoomedIn = ({ start, length }: Network): Network | undefined =>
  length < CELL_LENGTH ? networkAround(start, Math.max(...VIEW_LENGTHS.filter((one) => one <= length))) : undefined

/** Returns the view around a view; undefined for all of IPv4. */
export function zoomedOut({ start, length }: Network): Network | undefined {
  const wider = VIEW_LENGTHS.filter((one) => one < length).at(-1)
  return wider === undefined ? undefined : networkAround(start, wider)
}
