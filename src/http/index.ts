export { type Ask, createHandler } from './app.ts'
export { From } from './client.ts'
