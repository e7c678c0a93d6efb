import type { Rdata } from '../../dns/query-path.ts'
import { unreachable } from '../../result.ts'
import { STEPS_A_SEARCH } from '../steps.ts'
import type { Loading, Stored } from '../storing.ts'
import type { Deterministic, Input, OfKind, Policy, PolicyTrace, Resolved, Script, Shift } from '../types.ts'
import * as all from './all.ts'
import * as consistentHashed from './consistent-hashed.ts'
import * as datacenters from './datacenters.ts'
import * as fail from './fail.ts'
import * as failover from './failover.ts'
import * as geo from './geo.ts'
import * as hashed from './hashed.ts'
import type { Choice, ChoiceInput, Draw } from './kind.ts'
import * as multi from './multi.ts'
import * as networks from './networks.ts'
import * as pool from './pool.ts'
import * as random from './random.ts'
import * as script from './script.ts'
import * as values from './values.ts'
import * as weighted from './weighted.ts'
import * as weightedHashed from './weighted-hashed.ts'

// Everything that differs by kind, one table a question. A new kind is a file beside this one, a member of the unions
// in types.ts, and a row in each table, which the compiler then asks for. A bundle has only the tables that it uses.

/** A table of functions of each kind in a union, where any of them takes any member of it. */
export type ByKind<U extends { readonly kind: string }, A extends readonly unknown[], R> = {
  readonly [K in U['kind']]: (of: OfKind<U, K>, ...rest: A) => R
}

/** Looks up the function of a kind, for any policy or expression of the union. */
export const ofKind = <U extends { readonly kind: string }, A extends readonly unknown[], R>(
  table: ByKind<U, A, R>,
  { kind }: U,
): ((of: U, ...rest: A) => R) => table[kind as U['kind']] as (of: U, ...rest: A) => R

// --- queries --------------------------------------------------------------------------------------------------------

// These are switches and not tables: every query runs them, and calls that V8 can inline make an answer 4 % cheaper.

/** The walk through a policy, as the kinds see it. */
export type Walk = {
  readonly input: Input
  readonly trace: PolicyTrace | undefined
  add(rdatas: readonly Rdata[]): void
  fail(failure: fail.Fail): void
  drawn(members: readonly Policy[], drawn: Draw): void
  chosen(choice: Choice<Policy>): void
  byHealth(policy: Resolved): void
  shifting(policy: Shift): void
  script(policy: Script): void
}

/**
 * Charges the steps of a policy, makes its choice and walks on. Everything is in one switch, since it takes some time
 * to read the kind of any policy.
 */
export function visit(policy: Policy, walk: Walk): void {
  const { input, trace } = walk
  const { work } = input
  switch (policy.kind) {
    case 'values':
      work.chargeSteps(1)
      trace?.push(values.valuesStep(policy))
      return walk.add(policy.rdatas)
    case 'fail':
      work.chargeSteps(1)
      return walk.fail(policy)
    case 'all':
      work.chargeSteps(1)
      trace?.push(all.stepOf(policy))
      for (const member of policy.members) visit(member, walk)
      return
    case 'random':
      work.chargeSteps(random.steps(policy))
      return walk.drawn(policy.members, random.draw(policy, input.random, trace))
    case 'weighted':
      work.chargeSteps(weighted.steps(policy))
      return walk.drawn(policy.members, weighted.draw(policy, input.random, trace))
    case 'multi':
      work.chargeSteps(multi.steps(policy))
      return walk.drawn(policy.members, multi.draw(policy, input.random, trace))
    case 'hashed':
      work.chargeSteps(1)
      return walk.chosen(hashed.choose(policy, input, trace))
    case 'weighted-hashed':
    case 'name-hashed':
      work.chargeSteps(weightedHashed.steps(policy))
      return walk.chosen(weightedHashed.choose(policy, input, trace))
    case 'consistent-hashed':
      work.chargeSteps(consistentHashed.steps())
      return walk.chosen(consistentHashed.choose(policy, input, trace))
    case 'view':
    case 'networks':
      work.chargeSteps(networks.steps())
      return walk.chosen(networks.choose(policy, input, trace))
    case 'geo':
      work.chargeSteps(geo.steps())
      return walk.chosen(geo.choose(policy, input, trace))
    case 'datacenters':
      work.chargeSteps(datacenters.steps())
      return walk.chosen(datacenters.choose(policy, input, trace))
    case 'pool':
      work.chargeSteps(pool.steps(policy))
      return walk.byHealth(policy)
    case 'failover':
      work.chargeSteps(1)
      return walk.byHealth(policy)
    case 'shift':
      return walk.shifting(policy)
    case 'by-client':
      work.chargeSteps(STEPS_A_SEARCH)
      return walk.chosen(policy.choose(input))
    case 'script':
      work.chargeSteps(script.steps())
      return walk.script(policy)
    default:
      return unreachable(policy)
  }
}

