import { writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { checkSchema } from '../src/health/index.ts'
import { expressionSchema } from '../src/policy/index.ts'
import { zoneSchema } from '../src/zone/index.ts'
import { discriminate, type Schema } from './discriminate.ts'
import { DESCRIPTIONS } from './schema-descriptions.ts'

const FILE = new URL('../docs/zone.schema.json', import.meta.url)

/** Stays the same from version to version, so that editors and other schemas can refer to it. */
const ID = 'urn:edge-gslb:zone-document'

/** The JSON Schema of zone documents, made from the schema that they are checked by. */
export function zoneJsonSchema(): string {
  // `record` in src/schema.ts has a run of its own, which the types of the library do not foresee.
  const made = toJsonSchema(zoneSchema as unknown as GenericSchema, {
    typeMode: 'input',
    // What only code can check (units of time) is left to `edge-gslb check`.
    errorMode: 'ignore',
    definitions: { expression: expressionSchema, check: checkSchema as unknown as GenericSchema },
  })
  const { $schema, ...schema } = described(discriminate(made)) as Schema
  return `${JSON.stringify({ $schema, $id: ID, title: 'edge-gslb zone document', ...schema }, null, 2)}\n`
}

/** The schema with a description of each field. */
function described(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(described)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([keyword, value]) => [
      keyword,
      keyword === 'properties' && 'type' in node ? withDescriptions(value as Fields) : described(value),
    ]),
  )
}

type Fields = { readonly [field: string]: Schema }

function withDescriptions(fields: Fields): Fields {
  const kind = fields.kind?.const
  return Object.fromEntries(
    Object.entries(fields).map(([field, schema]) => {
      const description = DESCRIPTIONS[`${kind}.${field}`] ?? DESCRIPTIONS[field]
      // Beside a reference other keywords count as well, since draft 2019-09.
      return [field, { ...(described(schema) as Schema), ...(description !== undefined && { description }) }]
    }),
  )
}

if (import.meta.main) writeFileSync(FILE, zoneJsonSchema())
