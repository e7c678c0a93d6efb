export { fileAt } from './answer.ts'
export {
  CONSOLE_CSS,
  CONSOLE_JS,
  CONSOLE_MAP_CSS,
  CONSOLE_MAP_JS,
  CONSOLE_NAME_CSS,
  CONSOLE_PLOT_CSS,
  CONSOLE_PLOT_JS,
  ICON_SVG,
  LANDING_CSS,
  LANDING_JS,
  WORLD_SVG,
} from './files.ts'
