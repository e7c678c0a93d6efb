export { AskedPools, type HealthCalls } from './asked-pools.ts'
export { type CompileContext, compile, type Issue, type Path, type Warning } from './compile.ts'
export { compileCode } from './compile-script.ts'
export { compileMap, type DatacenterMap } from './datacenter-map.ts'
export { type Decision, type Explorer, evaluate, type Input, valuesDecision } from './evaluate.ts'
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
export { hasScript, membersOf } from './members.ts'
export { type MapDocument, mapSchema } from './place-expression.ts'
export type { Fail, Multi, Policy, Script, Values, Weighted } from './policy.ts'
export type { FailoverExpression, PoolExpression, PoolMember } from './pool-expression.ts'
export type { ScriptQuery } from './query.ts'
export { type Rng, seededRng, shuffled } from './random.ts'
export { reachable } from './reachable.ts'
export { recordsOf } from './records.ts'
export { argumentsText } from './script-arguments.ts'
export { LISTS, ScriptCode } from './script-code.ts'
export { SCRIPT_FUNCTIONS } from './script-functions.ts'
export { HEALTH_FUNCTION_NAMES } from './script-health.ts'
export { SELECT, type Select } from './selects.ts'
export type { AlternativesStep, ForcedStep, IsInStep, MemberStep, PlaceStep, PolicyStep } from './trace.ts'
export { Work } from './work.ts'
export { type ZoneBudget, zoneBudget } from './zone-budget.ts'
