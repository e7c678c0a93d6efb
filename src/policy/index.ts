export { compile } from './compile.ts'
export { buildRing, nextPoint } from './consistent-hashed.ts'
export type { CompileContext, Issue, Path, Warning } from './context.ts'
export { compileMap } from './datacenter-map.ts'
export { evaluate, valuesStep } from './evaluate.ts'
export {
  type Expression,
  expressionSchema,
  isMember,
  type KeyedMember,
  KINDS,
  type Member,
  type Rule,
  type ScriptExpression,
  type ScriptPart,
  scriptSchema,
} from './expression.ts'
export { burtle, nameHash, unorderedMapOrder } from './hash.ts'
export { hasScript, membersOf } from './members.ts'
export { rounded } from './nearest.ts'
export { whereIsBy } from './place.ts'
export { type MapDocument, mapSchema } from './place-expression.ts'
export type { FailoverExpression, FailoverMember, PoolExpression, PoolMember } from './pool-expression.ts'
export type { ScriptQuery } from './query.ts'
export { pickRandom, type Rng, seededRng, shuffled } from './random.ts'
export { reachable } from './reachable.ts'
export { recordsOf } from './records.ts'
export { SELECT, type Select } from './selects.ts'
export type {
  AlternativesStep,
  ByPlace,
  ForcedStep,
  IsInStep,
  MemberStep,
  PlaceAttribute,
  PlaceStep,
  PolicyStep,
  ScriptStep,
} from './trace.ts'
export type {
  DatacenterMap,
  Decision,
  Explorer,
  Fail,
  Input,
  Multi,
  Policy,
  Script,
  Values,
  Weighted,
} from './types.ts'
export { atPoint } from './weighted.ts'
export { Work } from './work.ts'
export { type ZoneBudget, zoneBudget } from './zone-budget.ts'
