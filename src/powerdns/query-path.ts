export type { ScriptCode } from './code.ts'
export { ScriptLoader, type ScriptZone } from './load-script.ts'
