export { fileAt } from './answer.ts'
export {
  CONSOLE_CSS,
  CONSOLE_EDIT_JS,
  CONSOLE_JS,
  CONSOLE_PLOT_CSS,
  CONSOLE_RECORDS_JS,
  CONSOLE_TARGET_JS,
  CONSOLE_ZONE_CSS,
  ICON_SVG,
  LANDING_CSS,
  LANDING_JS,
} from './files.ts'
