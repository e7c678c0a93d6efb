import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { openApi, operations } from '../../../src/api/openapi/document.ts'
import { yamlOf } from '../../../src/api/openapi/yaml.ts'

const document = openApi('https://gslb.example.net')

describe('the description of the API', () => {
  test('operation ids are unique, and tags are described', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = (document.tags as { name: string }[]).map(({ name }) => name)
    expect(tags.toSorted()).toEqual([...new Set(operations.flatMap((operation) => operation.tags))].toSorted())
  })

  test('the parameters of a path are those that it names, each with an example', () => {
    for (const { path, parameters = [], operationId } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect([operationId, inPath.map(({ name }) => name).toSorted()]).toEqual([operationId, named.toSorted()])
      for (const { example, required } of inPath)
        expect([operationId, typeof example, required]).toEqual([operationId, 'string', true])
    }
  })

  test('schemas compile, references lead somewhere, and examples are valid', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'api', components: document.components })
    const validator = (schema: object) =>
      ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')))
    for (const name of Object.keys(document.components.schemas)) validator({ $ref: `#/components/schemas/${name}` })
    for (const { operationId, parameters = [], requestBody, responses } of operations) {
      for (const { content = {} } of Object.values(responses))
        for (const { schema } of Object.values(content)) validator(schema)
      const examples = [
        ...parameters.map(({ name, schema, example }) => ({ name, schema, example })),
        ...Object.entries(requestBody?.content ?? {}).map(([name, { schema, example }]) => ({ name, schema, example })),
      ]
      for (const { name, schema, example } of examples) {
        const validate = validator(schema)
        const isValid = example === undefined || validate(example)
        expect([operationId, name, isValid, validate.errors]).toEqual([operationId, name, true, validate.errors])
      }
      if (requestBody)
        expect(Object.values(requestBody.content).every(({ example }) => example !== undefined)).toBe(true)
    }
  })

  test('a request with an unknown member is not valid', () => {
    const ajv = new Ajv2020({ strict: false })
    const plan = operations.find(({ operationId }) => operationId === 'plan')
    const schema = plan?.requestBody?.content['application/json']?.schema ?? {}
    ajv.addSchema({ $id: 'api', components: document.components })
    const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')))
    expect(validate({ zones: {}, extra: 1 })).toBe(false)
    expect(validate({ zones: { 'example.com': { zoneFile: 1 } } })).toBe(false)
  })
})

describe('YAML', () => {
  test('maps and lists are blocks, and texts have quotes where readers of YAML 1.1 take them for something else', () => {
    const sample = {
      lists: [[1, 2], [{ d: null, e: { f: [true] } }], []],
      empty: {},
      'two words': 'no',
      texts: ['yes', '1.0', '', ' x', 'a: b', '- m', 'plain', '/a/{b}', 'two\nlines "quoted" \\', 'ü\u2028\u0085'],
    }
    expect(yamlOf(sample)).toBe(
      String.raw`lists:
  - - 1
    - 2
  - - d: null
      e:
        f:
          - true
  - []
empty: {}
"two words": "no"
texts:
  - "yes"
  - "1.0"
  - ""
  - " x"
  - "a: b"
  - "- m"
  - plain
  - /a/{b}
  - "two\nlines \"quoted\" \\"
  - "ü\u2028\u0085"
`,
    )
    expect([yamlOf([]), yamlOf('x')]).toEqual(['[]\n', 'x\n'])
  })

  test.each(['1.1', '1.2'] as const)('the description is read back as it was, by YAML %s', (version) => {
    expect(parse(yamlOf(document), { version })).toEqual(JSON.parse(JSON.stringify(document)))
  })
})
