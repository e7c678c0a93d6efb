/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */

const WAYS = [
  ['in', 'Zoom in'],
  ['out', 'Zoom out'],
  ['earlier', 'Earlier'],
  ['later', 'Later'],
  ['all', 'All'],
] as const

/** The buttons that move the plots of a page, as dragging does. */
export const ZoomButtons = () => (
  <div class="inline zoom">
    {WAYS.map(([way, word]) => (
      <button type="button" class="plain" data-zoom={way}>
        {word}
      </button>
    ))}
    <span class="help">or drag over the plot; times are UTC</span>
  </div>
)
