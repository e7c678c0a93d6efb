export { answerConsole } from './answer.ts'
export type { ConsoleSettings } from './settings.ts'
