/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { STRIP_CELLS, type StripCell } from '../model/day-strip.ts'

/** The last day of a check as a row of bars: a low bar where something was down, so that the colour is not needed. */
export const Strip = ({ cells, name }: { readonly cells: readonly StripCell[]; readonly name: string }) => (
  <svg class="strip" viewBox={`0 0 ${STRIP_CELLS * 3} 16`} role="img" aria-label={`${name}: ${summary(cells)}`}>
    {runsOf(cells).map(({ cell, from, length }) => (
      <rect class={cell} x={from * 3} width={length * 3 - 0.5} y={16 - HEIGHTS[cell]} height={HEIGHTS[cell]} />
    ))}
  </svg>
)

const HEIGHTS: Readonly<Record<StripCell, number>> = { up: 16, some: 10, down: 4, unknown: 1.5 }

/** Neighbours of one state are one bar: a quiet day is a single element. */
function runsOf(cells: readonly StripCell[]): { cell: StripCell; from: number; length: number }[] {
  const runs: { cell: StripCell; from: number; length: number }[] = []
  for (const [i, cell] of cells.entries()) {
    const last = runs.at(-1)
    if (last?.cell === cell) last.length++
    else runs.push({ cell, from: i, length: 1 })
  }
  return runs
}

function summary(cells: readonly StripCell[]): string {
  const hours = (kind: StripCell) => cells.filter((cell) => cell === kind).length / 2
  const parts = [
    ['all down', hours('down')],
    ['some down', hours('some')],
    ['unknown', hours('unknown')],
  ] as const
  const told = parts.filter(([, length]) => length > 0).map(([what, length]) => `${what} in ${length} h`)
  return `the last day, ${told.length === 0 ? 'all up' : told.join(', ')}`
}
