export type { Access, ApiEnv } from './access.ts'
