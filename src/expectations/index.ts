export { checkExpectations } from './check.ts'
export { expectationSchema } from './document.ts'
