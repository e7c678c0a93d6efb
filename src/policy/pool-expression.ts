import * as v from 'valibot'
import { type CheckReference, checkReferenceSchema } from '../health/index.ts'
import { MAX_WEIGHT } from '../limits.ts'
import { object, word } from '../schema.ts'
import { latitude, longitude, placeSchemas } from './place-expression.ts'
import { SELECTS, type Select } from './selects.ts'

/**
 * The expressions that health decides. `E` is any expression: interfaces, since an alias cannot hold itself as an
 * argument. docs/health.md describes them by example.
 */
export interface PoolExpression<E> extends Alternatives {
  readonly kind: 'pool'
  readonly members: readonly (E | PoolMember<E>)[]
  readonly select?: Select | undefined
  readonly count?: number | undefined
  readonly weights?: 'reported' | undefined
  readonly lost?: 'spread' | 'next' | undefined
  readonly minLive?: number | undefined
  readonly ignoreHealth?: boolean | undefined
  readonly whenDown?: 'all' | Silence | { readonly answer: E } | undefined
}

export interface FailoverExpression<E> extends Alternatives {
  readonly kind: 'failover'
  readonly pools: readonly (E | FailoverMember<E>)[]
  readonly whenDown?: 'first' | 'all' | Silence | { readonly answer: E } | undefined
}

type Silence = 'nodata' | 'servfail' | 'refused'
type Checked = { readonly check?: CheckReference | readonly CheckReference[] | undefined }
type Alternatives = Checked & { readonly name?: string | undefined; readonly whenUnknown?: 'servfail' | undefined }

/** `check` and `target` stand before the pool's; `shed` needs a check whose targets report their load. */
export type FailoverMember<E> = Checked & {
  readonly answer: E
  readonly target?: string | undefined
  readonly datacenter?: string | undefined
  readonly shed?: { readonly low: number; readonly high: number } | undefined
}
export type PoolMember<E> = FailoverMember<E> & {
  readonly weight?: number | undefined
  readonly group?: string | undefined
  readonly key?: string | undefined
  /** Degrees, for `nearest`. */
  readonly latitude?: number | undefined
  readonly longitude?: number | undefined
}

/** @param expression the schema of any expression, which these are part of */
export function alternativeSchemas<E>(expression: v.GenericSchema<E>) {
  const failoverMember = {
    ...checked,
    answer: expression,
    target: v.optional(text),
    datacenter: v.optional(label),
    shed: v.optional(
      v.pipe(
        object({ low: load, high: load }),
        v.check(({ low, high }) => low < high, 'expected "low" below "high"'),
      ),
    ),
  }
  const poolMember = {
    ...{ ...failoverMember, weight: v.optional(weight), group: v.optional(label), key: v.optional(text) },
    ...{ latitude: v.optional(latitude), longitude: v.optional(longitude) },
  }
  const downFailover = v.optional(whenDown(expression, ['first', 'all', 'nodata', 'servfail', 'refused']))
  return [
    object({
      kind: v.literal('pool'),
      members: members(expression, poolMember),
      select: v.optional(word(SELECTS)),
      count: v.optional(count),
      weights: v.optional(v.literal('reported', 'expected "reported"')),
      lost: v.optional(word(['spread', 'next'])),
      minLive: v.optional(v.pipe(v.number(FRACTION), v.gtValue(0, FRACTION), v.maxValue(1, FRACTION))),
      ignoreHealth: v.optional(v.boolean('expected true or false')),
      whenDown: v.optional(whenDown(expression, ['all', 'nodata', 'servfail', 'refused'])),
      ...alternatives,
    }),
    object({
      kind: v.literal('failover'),
      pools: members(expression, failoverMember),
      whenDown: downFailover,
      ...alternatives,
    }),
    ...placeSchemas(expression, oneMember(expression, failoverMember), { whenDown: downFailover, ...alternatives }),
  ] as const
}

const text = v.string('expected text')
const LABEL = 'expected a name of at most 64 characters, without spaces'
const label = v.pipe(text, v.regex(/^[\x21-\x7e]{1,64}$/, LABEL))
const COUNT = 'expected a whole number of 1 or more'
const count = v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(1, COUNT))
const WEIGHT = `expected a whole number from 1 to ${MAX_WEIGHT}`
const weight = v.pipe(v.number(WEIGHT), v.integer(WEIGHT), v.minValue(1, WEIGHT), v.maxValue(MAX_WEIGHT, WEIGHT))
const LOAD = 'expected a number of 0 or more'
const load = v.pipe(v.number(LOAD), v.minValue(0, LOAD))
const FRACTION = 'expected a number above 0, up to 1'
const checks = v.lazy((input) => {
  const several = v.pipe(v.array(checkReferenceSchema), v.minLength(1, 'expected at least one check'))
  if (input === undefined) return v.union([checkReferenceSchema, several])
  return Array.isArray(input) ? several : checkReferenceSchema
}) as v.GenericSchema<CheckReference | CheckReference[]>
const checked = { check: v.optional(checks) }
const alternatives = {
  ...checked,
  name: v.optional(label),
  whenUnknown: v.optional(v.literal('servfail', 'expected "servfail"')),
}

/** An object without a kind has the answer inside it. */
function oneMember<E>(expression: v.GenericSchema<E>, entries: v.ObjectEntries) {
  const withAnswer = object(entries)
  return v.lazy((input) => {
    if (input === undefined) return v.union([expression, withAnswer])
    const isMember = typeof input === 'object' && input !== null && !Array.isArray(input) && !('kind' in input)
    return isMember ? withAnswer : expression
  }) as v.GenericSchema<E | PoolMember<E>>
}

function members<E>(expression: v.GenericSchema<E>, entries: v.ObjectEntries) {
  const schema = oneMember(expression, entries)
  return v.pipe(
    v.array(schema, 'expected a list of members, like ["192.0.2.1", "192.0.2.2"]'),
    v.minLength(1, 'the list is empty; expected at least one member'),
  )
}

function whenDown<E, const W extends readonly string[]>(expression: v.GenericSchema<E>, words: W) {
  const answer = object({ answer: expression })
  const expected = `expected ${words.map((one) => `"${one}"`).join(', ')} or { "answer": expression }`
  const word = v.picklist(words, expected)
  return v.lazy((input) => {
    if (input === undefined) return v.union([word, answer])
    return typeof input === 'object' && input !== null ? answer : word
  }) as v.GenericSchema<W[number] | { answer: E }>
}
