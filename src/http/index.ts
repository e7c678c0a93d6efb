export { type Ask, createHandler } from './app.ts'
export { connectionAddress, From } from './client.ts'
