import { NOTHING, type Raster, SEVERAL } from './raster.ts'

/** Red, green and blue. */
type Colour = readonly [red: number, green: number, blue: number]

/**
 * Okabe and Ito's colours, which people with any kind of colour vision tell apart, on light and on dark ground. A
 * colour never stands alone: each branch has letters beside it, and from the ninth on stripes.
 */
export const COLOURS: readonly Colour[] = [
  [0x56, 0xb4, 0xe9],
  [0xe6, 0x9f, 0x00],
  [0x00, 0x9e, 0x73],
  [0xf0, 0xe4, 0x42],
  [0x00, 0x72, 0xb2],
  [0xd5, 0x5e, 0x00],
  [0xcc, 0x79, 0xa7],
  [0x8c, 0x8c, 0x8c],
]

/** Stripes are drawn over the colour: none, one way, the other way, both. */
const STRIPES = 4

/**
 * Returns the number of the colour and of the stripes of a branch. Branches beyond 32 share them, and differ by their
 * letters.
 */
export const styleOf = (number: number): { readonly colour: number; readonly stripes: number } => ({
  colour: number % COLOURS.length,
  stripes: Math.floor(number / COLOURS.length) % STRIPES,
})

/** Returns the letters of a branch: A to Z, AA … */
export function lettersOf(number: number): string {
  const letter = String.fromCharCode(65 + (number % 26))
  return number < 26 ? letter : `${lettersOf(Math.floor(number / 26) - 1)}${letter}`
}

const INK: Colour = [0x1c, 0x1c, 0x1c]
const PAPER: Colour = [0xf2, 0xf2, 0xf2]
/** Pixels between stripes. */
const GAP = 6

/** Returns the colour of a pixel of a branch: that of the branch, or of a stripe over it. */
export function colourAt(number: number, x: number, y: number): Colour {
  if (number === SEVERAL) return (x + y) % 4 < 2 ? INK : PAPER
  const { colour, stripes } = styleOf(number)
  const isStriped = ((stripes & 1) === 1 && (x + y) % GAP === 0) || ((stripes & 2) === 2 && (x - y) % GAP === 0)
  return isStriped ? INK : (COLOURS[colour] as Colour)
}

/**
 * Paints a raster: red, green, blue and opacity of each pixel, row by row. Cells of which nothing is known stay clear.
 * @param size the pixels along a side: as many as cells, or several for each
 */
export function painted({ across, cells }: Raster, size: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * size * 4)
  const scale = size / across
  for (let y = 0, at = 0; y < size; y++) {
    const row = Math.floor(y / scale) * across
    for (let x = 0; x < size; x++, at += 4) {
      const number = cells[row + Math.floor(x / scale)] as number
      if (number === NOTHING) continue
      const [red, green, blue] = colourAt(number, x, y)
      pixels[at] = red
      pixels[at + 1] = green
      pixels[at + 2] = blue
      pixels[at + 3] = 255
    }
  }
  return pixels
}
