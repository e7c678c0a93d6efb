export { type ExplainQuery, type Explanation, explain } from './explanation.ts'
export { explanationText } from './explanation-text.ts'
export { type Outcomes, outcomes } from './outcomes.ts'
export { probabilities } from './probability.ts'
