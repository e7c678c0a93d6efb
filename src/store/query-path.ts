export { answerFrom, inOneDeadline } from './in-one-deadline.ts'
export { PLANS, type Plan } from './plans.ts'
export type { WaitUntil } from './refreshed.ts'
export { Snapshot } from './snapshot.ts'
