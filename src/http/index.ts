export { type Ask, createApp } from './app.ts'
