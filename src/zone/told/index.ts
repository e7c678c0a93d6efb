export { tellingNames } from './names.ts'
