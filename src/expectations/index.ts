export { checkExpectations, type ExpectationContext } from './check.ts'
export { expectationSchema } from './document.ts'
