export { fileAt } from './answer.ts'
export { CONSOLE_CSS, CONSOLE_JS, ICON_SVG, LANDING_CSS, LANDING_JS } from './files.ts'
