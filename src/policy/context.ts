import type { Rdata } from '../dns/index.ts'
import type { CheckReference, Condition } from '../health/index.ts'
import type { Result } from '../result.ts'
import type { PacingCode } from './alternatives.ts'
import type { DatacenterMap } from './datacenter-orders.ts'
import type { Issue, Path } from './issues.ts'
import type { ScriptExpression } from './kinds/script.ts'
import type { Course } from './weighted-members.ts'
import type { ZoneBudget } from './zone-budget.ts'

/** The zone around an expression that is compiled. `E` is any expression, `P` any policy. */
export type Compiling<E, P> = {
  readonly rdata: (text: string) => Result<Rdata>
  /** The rrset, `www.example.com/A`, or the pool around: the beginning of a pool's name in overrides. */
  readonly owner: string
  /** The position in the pool around, from 1: the name of a pool that has none. */
  readonly position?: number | 'whenDown'
  /** Compiles a check of a target: `own` is the record's own target, `target` the one that the zone gives instead. */
  readonly check: (reference: CheckReference, own: string | undefined, target: string | undefined) => Result<Condition>
  /** The target of a record: its address, or the host that it names. */
  readonly target: (rdata: Rdata) => string | undefined
  /** The zone's maps of datacenters, by name. */
  readonly maps?: ReadonlyMap<string, DatacenterMap>
  /** Compiles code, in the context in which it is found. */
  readonly script: (expression: ScriptExpression<E>, path: Path, context: Compiling<E, P>) => P
  /** The budget that is left for all answers of the zone. */
  readonly budget: ZoneBudget
  readonly issues: Issue[]
}

/** Operations on expressions and policies of any kind. Kinds get them passed in: no kind imports all others. */
export type Kinds<E, P> = {
  readonly compile: (expression: E, path: Path, context: Compiling<E, P>) => P
  /** Returns the records of a policy that always answers the same ones; undefined for any other. */
  readonly fixedRecords: (policy: P) => readonly Rdata[] | undefined
  /** Returns true if the client, or the queried name, decides anything in it. */
  readonly dependsOnClient: (policy: P) => boolean
  /** Returns true if health decides anything in it. */
  readonly hasHealth: (policy: P) => boolean
  /** Returns a number for each policy: the same number for policies that answer alike. */
  readonly outcomeNumbers: (policies: readonly P[]) => number[]
  /** The code of members that come back gently. */
  readonly pacing: PacingCode
  /** Makes the choice by weights that shift. Times are milliseconds since the epoch. */
  readonly shift: (course: Course<P>) => P
  /** Makes the policy that fails. */
  readonly fail: (why: string) => P
}
