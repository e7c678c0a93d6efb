export { fileAt } from './answer.ts'
export {
  CONSOLE_CSS,
  CONSOLE_JS,
  CONSOLE_PLOT_CSS,
  CONSOLE_PLOT_JS,
  ICON_SVG,
  LANDING_CSS,
  LANDING_JS,
} from './files.ts'
