/** The curve has a point for each /24 of IPv4: 4096 by 4096. */
export const ORDER = 12
export const SIDE = 2 ** ORDER

export type Point = { readonly x: number; readonly y: number }

/** Returns the place of a /24 in the picture, by its number: the first 24 bits of its addresses. */
export function pointOf(number: number): Point {
  let x = 0
  let y = 0
  for (let size = 1, left = number; size < SIDE; size *= 2, left >>>= 2) {
    const right = (left >>> 1) & 1
    const down = (left ^ right) & 1
    if (down === 0) [x, y] = turned(x, y, size, right)
    x += size * right
    y += size * down
  }
  return { x, y }
}

/** Returns the number of the /24 at a place in the picture. */
export function numberAt(point: Point): number {
  let { x, y } = point
  let number = 0
  for (let size = SIDE / 2; size >= 1; size /= 2) {
    const right = (x & size) > 0 ? 1 : 0
    const down = (y & size) > 0 ? 1 : 0
    number += size * size * ((3 * right) ^ down)
    x &= size - 1
    y &= size - 1
    if (down === 0) [x, y] = turned(x, y, size, right)
  }
  return number
}

/** Turns a quarter of the picture, so that the curve goes on where it came from. */
function turned(x: number, y: number, size: number, right: number): [number, number] {
  return right === 1 ? [size - 1 - y, size - 1 - x] : [y, x]
}
