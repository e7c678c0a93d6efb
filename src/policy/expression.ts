import * as v from 'valibot'
import { MAX_WEIGHT } from '../limits.ts'
import { kinds, object, record } from '../schema.ts'
import type { DatacentersExpression, GeoExpression } from './place-expression.ts'
import {
  alternativeSchemas,
  type FailoverExpression,
  type FailoverMember,
  type PoolExpression,
} from './pool-expression.ts'

/**
 * The answer language as zone documents write it. A text is one record's RDATA in presentation format; an array is
 * all of its elements; everything else names its kind. Expressions nest freely.
 */
export type Expression =
  | string
  | readonly Expression[]
  | { readonly kind: 'random'; readonly of: readonly Expression[]; readonly count?: number | undefined }
  | { readonly kind: 'weighted'; readonly members: readonly Member[]; readonly count?: number | undefined }
  | { readonly kind: 'hashed'; readonly of: readonly Expression[] }
  | { readonly kind: 'weighted-hashed' | 'name-hashed'; readonly members: readonly Member[] }
  | { readonly kind: 'consistent-hashed'; readonly members: readonly KeyedMember[] }
  | { readonly kind: 'view'; readonly rules: readonly Rule[]; readonly otherwise?: Expression | undefined }
  | {
      readonly kind: 'networks'
      readonly networks: Readonly<Record<string, Expression>>
      readonly otherwise?: Expression | undefined
    }
  | PoolExpression<Expression>
  | FailoverExpression<Expression>
  | GeoExpression<Expression>
  | DatacentersExpression<Expression>
  | ComputedExpression<Expression>
  | ScriptExpression<Expression>

/** Records that code gives, the same ones always: they are answered as any, and `dblookup` does not find them. */
export interface ComputedExpression<E> {
  readonly kind: 'computed'
  readonly records: E
}

/**
 * Lua code, as PowerDNS has it in a LUA record. `tree`, `parts` and `includes` are made of `code` when a zone is
 * compiled: the tree as `checkTree` reads it; the calls whose arguments are known, which it calls `pickrandom 1`, or
 * which have the computed arguments as JSON in `args`; and what it includes, by the names that the document's `scripts`
 * have. `asks` tells that queries may come upon checks that are in none of the parts;
 * `all lists` if their backups look at all lists, as before PowerDNS 5.1.
 */
export interface ScriptExpression<E> {
  readonly kind: 'lua'
  readonly code: string
  readonly tree?: unknown
  readonly parts?: readonly ScriptPart<E>[] | undefined
  readonly includes?: readonly string[] | undefined
  readonly asks?: true | 'all lists' | undefined
}

export type ScriptPart<E> = { readonly call: string; readonly args?: string | undefined; readonly answer: E }

export type Member = { readonly weight: number; readonly answer: Expression }
/** `key` is what is hashed; the answer's own text where it is left out. */
export type KeyedMember = Member & { readonly key?: string | undefined }
export type Rule = { readonly networks: readonly string[]; readonly answer: Expression }

export const KINDS = [
  'random',
  'weighted',
  'hashed',
  'weighted-hashed',
  'name-hashed',
  'consistent-hashed',
  'view',
  'networks',
  'pool',
  'failover',
  'geo',
  'datacenters',
  'computed',
  'lua',
] as const

/**
 * Recursive. The schema for a value is chosen by the value's own form, so that an error names the field that is wrong
 * and not every form that it might have had; without a value (when the JSON Schema is made) it is all of them.
 */
export const expressionSchema: v.GenericSchema<Expression> = v.lazy((input) => {
  if (typeof input === 'string') return textSchema
  if (Array.isArray(input)) return allSchema
  if (input === undefined) return v.union([textSchema, allSchema, kindSchema])
  return kindSchema
})

const textSchema = v.string('expected text, a list, or an object with a "kind"')
const allSchema = v.array(expressionSchema)

const several = v.pipe(
  v.array(expressionSchema, 'expected a list of answers, like ["192.0.2.1", "192.0.2.2"]'),
  v.minLength(1, 'the list is empty; expected at least one member'),
)
const count = v.pipe(
  v.number('expected a whole number of 0 or more'),
  v.integer('expected a whole number of 0 or more'),
  v.minValue(0, 'expected a whole number of 0 or more'),
)
const WEIGHT = `expected a whole number from 1 to ${MAX_WEIGHT}`
const weight = v.pipe(v.number(WEIGHT), v.integer(WEIGHT), v.minValue(1, WEIGHT), v.maxValue(MAX_WEIGHT, WEIGHT))
const WEIGHTED = '[{ "weight": 1, "answer": "192.0.2.1" }]'
const member = object({ weight, answer: expressionSchema })
const members = <S extends v.GenericSchema>(schema: S) =>
  v.pipe(v.array(schema, `expected a list like ${WEIGHTED}`), v.minLength(1, `the list is empty; expected ${WEIGHTED}`))

const compiledPart = object({ call: v.string(), args: v.optional(v.string()), answer: expressionSchema })

/** The tree is `checkTree`'s to judge: it nests deeper than the library could follow. */
export const scriptSchema = object({
  kind: v.literal('lua'),
  code: v.string('expected the Lua code as a text'),
  tree: v.optional(v.unknown()),
  parts: v.optional(v.array(compiledPart)),
  includes: v.optional(v.array(v.string())),
  asks: v.optional(v.union([v.literal(true), v.literal('all lists')])),
})

const NETWORKS = 'expected a list of networks, like ["192.0.2.0/24"]'
const RULES = '[{ "networks": ["192.0.2.0/24"], "answer": "198.51.100.1" }]'

const kindSchema = kinds(
  [
    object({ kind: v.literal('random'), of: several, count: v.optional(count) }),
    object({ kind: v.literal('weighted'), members: members(member), count: v.optional(count) }),
    object({ kind: v.literal('hashed'), of: several }),
    object({ kind: v.literal('weighted-hashed'), members: members(member) }),
    object({ kind: v.literal('name-hashed'), members: members(member) }),
    object({
      kind: v.literal('consistent-hashed'),
      members: members(object({ weight, answer: expressionSchema, key: v.optional(v.string()) })),
    }),
    object({
      kind: v.literal('view'),
      rules: v.pipe(
        v.array(
          object({ networks: v.array(v.string(), NETWORKS), answer: expressionSchema }),
          `expected a list like ${RULES}`,
        ),
        v.minLength(1, `the list is empty; expected ${RULES}`),
      ),
      otherwise: v.optional(expressionSchema),
    }),
    object({
      kind: v.literal('networks'),
      networks: record(expressionSchema, 'expected an object of networks, like { "192.0.2.0/24": "198.51.100.1" }'),
      otherwise: v.optional(expressionSchema),
    }),
    ...alternativeSchemas(expressionSchema),
    object({ kind: v.literal('computed'), records: expressionSchema }),
    scriptSchema,
  ],
  'expected text, a list, or an object with a "kind", like { "kind": "random", "of": ["192.0.2.1"] }',
  (input) =>
    'answer' in input
      ? `"answer"${'ttl' in input ? ' with "ttl"' : ''} is for a whole rrset, not for an answer inside of one; expected the answer itself`
      : undefined,
) as unknown as v.GenericSchema<Expression>

/** Whether a member of alternatives is an answer with more to it, and not one by itself. */
export const isMember = <M extends FailoverMember<Expression>>(given: Expression | M): given is M =>
  typeof given === 'object' && !Array.isArray(given) && !('kind' in given)
