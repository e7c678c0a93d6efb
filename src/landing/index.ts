export { answerPage, type LandingSettings } from './answer.ts'
export type { OtherNames } from './other-names.ts'
export { pageHeaders } from './security.ts'
export { candidatesFor, parseTestName, questionFor, type TestQuestion } from './test-question.ts'
