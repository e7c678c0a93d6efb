/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { percentText } from '../model/share.ts'

/** A part of a whole, from 0 to 1, as a bar with its percentage; or a word where it is not known. */
export const Bar = ({ part, look = 'accent' }: { readonly part: number | null; readonly look?: BarLook }) =>
  part === null ? (
    <span class="muted">not known</span>
  ) : (
    <span class="bar-cell">
      <svg class={`part ${look}`} viewBox="0 0 60 8" width="60" height="8" aria-hidden="true" focusable="false">
        <rect class="all" width="60" height="8" rx="2" />
        <rect class="some" width={String(Number((part * 60).toFixed(2)))} height="8" rx="2" />
      </svg>
      {percentText(part)}
    </span>
  )

type BarLook = 'accent' | 'before' | 'after'
