import type * as v from 'valibot'
import type { FailoverMemberExpression, WrittenMember } from '../alternatives.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Path } from '../issues.ts'
import { nearestText } from '../nearest-text.ts'
import type { Select } from '../selects.ts'
import type { Stored, Storing } from '../storing.ts'
import type {
  AlternativesExpression,
  CompileContext,
  Expression,
  KindExpression,
  OfStep,
  Policy,
  PolicyStep,
} from '../types.ts'
import * as all from './all.ts'
import * as computed from './computed.ts'
import * as consistentHashed from './consistent-hashed.ts'
import * as datacenters from './datacenters-author.ts'
import * as fail from './fail.ts'
import * as failover from './failover-author.ts'
import * as geo from './geo.ts'
import * as hashed from './hashed.ts'
import type { ByKind, StoredKind } from './index.ts'
import type { Inner, TextContext } from './kind.ts'
import * as multi from './multi.ts'
import * as networks from './networks-author.ts'
import * as pool from './pool-author.ts'
import * as random from './random.ts'
import * as script from './script.ts'
import * as shift from './shift-author.ts'
import * as texts from './texts.ts'
import * as values from './values.ts'
import * as weighted from './weighted-author.ts'
import * as weightedHashed from './weighted-hashed.ts'

// The tables of author time, as those of index.ts: queries do without them.

/**
 * Returns the schemas of all kinds. The order is that of messages and of the JSON Schema.
 * @param included the schema of a script, which documents have elsewhere too
 */
export function schemas<E, S>(builders: Builders, answer: v.GenericSchema<E>, included: S) {
  const fields = builders.failoverFields(answer)
  return [
    random.schema(builders, answer),
    weighted.schema(builders, answer),
    hashed.schema(builders, answer),
    weightedHashed.schema(builders, answer, 'weighted-hashed'),
    weightedHashed.schema(builders, answer, 'name-hashed'),
    consistentHashed.schema(builders, answer),
    networks.viewSchema(builders, answer),
    networks.networksSchema(builders, answer),
    pool.schema(builders, answer),
    failover.schema(builders, answer, fields),
    geo.schema(builders, answer),
    datacenters.schema(builders, answer, fields),
    computed.schema(builders, answer),
    included,
  ] as const
}

type CompileArguments = [path: Path, context: CompileContext, kinds: Compilers<Expression, Policy>]

export const COMPILE: ByKind<KindExpression, CompileArguments, Policy> = {
  random: random.compile,
  weighted: weighted.compile,
  hashed: hashed.compile,
  'weighted-hashed': weightedHashed.compile,
  'name-hashed': weightedHashed.compile,
  'consistent-hashed': consistentHashed.compile,
  view: networks.compileView,
  networks: networks.compileNetworks,
  pool: pool.compile,
  failover: failover.compile,
  geo: geo.compile,
  datacenters: datacenters.compile,
  computed: computed.compile,
  lua: script.compile,
}

/** Returns all that tells a policy from others of its kind, as JSON, without its members. No two scripts are alike. */
export const IDENTITY: ByKind<Exclude<Policy, { kind: 'script' }>, [], unknown> = {
  values: values.identity,
  fail: fail.identity,
  all: nothing,
  random: random.identity,
  weighted: weighted.identity,
  multi: multi.identity,
  hashed: nothing,
  'weighted-hashed': weightedHashed.identity,
  'name-hashed': weightedHashed.identity,
  'consistent-hashed': consistentHashed.identity,
  view: networks.identity,
  networks: networks.identity,
  geo: geo.identity,
  datacenters: datacenters.identity,
  'by-client': nothing,
  shift: shift.identity,
  pool: pool.identity,
  failover: failover.identity,
}

/** Returns the number of members that one answer may have. */
export const MAX_MEMBERS: ByKind<Policy, [], number> = {
  values: one,
  fail: one,
  all: all.maxMembers,
  random: random.maxMembers,
  weighted: weighted.maxMembers,
  multi: multi.maxMembers,
  hashed: one,
  'weighted-hashed': one,
  'name-hashed': one,
  'consistent-hashed': one,
  view: one,
  networks: one,
  geo: one,
  datacenters: datacenters.maxMembers,
  'by-client': one,
  shift: one,
  pool: pool.maxMembers,
  failover: failover.maxMembers,
  script: one,
}

