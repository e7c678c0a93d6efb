import * as v from 'valibot'
import { kinds } from '../schema.ts'
import { type CalculatedDocument, calculatedSchema } from './kinds/calculated.ts'
import { type DocumentOf, KINDS, type Kind } from './kinds/index.ts'

/**
 * A health check in a zone document: the request to a target, its interval, and the meaning of the target's replies.
 * docs/health.md describes each field by example. Times are in seconds.
 */
export type CheckDocument = DocumentOf<Kind> | CalculatedDocument

/** A check by its name in the zone's `checks`, or in full. */
export type CheckReference = string | CheckDocument

const SCHEMAS = [...Object.values(KINDS).map(({ schema }) => schema), calculatedSchema]
const NAMES = SCHEMAS.map(({ entries }) => entries.kind.literal)

export const checkSchema: v.GenericSchema<unknown, CheckDocument> = kinds(
  SCHEMAS,
  `expected a check whose "kind" is one of ${NAMES.join(', ')}`,
)

const REFERENCE = 'expected the name of a check, or a check written out: { "kind": "tcp", "port": 443 }'
export const checkReferenceSchema: v.GenericSchema<unknown, CheckReference> = v.lazy((input) => {
  if (typeof input === 'string') return v.string(REFERENCE)
  return input === undefined ? v.union([v.string(), checkSchema]) : checkSchema
})
