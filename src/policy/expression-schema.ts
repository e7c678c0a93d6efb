import * as v from 'valibot'
import { kinds } from '../schema.ts'
import { BUILDERS } from './builders.ts'
import { schemas } from './kinds/author.ts'
import * as script from './kinds/script.ts'
import type { Expression } from './types.ts'

/**
 * Recursive. The schema for a value is chosen by the value's own form, so that an error names the field that is wrong
 * and not every form that it might have had; without a value (when the JSON Schema is made) it is all of them.
 */
export const expressionSchema: v.GenericSchema<Expression> = v.lazy((input) => {
  if (typeof input === 'string') return textSchema
  if (Array.isArray(input)) return listSchema
  if (input === undefined) return v.union([textSchema, listSchema, kindSchema])
  return kindSchema
})

const textSchema = v.string('expected text, a list, or an object with a "kind"')
const listSchema = v.array(expressionSchema)

/** A script: as an answer, and as code that scripts include. */
export const scriptSchema = script.schema(BUILDERS, expressionSchema)

const kindSchema = kinds(
  schemas(BUILDERS, expressionSchema, scriptSchema),
  'expected text, a list, or an object with a "kind", like { "kind": "random", "of": ["192.0.2.1"] }',
  (input) =>
    'answer' in input
      ? `"answer"${'ttl' in input ? ' with "ttl"' : ''} is for a whole rrset, not for an answer inside of one; expected the answer itself`
      : undefined,
) as unknown as v.GenericSchema<Expression>
