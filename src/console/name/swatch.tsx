/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { lettersOf, styleOf } from '../map/index.ts'

/** The class names of a branch's colour and stripes. */
export function looksOf(number: number): string {
  const { colour, stripes } = styleOf(number)
  return `share-${colour} stripes-${stripes}`
}

/** The letters of a branch on its colour. */
export const Swatch = ({ number }: { readonly number: number }) => (
  <span class={`swatch ${looksOf(number)}`}>{lettersOf(number)}</span>
)

/** A bar whose length is a share, in the colour of a branch. The number stands beside it. */
const Bar = ({ part, number }: { readonly part: number; readonly number: number }) => (
  <svg class="part" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    <rect class="part-ground" width="100" height="10" />
    <rect class={looksOf(number)} width={String(Math.max(part > 0 ? 0.5 : 0, part * 100))} height="10" />
  </svg>
)

type MeasuredProps = { readonly text: string; readonly part: number; readonly number?: number }

/** A share as a text, and as a bar. */
export const Measured = ({ text, part, number = 0 }: MeasuredProps) => (
  <span class="measured">
    <span>{text}</span>
    <Bar part={part} number={number} />
  </span>
)

/** Shows the decisions of a branch, and its answers. */
export const Told = ({ branch, answers }: { readonly branch: string; readonly answers: string }) => (
  <span class="told">
    <span class="mono">{answers}</span>
    <span class="mono muted">{branch}</span>
  </span>
)
