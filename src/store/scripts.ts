// The code of scripts, for a zone that has them: loaded by dynamic import.
export { scriptsWith } from '../zone/index.ts'
