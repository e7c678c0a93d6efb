import { CURSOR_SIDE, type Point } from '../map/index.ts'

/** The marks over the colours: letters in their squares, the cursor, and the client's place. Places are in cells. */
type Marks = {
  readonly across: number
  readonly labels: readonly (Point & { readonly side: number; readonly text: string })[]
  readonly cursor: Point
  readonly own: Point | undefined
}

/** A square has letters if it is at least this part of the picture. */
const LEAST_SQUARE = 1 / 24

/** Draws the marks. Each is dark with a light edge, so that it is seen on any colour. */
export function drawMarks(canvas: HTMLCanvasElement, { across, labels, cursor, own }: Marks): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const size = canvas.width
  const unit = size / across
  context.clearRect(0, 0, size, size)
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  for (const { x, y, side, text } of labels) {
    if (side / across < LEAST_SQUARE) continue
    const height = Math.min(size / 12, Math.max(size / 32, side * unit * 0.4))
    context.font = `600 ${height}px system-ui, sans-serif`
    context.lineWidth = height / 5
    context.strokeStyle = '#ffffff'
    context.strokeText(text, x * unit, y * unit)
    context.fillStyle = '#111111'
    context.fillText(text, x * unit, y * unit)
  }
  if (own) ring(context, (own.x + 0.5) * unit, (own.y + 0.5) * unit, size / 64)
  const cell = size / CURSOR_SIDE
  for (const [colour, width] of EDGES) {
    context.strokeStyle = colour
    context.lineWidth = width
    context.strokeRect(cursor.x * cell + 3, cursor.y * cell + 3, cell - 6, cell - 6)
  }
}

const EDGES = [
  ['#ffffff', 8],
  ['#111111', 4],
] as const

function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  for (const [colour, width] of EDGES) {
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.strokeStyle = colour
    context.lineWidth = width
    context.stroke()
  }
}
