import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { expectationsJsonSchema, zoneJsonSchema } from '../../../tools/schema.ts'

const schema = JSON.parse(zoneJsonSchema())
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema)

const zone = (answer: unknown, more: object = {}) => ({
  origin: 'example.com.',
  ttl: '5m',
  soa: { mname: 'ns', rname: 'host', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
  records: { '@': { NS: 'ns' }, www: { A: answer } },
  ...more,
})

describe('the JSON Schema of zone documents', () => {
  test('has an id that stays the same', () => {
    expect(schema.$id).toBe('urn:edge-gslb:zone-document')
  })

  test('describes every field', () => {
    const missing = new Set<string>()
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      for (const [keyword, value] of Object.entries(node)) {
        visit(value)
        if (keyword !== 'properties' || !('type' in node) || !('additionalProperties' in node)) continue
        for (const [field, inner] of Object.entries(value as object)) if (!inner.description) missing.add(field)
      }
    }
    visit(schema)
    expect([...missing]).toEqual([])
  })

  const pool = {
    kind: 'pool',
    check: { kind: 'tcp', port: 443 },
    members: ['192.0.2.1', { weight: 2, answer: '192.0.2.2' }],
  }
  test.each([
    ['a text', '192.0.2.1'],
    ['a list', ['192.0.2.1', '192.0.2.2']],
    ['a pool', pool],
    ['a TTL', { ttl: [30, 300], answer: pool }],
    [
      'policies inside policies',
      { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: { kind: 'random', of: [pool] } }] },
    ],
  ])('accepts %s', (_, answer) => {
    validate(zone(answer))
    expect(validate.errors).toBeNull()
  })

  const view = (rule: object) => ({ kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1', ...rule }] })
  test.each<[string, object, string[]]>([
    ['a field of a kind', zone({ ...pool, selct: 'all' }), ['/records/www/A']],
    ['a kind', zone({ kind: 'poool', members: [] }), ['/records/www/A/kind']],
    ['a field deep inside', zone(view({ answer: { kind: 'hashed', off: [] } })), ['/records/www/A/rules/0/answer']],
    [
      'a weight',
      zone({ kind: 'weighted', members: [{ weight: '1', answer: '192.0.2.1' }] }),
      ['/records/www/A/members/0/weight'],
    ],
    ['the port of a check', zone({ ...pool, check: { kind: 'tcp', port: '443' } }), ['/records/www/A/check/port']],
    ['a number', zone(5), ['/records/www/A']],
    ['an answer without a kind', zone({ of: [] }), ['/records/www/A']],
    ['a field of the zone', zone('192.0.2.1', { recrods: {} }), ['']],
  ])('a mistake in %s is told at its place, and little else', (_, document, places) => {
    expect(validate(document)).toBe(false)
    const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if')
    expect([...new Set(errors.map(({ instancePath }) => instancePath))]).toEqual(places)
    expect(errors.length).toBeLessThanOrEqual(2)
  })
})

describe('the JSON Schema of expectations', () => {
  const isValid = new Ajv({ allErrors: true, strict: false }).compile(JSON.parse(expectationsJsonSchema()))
  const name = 'www.example.com'

  test.each(['canary', 'failover', 'split-horizon', 'geo', 'powerdns'])('accepts those of examples/%s', (task) => {
    const rows = JSON.parse(readFileSync(`examples/${task}/zones/example.com.test.json`, 'utf8'))
    expect([isValid(rows), isValid.errors]).toEqual([true, null])
  })

  test.each([
    [{}],
    [{ name, nam: 1 }],
    [{ name, answer: 1 }],
    [{ name, answer: { '192.0.2.1': '50 %' } }],
    [{ name, rcode: 'NXDOMAN' }],
    [{ name, scope: 129 }],
    [{ name, down: '*' }],
  ])('refuses %j', (row) => {
    expect(isValid([row])).toBe(false)
  })
})
