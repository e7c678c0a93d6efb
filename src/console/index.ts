export { answerConsole } from './answer.ts'
