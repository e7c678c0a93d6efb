export type { Chance } from './chance.ts'
export { type Ending, type Outcomes, outcomes } from './outcomes.ts'
export { type Probabilities, probabilities } from './probability.ts'
