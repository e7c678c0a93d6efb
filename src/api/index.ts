export type { Access, AccessTokens, ApiEnv, KeyedEnv } from './access.ts'
export { createApi } from './app.ts'
export type { HealthCalls, HealthReply } from './health/calls.ts'
export type { PushEntry } from './health/push.ts'
