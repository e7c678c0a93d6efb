import { writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { expressionSchema } from '../src/policy/index.ts'
import { zoneSchema } from '../src/zone/index.ts'

const FILE = new URL('../docs/zone.schema.json', import.meta.url)

/** The JSON Schema of zone documents, made from the schema that they are checked by. */
export function zoneJsonSchema(): string {
  // `record` in src/schema.ts has a run of its own, which the types of the library do not foresee.
  const schema = toJsonSchema(zoneSchema as unknown as GenericSchema, {
    typeMode: 'input',
    // What only code can check (units of time) is left to `edge-gslb check`.
    errorMode: 'ignore',
    definitions: { expression: expressionSchema },
  })
  return `${JSON.stringify({ $id: 'zone.schema.json', title: 'edge-gslb zone document', ...schema }, null, 2)}\n`
}

if (import.meta.main) writeFileSync(FILE, zoneJsonSchema())
