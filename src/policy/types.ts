import type { NameKey, Rdata } from '../dns/index.ts'
import type { AskedCheck, Health } from '../health/index.ts'
import type { Compiling } from './context.ts'
import type { All, AllStep } from './kinds/all.ts'
import type { ByClient } from './kinds/by-client.ts'
import type { ComputedExpression } from './kinds/computed.ts'
import type {
  ConsistentHashed,
  ConsistentHashedExpression,
  ConsistentHashedStep,
  KeyedMember as KeyedMemberOf,
} from './kinds/consistent-hashed.ts'
import type { Datacenters, DatacentersExpression, DatacentersStep } from './kinds/datacenters.ts'
import type { Fail, FailStep } from './kinds/fail.ts'
import type { Failover, FailoverExpression, FailoverStep } from './kinds/failover.ts'
import type { Geo, GeoExpression, GeoStep } from './kinds/geo.ts'
import type { Hashed, HashedExpression, HashedStep } from './kinds/hashed.ts'
import type { ChoiceInput, Trace } from './kinds/kind.ts'
import type { Multi, MultiStep } from './kinds/multi.ts'
import type { Networks, NetworksExpression, NetworksStep, Rule as RuleOf, ViewExpression } from './kinds/networks.ts'
import type { Pool, PoolExpression, PoolStep } from './kinds/pool.ts'
import type { Random, RandomExpression, RandomStep } from './kinds/random.ts'
import type { Decide as DecideOf, ScriptExpression, Script as ScriptOf, ScriptStep } from './kinds/script.ts'
import type { Shift as ShiftOf, ShiftStep } from './kinds/shift.ts'
import type { Values, ValuesStep } from './kinds/values.ts'
import type { Weighted, WeightedExpression, WeightedStep } from './kinds/weighted.ts'
import type { WeightedHashed, WeightedHashedExpression, WeightedHashedStep } from './kinds/weighted-hashed.ts'
import type { NearestStep } from './nearest.ts'
import type { ScriptQuery } from './query.ts'
import type { Rng } from './random.ts'
import type { WeightedMember } from './weighted-members.ts'
import type { Work } from './work.ts'

/**
 * The answer language as zone documents write it. A text is one record's RDATA in presentation format; an array is
 * all of its elements; everything else names its kind. Expressions nest freely.
 */
export type Expression = string | readonly Expression[] | KindExpression

export type Member = WeightedMember<Expression>
export type KeyedMember = KeyedMemberOf<Expression>
export type Rule = RuleOf<Expression>

export type KindExpression =
  | RandomExpression<Expression>
  | WeightedExpression<Expression>
  | HashedExpression<Expression>
  | WeightedHashedExpression<Expression>
  | ConsistentHashedExpression<Expression>
  | ViewExpression<Expression>
  | NetworksExpression<Expression>
  | PoolExpression<Expression>
  | FailoverExpression<Expression>
  | GeoExpression<Expression>
  | DatacentersExpression<Expression>
  | ComputedExpression<Expression>
  | ScriptExpression<Expression>

/** An expression with health. */
export type AlternativesExpression = Extract<KindExpression, { kind: Alternatives['kind'] }>

/** A compiled expression: what `evaluate` walks. Members are policies again. */
export type Policy = Values | Fail | All<Policy> | Drawn | Deterministic | Resolved | Shift | Script

/** Chance chooses. */
export type Drawn = Random<Policy> | Weighted<Policy> | Multi<Policy>

/** The client, or the queried name, chooses. */
export type Deterministic =
  | Hashed<Policy>
  | WeightedHashed<Policy>
  | ConsistentHashed<Policy>
  | Networks<Policy>
  | Geo<Policy>
  | Datacenters<Policy>
  | ByClient<Policy>

/** Health chooses. */
export type Resolved = Pool<Policy> | Failover<Policy>

/** A policy with health in it. A map of datacenters chooses a failover. */
export type Alternatives = Resolved | Datacenters<Policy>

/** Time decides if chance or the client chooses. */
export interface Shift extends ShiftOf<Policy, UndrawnInput> {}

/** Code that computes an answer. */
export interface Script extends ScriptOf<Policy, Input, Decision, PolicyStep> {}

/** Evaluates a policy that a script calls. */
export type Decide = DecideOf<Policy, Decision, PolicyStep>

export type CompileContext = Compiling<Expression, Policy>

/** A decision on the way to an answer, and the reason for it. Members count from 0, in the zone's order. */
export type PolicyStep =
  | ValuesStep
  | FailStep
  | AllStep
  | RandomStep
  | WeightedStep
  | MultiStep
  | HashedStep
  | WeightedHashedStep
  | ConsistentHashedStep
  | NetworksStep
  | GeoStep
  | DatacentersStep
  | NearestStep
  | PoolStep
  | FailoverStep
  | ShiftStep
  | ScriptStep

/** Gets the steps of a decision, if anybody wants them. */
export type PolicyTrace = Trace<PolicyStep>

export type AlternativesStep = PoolStep | FailoverStep

/** The type of one kind, or of one step, among several. */
export type OfKind<U, K> = U extends { readonly kind: infer T } ? (K extends T ? U : never) : never
export type OfStep<U, S> = U extends { readonly step: infer T } ? (S extends T ? U : never) : never

/** Everything that a decision may depend on. `client` is read only if the policy depends on it. */
export type Input = Omit<ChoiceInput, 'work'> & {
  readonly name: NameKey
  readonly health: Health
  readonly random: Rng
  /** The budget that the query has left. */
  readonly work: Work
  readonly query?: ScriptQuery | undefined
  /** Gets the checks that a script computed and that no document has. */
  readonly ask?: (checks: readonly AskedCheck[]) => void
  /** Replaces chance in scripts. */
  readonly explorer?: Explorer
}

/** The input of a decision before chance, which takes place outside of any query's budget. */
export type UndrawnInput = Omit<Input, 'random' | 'work'>

/** Decides what is drawn in place of chance, to find every possible answer of a script. */
export type Explorer = {
  /** Returns the decision of a call in a script; undefined: the call is evaluated. */
  readonly outcomeOf: (part: Policy) => Decision | undefined
  /** Returns an index. Each is as likely as its weight. */
  readonly choose: (weights: readonly number[]) => number
}

/**
 * The records of an answer, and the clients that it is valid for.
 * `scope`: the shortest prefix length, in bits of the client's family, whose clients all get the same branch; 0 if
 * the client does not matter.
 */
export type Decision = {
  readonly rdatas: readonly Rdata[]
  readonly scope: number
  /** True if another query may get another member. */
  readonly byChance: boolean
  readonly failure?: Fail | undefined
  /** Seconds until health can change the answer at the earliest; Infinity if it cannot. */
  readonly validForSeconds: number
}