/** Chooses a member by the client or by the queried name, outside of a walk. */
export function choose(policy: Deterministic, input: ChoiceInput): Choice<Policy> {
  switch (policy.kind) {
    case 'hashed':
      return hashed.choose(policy, input, undefined)
    case 'weighted-hashed':
    case 'name-hashed':
      return weightedHashed.choose(policy, input, undefined)
    case 'consistent-hashed':
      return consistentHashed.choose(policy, input, undefined)
    case 'view':
    case 'networks':
      return networks.choose(policy, input, undefined)
    case 'geo':
      return geo.choose(policy, input, undefined)
    case 'datacenters':
      return datacenters.choose(policy, input, undefined)
    case 'by-client':
      return policy.choose(input)
    default:
      return unreachable(policy)
  }
}

/** Returns the steps that a policy takes of the query's budget, its members not counted. */
export function stepsOf(policy: Policy): number {
  switch (policy.kind) {
    case 'values':
    case 'fail':
    case 'all':
    case 'hashed':
    case 'failover':
    case 'shift':
    case 'by-client':
      return 1
    case 'random':
      return random.steps(policy)
    case 'weighted':
      return weighted.steps(policy)
    case 'multi':
      return multi.steps(policy)
    case 'weighted-hashed':
    case 'name-hashed':
      return weightedHashed.steps(policy)
    case 'consistent-hashed':
      return consistentHashed.steps()
    case 'view':
    case 'networks':
      return networks.steps()
    case 'geo':
      return geo.steps()
    case 'datacenters':
      return datacenters.steps()
    case 'pool':
      return pool.steps(policy)
    case 'script':
      return script.steps()
    default:
      return unreachable(policy)
  }
}

/** Tells the kinds in which the client or the queried name decides, and neither chance nor health. */
export const DETERMINISTIC: { readonly [K in Policy['kind']]: K extends Deterministic['kind'] ? true : false } = {
  values: false,
  fail: false,
  all: false,
  random: false,
  weighted: false,
  multi: false,
  hashed: true,
  'weighted-hashed': true,
  'name-hashed': true,
  'consistent-hashed': true,
  view: true,
  networks: true,
  geo: true,
  datacenters: true,
  'by-client': true,
  shift: false,
  pool: false,
  failover: false,
  script: false,
}

// --- the stored form ------------------------------------------------------------------------------------------------

/** The kinds that are stored in the same way. Fixed records are numbers; others are made when a pool is resolved. */
export type StoredKind = Exclude<Policy, { kind: 'values' | 'multi' | 'by-client' | 'script' }>

/** The kinds whose code every isolate has. */
type LoadedKind = Exclude<StoredKind, Shift>

/** Loads a policy from its JSON value. Throws on what `STORE` did not write. */
export const LOAD: {
  readonly [K in LoadedKind['kind']]: (stored: Stored, loading: Loading<Policy>) => OfKind<LoadedKind, K>
} = {
  fail: fail.load,
  all: all.load,
  random: random.load,
  weighted: weighted.load,
  hashed: hashed.load,
  'weighted-hashed': weightedHashed.load,
  'name-hashed': weightedHashed.load,
  'consistent-hashed': consistentHashed.load,
  view: networks.load,
  networks: networks.load,
  geo: geo.load,
  datacenters: datacenters.load,
  pool: pool.load,
  failover: failover.load,
}
