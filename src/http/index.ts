export { type Ask, createApp } from './app.ts'
export { connectionAddress, From } from './client.ts'
