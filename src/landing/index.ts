export { answerPage, type LandingSettings } from './answer.ts'
export type { OtherNames } from './other-names.ts'
export { candidatesFor, parseTestName, questionFor, type TestQuestion } from './test-question.ts'
