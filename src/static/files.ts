// Made by `npm run pages` from the sources that tools/pages.ts lists.

export const ICON_SVG = '/static/icon-c91f3d6276eed18f.svg'
export const LANDING_CSS = '/static/landing-da6f4e1ed61fb9bd.css'
export const LANDING_JS = '/static/landing-63d84a02089a911a.js'
export const CONSOLE_CSS = '/static/console-d99af7be28b76889.css'
export const CONSOLE_JS = '/static/console-f11f25f5a0d0e01a.js'
export const CONSOLE_PLOT_CSS = '/static/console-plot-9f43dd6d4e1605fd.css'
export const CONSOLE_PLOT_JS = '/static/console-plot-25428cd6ac2909ce.js'

/** Loads the text of a file, by its path. */
export const LOADERS: ReadonlyMap<string, () => Promise<{ readonly default: string }>> = new Map([
  [ICON_SVG, () => import('./files/icon-c91f3d6276eed18f.svg.txt')],
  [LANDING_CSS, () => import('./files/landing-da6f4e1ed61fb9bd.css.txt')],
  [LANDING_JS, () => import('./files/landing-63d84a02089a911a.js.txt')],
  [CONSOLE_CSS, () => import('./files/console-d99af7be28b76889.css.txt')],
  [CONSOLE_JS, () => import('./files/console-f11f25f5a0d0e01a.js.txt')],
  [CONSOLE_PLOT_CSS, () => import('./files/console-plot-9f43dd6d4e1605fd.css.txt')],
  [CONSOLE_PLOT_JS, () => import('./files/console-plot-25428cd6ac2909ce.js.txt')],
])
