export { branchOf } from './branch.ts'
export { type ExplainQuery, type Explanation, explain } from './explanation.ts'
export { explanationText } from './explanation-text.ts'
export { type Outcomes, outcomes } from './outcomes.ts'
export {
  type Partition,
  type PartitionOptions,
  type Piece,
  partition,
} from './partition/partition.ts'
export { type Part, partsOf, partsText } from './partition/parts.ts'
export { type PlaceGrid, type Places, type PlacesOptions, places } from './partition/places.ts'
export type { Change, NetworkChange } from './plan/compare.ts'
export type { PlannedRecord } from './plan/outcome.ts'
export { type HealthState, isChanging, type Plan, type PlanOptions, plan } from './plan/plan.ts'
export { statesAround } from './plan/states.ts'
export { probabilities } from './probability.ts'
export { parseExplainQuery, type QuestionSpelling, type QuestionTexts } from './question.ts'
export { confirmedAt, type Rehearsal, rehearse } from './rehearsal.ts'
export { type PublicRings, publicRings, zonesOf } from './signatures.ts'
export { describeStep } from './step-text.ts'
export { namedBy, subjectsOf, subjectText } from './subjects.ts'
export { assuming, matchesAny, unmatched, type WhatIf } from './what-if.ts'
