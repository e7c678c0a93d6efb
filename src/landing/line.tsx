/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'

/** The parts of a text that follow the reader's token, once the script runs. */
type Filled = 'url' | 'path' | 'stamp'

type LineProps = {
  readonly id: string
  /** The label: what the text is. */
  readonly label: string
  /** The part that is the whole text. */
  readonly fill?: Filled
  readonly children: Child
}

/** A text to copy, with its label. The button shows once the script runs; the text can be selected without it. */
export const Line = ({ id, label, fill, children }: LineProps) => (
  <div class="line">
    <p id={`${id}-label`}>{label}</p>
    <div class="copy">
      <code id={id} data-fill={fill}>
        {children}
      </code>
      <button type="button" data-copy={id} aria-describedby={`${id}-label`} hidden>
        Copy
      </button>
    </div>
  </div>
)

/** A part of a text. */
export const Fill = ({ kind, children }: { readonly kind: Filled; readonly children: Child }) => (
  <span data-fill={kind}>{children}</span>
)
