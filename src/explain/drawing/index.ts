export { drawPolicy } from './drawing.ts'
export type { DrawnBranch, DrawnNode, DrawnState } from './types.ts'