/** Returns the expressions directly inside of one. */
export const INSIDE: ByKind<KindExpression, [], readonly Inner<Expression>[]> = {
  random: random.inside,
  weighted: weighted.inside,
  hashed: hashed.inside,
  'weighted-hashed': weightedHashed.inside,
  'name-hashed': weightedHashed.inside,
  'consistent-hashed': consistentHashed.inside,
  view: networks.insideView,
  networks: networks.insideNetworks,
  pool: pool.inside,
  failover: failover.inside,
  geo: geo.inside,
  datacenters: datacenters.inside,
  computed: computed.inside,
  lua: script.inside,
}

type WrittenMembers = readonly WrittenMember<Expression | FailoverMemberExpression<Expression>>[]

/** Returns the members of an expression with health. */
export const WRITTEN: ByKind<AlternativesExpression, [], WrittenMembers> = {
  pool: pool.written,
  failover: failover.written,
  datacenters: datacenters.written,
}

/** Returns the JSON value of a policy, the name of its kind first. */
export const STORE: ByKind<StoredKind, [storing: Storing<Policy>], Stored> = {
  fail: fail.store,
  all: all.store,
  random: random.store,
  weighted: weighted.store,
  hashed: hashed.store,
  'weighted-hashed': weightedHashed.store,
  'name-hashed': weightedHashed.store,
  'consistent-hashed': consistentHashed.store,
  view: networks.store,
  networks: networks.store,
  geo: geo.store,
  datacenters: datacenters.store,
  shift: shift.store,
  pool: pool.store,
  failover: failover.store,
}

function one(): number {
  return 1
}

function nothing(): undefined {
  return undefined
}

/** Tells how each kind without health chooses, for the drawing of a policy. */
export const CHOICE_TEXTS = {
  all: 'the records of all of these',
  random: 'drawn by chance, each as likely as the next',
  weighted: 'drawn by weight',
  multi: 'each by itself, as likely as its weight is of the largest',
  hashed: "by a hash of the client's address",
  'weighted-hashed': "by a hash of the client's address, and weight",
  'name-hashed': 'by a hash of the name, and weight',
  'consistent-hashed': "by a consistent hash of the client's address, and weight",
  view: "the first rule that has the client's network",
  networks: 'the longest network that holds the client',
  geo: "by the client's place, the most exact one first",
  'by-client': "by a hash of the client's address",
} as const satisfies Partial<Record<Policy['kind'], string>>

/** Tells how each selector of pools chooses, likewise. */
export const SELECT_TEXTS = {
  random: 'of the members that are up, by chance',
  all: 'all members that are up',
  first: 'the first members that are up',
  weighted: 'of the members that are up, by weight',
  'weighted-multi': 'each member that is up by itself, by weight',
  grouped: 'one group of the members that are up, by weight',
  'grouped-multi': 'of each group one member that is up, by weight',
  hashed: "of the members that are up, by a hash of the client's address",
  'weighted-hashed': "of the members that are up, by a hash of the client's address, and weight",
  'consistent-hashed': "of the members that are up, by a consistent hash of the client's address",
  nearest: 'the members that are up and nearest to the client',
  pickclosest: 'of the members that are up the one closest to the client',
} as const satisfies Record<Select, string>

/** Writes a step for people. */
export const TEXT: {
  readonly [S in PolicyStep['step']]: (step: OfStep<PolicyStep, S>, context: TextContext) => string
} = {
  values: texts.valuesText,
  fail: texts.failText,
  all: texts.allText,
  random: texts.randomText,
  weighted: texts.weightedText,
  multi: texts.multiText,
  hashed: texts.hashedText,
  'weighted-hashed': texts.weightedHashedText,
  'name-hashed': texts.weightedHashedText,
  'consistent-hashed': texts.consistentHashedText,
  view: texts.networksText,
  networks: texts.networksText,
  geo: texts.geoText,
  datacenters: texts.datacentersText,
  nearest: nearestText,
  pickclosest: nearestText,
  pool: texts.poolText,
  failover: texts.failoverText,
  shift: texts.shiftText,
  script: texts.scriptText,
  place: texts.scriptText,
  asked: texts.scriptText,
  health: texts.scriptText,
  country: texts.scriptText,
  continent: texts.scriptText,
  region: texts.scriptText,
  asnum: texts.scriptText,
}
