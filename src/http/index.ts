export type { ApiReply, Control, PushEntry } from './api.ts'
export { createHandler } from './app.ts'
export { From } from './client.ts'
export { type IfMatch, isMatch } from './if-match.ts'
