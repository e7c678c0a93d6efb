export { type FoldedLua, foldLua } from './fold.ts'
export type { LuaIssue } from './folding.ts'
export { SUPPORTED_FUNCTIONS } from './functions.ts'
export { UNSUPPORTED_FUNCTIONS, UNSUPPORTED_VARIABLES } from './powerdns.ts'
