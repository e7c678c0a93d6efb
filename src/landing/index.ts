export { answerPage } from './answer.ts'
export type { OtherNames } from './other-names.ts'
export { pageHeaders } from './security.ts'
export { candidatesFor, questionFor, type TestQuestion } from './test-question.ts'
