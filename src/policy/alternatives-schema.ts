import * as v from 'valibot'
import { type CheckReference, checkReferenceSchema } from '../health/index.ts'
import { object } from '../schema.ts'
import { isMember, type PoolMemberExpression } from './alternatives.ts'
import { latitude, loadField, longitude, paceFields, trickleField, weightSchema } from './fields.ts'

const text = v.string('expected text')
const LABEL = 'expected a name of at most 64 characters, without spaces'
const label = v.pipe(text, v.regex(/^[\x21-\x7e]{1,64}$/, LABEL))
const LOAD = 'expected a number of 0 or more'
const load = v.pipe(v.number(LOAD), v.minValue(0, LOAD))

const checks = v.lazy((input) => {
  const several = v.pipe(v.array(checkReferenceSchema), v.minLength(1, 'expected at least one check'))
  if (input === undefined) return v.union([checkReferenceSchema, several])
  return Array.isArray(input) ? several : checkReferenceSchema
}) as v.GenericSchema<CheckReference | CheckReference[]>

/** The fields of every expression with health, apart from its members. */
export const alternativesFields = <E, const W extends readonly string[]>(answer: v.GenericSchema<E>, whenDown: W) => ({
  whenDown: v.optional(whenDownSchema(answer, whenDown)),
  check: v.optional(checks),
  name: v.optional(label),
  whenUnknown: v.optional(v.literal('servfail', 'expected "servfail"')),
  ...paceFields,
  ...loadField,
})

function whenDownSchema<E, const W extends readonly string[]>(expression: v.GenericSchema<E>, words: W) {
  const answer = object({ answer: expression })
  const expected = `expected ${words.map((one) => `"${one}"`).join(', ')} or { "answer": expression }`
  const word = v.picklist(words, expected)
  return v.lazy((input) => {
    if (input === undefined) return v.union([word, answer])
    return typeof input === 'object' && input !== null ? answer : word
  }) as v.GenericSchema<W[number] | { answer: E }>
}

/** Returns the fields that a failover and a map of datacenters share. */
export const failoverFields = <E>(answer: v.GenericSchema<E>) => ({
  ...alternativesFields(answer, ['first', 'all', 'last-known', 'nodata', 'servfail', 'refused']),
  ...trickleField,
})

export type FailoverFields<E> = ReturnType<typeof failoverFields<E>>

/** The fields of a member of a pool, and of a level of a failover. */
const memberFields = <E>(answer: v.GenericSchema<E>) => ({
  check: v.optional(checks),
  answer,
  target: v.optional(text),
  datacenter: v.optional(label),
  ...paceFields,
  ...loadField,
  shed: v.optional(
    v.pipe(
      object({ low: load, high: load }),
      v.check(({ low, high }) => low < high, 'expected "low" below "high"'),
    ),
  ),
})

export const failoverMemberSchema = <E>(answer: v.GenericSchema<E>) =>
  memberSchema(answer, { ...memberFields(answer), ...trickleField })

export const poolMemberSchema = <E>(answer: v.GenericSchema<E>) =>
  memberSchema(answer, {
    ...memberFields(answer),
    weight: v.optional(weightSchema),
    group: v.optional(label),
    key: v.optional(text),
    latitude: v.optional(latitude),
    longitude: v.optional(longitude),
  })

/** An object without a kind has the answer inside it. */
function memberSchema<E>(answer: v.GenericSchema<E>, fields: v.ObjectEntries) {
  const withAnswer = object(fields)
  return v.lazy((input) => {
    if (input === undefined) return v.union([answer, withAnswer])
    return isMember(input as PoolMemberExpression<unknown>) ? withAnswer : answer
  }) as v.GenericSchema<E | PoolMemberExpression<E>>
}

/** A non-empty list of members. */
export const membersSchema = <M>(member: v.GenericSchema<M>) =>
  v.pipe(
    v.array(member, 'expected a list of members, like ["192.0.2.1", "192.0.2.2"]'),
    v.minLength(1, 'the list is empty; expected at least one member'),
  )
