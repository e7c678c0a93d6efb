/** A JSON Schema, or part of one. */
export type Schema = { [keyword: string]: unknown }

/**
 * Turns alternatives (`anyOf`, `oneOf`) into conditions on a value's type and on the "kind" of an object. A validator
 * then reports the errors of one alternative only, and an editor completes its fields.
 */
export function discriminate(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(discriminate)
  if (typeof schema !== 'object' || schema === null) return schema
  const node = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, discriminate(value)])) as Schema
  const { anyOf, oneOf, ...rest } = node
  const alternatives = (anyOf ?? oneOf) as readonly Schema[] | undefined
  const conditions = alternatives && conditionsOf(alternatives)
  return conditions ? { ...rest, ...conditions } : node
}

type Case = { readonly is: Schema; readonly schema: Schema }

/** Returns the conditions; undefined if two alternatives cannot be distinguished, or if there is only one. */
function conditionsOf(alternatives: readonly Schema[]): Schema | undefined {
  const kinds = alternatives.filter((one) => kindOf(one) !== undefined)
  const references = alternatives.filter((one) => '$ref' in one)
  const others = alternatives.filter((one) => !kinds.includes(one) && !references.includes(one))
  const types = others.map((one) => one.type)
  if (new Set(types).size < types.length || types.includes(undefined) || references.length > 1) return undefined
  if (kinds.length + references.length === 0 && !types.some((type) => type === 'object' || type === 'array'))
    return undefined
  const names = kinds.map(kindOf)
  const cases: Case[] = [
    ...kinds.map((schema) => ({
      is: { ...OBJECT, properties: { kind: { const: kindOf(schema) } }, ...WITH_KIND },
      schema,
    })),
    ...others.map((schema) => ({ is: caseOf(schema), schema })),
  ]
  if (kinds.length > 0)
    cases.push({ is: { ...OBJECT, ...WITH_KIND }, schema: { properties: { kind: { enum: names } } } })
  if (kinds.length > 0 && !types.includes('object')) cases.push({ is: OBJECT, schema: WITH_KIND })
  const [reference] = references
  if (reference) cases.push({ is: { not: { anyOf: others.map((one) => caseOf(one)) } }, schema: reference })
  const allOf = cases.map(({ is, schema }) =>
    Object.fromEntries([
      ['if', is],
      ['then', schema],
    ]),
  )
  return reference ? { allOf } : { type: [...new Set([...types, ...(kinds.length > 0 ? ['object'] : [])])], allOf }
}

const OBJECT = { type: 'object' }
const WITH_KIND = { required: ['kind'] }
const WITHOUT_KIND = { ...OBJECT, not: WITH_KIND }

const caseOf = ({ type }: Schema): Schema => (type === 'object' ? WITHOUT_KIND : { type })

/** Returns the "kind" of an alternative. */
function kindOf({ properties }: Schema): string | undefined {
  const kind = (properties as { kind?: { const?: string } } | undefined)?.kind
  return kind?.const
}
