import { writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import { array, type GenericSchema } from 'valibot'
import { expectationSchema } from '../src/expectations/index.ts'
import { checkSchema } from '../src/health/index.ts'
import { expressionSchema } from '../src/policy/index.ts'
import { zoneSchema } from '../src/zone/index.ts'
import { discriminate, type Schema } from './discriminate.ts'
import { DESCRIPTIONS, EXPECTATION_DESCRIPTIONS } from './schema-descriptions.ts'

const FILE = new URL('../docs/zone.schema.json', import.meta.url)
const EXPECTATIONS_FILE = new URL('../docs/expectations.schema.json', import.meta.url)

/** Never changes, so that editors and other schemas can refer to it. */
const ID = 'urn:edge-gslb:zone-document'
const EXPECTATIONS_ID = 'urn:edge-gslb:expectations'

/** Returns the JSON Schema of zone documents, generated from the schema that validates them. */
export function zoneJsonSchema(): string {
  // `record` in src/schema.ts has a validator that the library's types do not know.
  const made = toJsonSchema(zoneSchema as unknown as GenericSchema, {
    typeMode: 'input',
    // `edge-gslb check` checks the rest (units of time).
    errorMode: 'ignore',
    definitions: { expression: expressionSchema, check: checkSchema as unknown as GenericSchema },
  })
  const { $schema, ...schema } = described(discriminate(made), DESCRIPTIONS) as Schema
  return `${JSON.stringify({ $schema, $id: ID, title: 'edge-gslb zone document', ...schema }, null, 2)}\n`
}

/** Returns the JSON Schema of files of expectations. */
export function expectationsJsonSchema(): string {
  const made = toJsonSchema(array(expectationSchema), { typeMode: 'input', errorMode: 'ignore' })
  const { $schema, ...schema } = described(made, EXPECTATION_DESCRIPTIONS) as Schema
  return `${JSON.stringify({ $schema, $id: EXPECTATIONS_ID, title: 'edge-gslb expectations', ...schema }, null, 2)}\n`
}

type Descriptions = Readonly<Record<string, string>>

/** Adds a description to each field of the schema. */
function described(node: unknown, descriptions: Descriptions): unknown {
  if (Array.isArray(node)) return node.map((inner) => described(inner, descriptions))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([keyword, value]) => [
      keyword,
      keyword === 'properties' && 'type' in node
        ? withDescriptions(value as Fields, descriptions)
        : described(value, descriptions),
    ]),
  )
}

type Fields = { readonly [field: string]: Schema }

function withDescriptions(fields: Fields, descriptions: Descriptions): Fields {
  // The limits of a load have no kind, and no field of their own for it.
  const kind = fields.capacity ? 'load' : fields.kind?.const
  return Object.fromEntries(
    Object.entries(fields).map(([field, schema]) => {
      const description = descriptions[`${kind}.${field}`] ?? descriptions[field]
      // Since draft 2019-09 other keywords beside a reference count as well.
      return [
        field,
        { ...(described(schema, descriptions) as Schema), ...(description !== undefined && { description }) },
      ]
    }),
  )
}

if (import.meta.main) {
  writeFileSync(FILE, zoneJsonSchema())
  writeFileSync(EXPECTATIONS_FILE, expectationsJsonSchema())
}
