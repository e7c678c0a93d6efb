export type { Key, Operation, Scope } from './key.ts'
