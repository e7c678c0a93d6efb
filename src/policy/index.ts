export type { SpillStep } from './alternatives.ts'
export { type FailoverMemberExpression, isMember, type PoolMemberExpression } from './alternatives.ts'
export { memberLines } from './alternatives-text.ts'
export { branchWords } from './branch-text.ts'
export type { Avoidance, Chance, Exact } from './chance.ts'
export { compile } from './compile.ts'
export { compileMap, type MapDocument, mapSchema } from './datacenter-map.ts'
export { expressionSchema, scriptSchema } from './expression-schema.ts'
export { hasHealth, inside, KINDS, writtenMembers } from './inside.ts'
export type { Issue, Path, Warning } from './issues.ts'
export { CHOICE_TEXTS, MAX_MEMBERS, SELECT_TEXTS, TEXT } from './kinds/author.ts'
export { AVOIDANCE } from './kinds/avoidance.ts'
export type { Fail } from './kinds/fail.ts'
export type { FailoverExpression } from './kinds/failover.ts'
export { ofKind } from './kinds/index.ts'
export type { TextContext } from './kinds/kind.ts'
export type { PoolExpression } from './kinds/pool.ts'
export type { IsInStep, ScriptExpression, ScriptPart } from './kinds/script.ts'
export { joined, type Values } from './kinds/values.ts'
export { distanceLines } from './nearest-text.ts'
export { type ClientChoice, overClients, reachOf } from './over-clients.ts'
export { PACING_LOADER } from './pacing/load.ts'
export { placesIn, type Spot, spotsIn } from './place-choice.ts'
export { contains, isAlternatives, membersOf, recordsOf, usesClosest, usesPlaces } from './policy-tree.ts'
export { poolShapesOf, poolsIn } from './pool-shapes.ts'
export { type PoolReport, poolReports } from './pool-states.ts'
export { type PoolStatus, poolStatuses, reportsOfZones } from './pool-status.ts'
export * from './query-path.ts'
export { reachable } from './reachable.ts'
export { resolvePool } from './resolve-pool.ts'
export { seededRng } from './seeded.ts'
export { SELECT, type Select } from './selects.ts'
export { storePolicy } from './store-policy.ts'
export type { Keeper } from './stored.ts'
export { storeMap } from './stored-map.ts'
export type {
  AlternativesExpression,
  AlternativesStep,
  CompileContext,
  Decide,
  Drawn,
  Explorer,
  Expression,
  KeyedMember,
  Member,
  PolicyStep,
  Resolved,
  Rule,
  Script,
  UndrawnInput,
} from './types.ts'
export { zoneBudget } from './zone-budget.ts'
