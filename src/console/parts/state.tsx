/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */

/** The states that are shown: of targets, pools, overrides, and of what is checked about the deployment. */
export type StateKind = 'up' | 'down' | 'warn' | 'unknown' | 'forced'

/** A state: by colour, by shape and by word, so that no reader depends on one of them. */
export const State = ({ kind, children }: { readonly kind: StateKind; readonly children: string }) => (
  <span class={`state ${kind}`}>
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
      <path d={SHAPES[kind]} />
    </svg>
    {children}
  </span>
)

/** A disc, a triangle that points down, a triangle that points up, a ring, a diamond. */
const SHAPES: Readonly<Record<StateKind, string>> = {
  up: 'M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10z',
  down: 'M.5 1.5h11L6 11z',
  warn: 'M6 1l5.5 9.5H.5z',
  unknown: 'M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10zm0 2a3 3 0 1 1 0 6a3 3 0 1 1 0-6z',
  forced: 'M6 .5L11.5 6L6 11.5L.5 6z',
}
