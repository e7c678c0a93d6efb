export type { ApiReply, Control, PushEntry } from './api.ts'
export { type Ask, createHandler } from './app.ts'
export { From } from './client.ts'
