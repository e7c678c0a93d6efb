// Made by `npm run pages` from the sources that tools/pages.ts lists.

export const ICON_SVG = '/static/icon-c91f3d6276eed18f.svg'
export const LANDING_CSS = '/static/landing-da6f4e1ed61fb9bd.css'
export const LANDING_JS = '/static/landing-63d84a02089a911a.js'
export const CONSOLE_CSS = '/static/console-d99af7be28b76889.css'
export const CONSOLE_JS = '/static/console-10bbf69892bd2891.js'
export const CONSOLE_NAME_CSS = '/static/console-name-99314dc962b4d78c.css'
export const CONSOLE_MAP_CSS = '/static/console-map-9a3603f224abee6a.css'
export const CONSOLE_MAP_JS = '/static/console-map-4dfa032b82c903d2.js'
export const WORLD_SVG = '/static/world-652c5d90fbda52e7.svg'
export const CONSOLE_PLOT_CSS = '/static/console-plot-9f43dd6d4e1605fd.css'
export const CONSOLE_ZONE_CSS = '/static/console-zone-a3ef5140bb25d4b7.css'
export const CONSOLE_RECORDS_JS = '/static/console-records-803e157475e33aef.js'
export const CONSOLE_EDIT_JS = '/static/console-edit-d9a45a251de1f531.js'
export const CONSOLE_PLOT_JS = '/static/console-plot-25428cd6ac2909ce.js'

/** Loads the text of a file, by its path. */
export const LOADERS: ReadonlyMap<string, () => Promise<{ readonly default: string }>> = new Map([
  [ICON_SVG, () => import('./files/icon-c91f3d6276eed18f.svg.txt')],
  [LANDING_CSS, () => import('./files/landing-da6f4e1ed61fb9bd.css.txt')],
  [LANDING_JS, () => import('./files/landing-63d84a02089a911a.js.txt')],
  [CONSOLE_CSS, () => import('./files/console-d99af7be28b76889.css.txt')],
  [CONSOLE_JS, () => import('./files/console-10bbf69892bd2891.js.txt')],
  [CONSOLE_NAME_CSS, () => import('./files/console-name-99314dc962b4d78c.css.txt')],
  [CONSOLE_MAP_CSS, () => import('./files/console-map-9a3603f224abee6a.css.txt')],
  [CONSOLE_MAP_JS, () => import('./files/console-map-4dfa032b82c903d2.js.txt')],
  [WORLD_SVG, () => import('./files/world-652c5d90fbda52e7.svg.txt')],
  [CONSOLE_PLOT_CSS, () => import('./files/console-plot-9f43dd6d4e1605fd.css.txt')],
  [CONSOLE_ZONE_CSS, () => import('./files/console-zone-a3ef5140bb25d4b7.css.txt')],
  [CONSOLE_RECORDS_JS, () => import('./files/console-records-803e157475e33aef.js.txt')],
  [CONSOLE_EDIT_JS, () => import('./files/console-edit-d9a45a251de1f531.js.txt')],
  [CONSOLE_PLOT_JS, () => import('./files/console-plot-25428cd6ac2909ce.js.txt')],
])
