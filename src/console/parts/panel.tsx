/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'

type PanelProps = {
  readonly id: string
  readonly title: string
  /** Tells what stands beside the title: a count, a link. */
  readonly aside?: Child
  readonly class?: string
  readonly children: Child
}

/** A part of a page under a heading. */
export const Panel = ({ id, title, aside, class: look = '', children }: PanelProps) => (
  <section class={`panel ${look}`.trim()} aria-labelledby={id}>
    <div class="panel-head">
      <h2 id={id}>{title}</h2>
      {aside !== undefined && <div class="aside">{aside}</div>}
    </div>
    {children}
  </section>
)

type NoteProps = { readonly kind?: 'problem' | 'good' | 'info'; readonly children: Child }

/** A message. A problem is told at once to those who do not see it. */
export const Note = ({ kind = 'info', children }: NoteProps) => (
  <div class={`note ${kind}`} role={kind === 'problem' ? 'alert' : 'status'}>
    {children}
  </div>
)
