import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileZone } from '../../../src/zone/index.ts'
import { zoneJsonSchema } from '../../../tools/schema.ts'
import { runCount } from '../../effort.ts'
import { documentOf, must } from '../support.ts'

const record = { content: '192.0.2.1' }
const comment = { content: 'why', account: 'ann', modified_at: 5 }
const rrsetsOf = (rrset: unknown) => ({ rrsets: { www: { A: rrset } } })
const compiled = (api: unknown) => compileZone(documentOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } }, { api }))

test('the engine takes what the API keeps, and leaves it as it is', () => {
  const api = {
    ...rrsetsOf({ ttl: 60, records: [{ ...record, disabled: true, modified_at: 1 }], comments: [comment] }),
    account: 'web',
  }
  const { document } = must(compiled(api))
  expect(document.api).toEqual(api)
  expect(document.api?.rrsets?.www).toBe(api.rrsets.www)
})

test.each<[string, unknown, RegExp]>([
  ['a list', [], /expected/],
  ['an unknown setting', { owner: 'ann' }, /unknown field "owner"; expected one of "kind", "account"/],
  ['an account that is a number', { account: 5 }, /expected text/],
  ['metadata that is no list', { metadata: { 'X-A': '1' } }, /expected a list of texts/],
  ['rrsets that are a list', { rrsets: [] }, /expected an object of names/],
  ['an owner that is a text', { rrsets: { www: 'x' } }, /expected an object of types/],
  ['an rrset that is a text', rrsetsOf('x'), /expected an object with "ttl", "records", "comments"/],
  ['an rrset that is a list', rrsetsOf([]), /expected an object with "ttl", "records", "comments"/],
  ['records without a TTL', rrsetsOf({ records: [record] }), /one of "ttl" and "records" is missing/],
  ['a TTL without records', rrsetsOf({ ttl: 5 }), /one of "ttl" and "records" is missing/],
  ['a negative TTL', rrsetsOf({ ttl: -1, records: [] }), /expected whole seconds from 0 to 2147483647/],
  ['records that are no list', rrsetsOf({ ttl: 1, records: {} }), /expected a list of records/],
  ['a record without content', rrsetsOf({ ttl: 1, records: [{}] }), /the field "content" is missing/],
  ['an unknown field of a record', rrsetsOf({ ttl: 1, records: [{ ...record, ttl: 1 }] }), /unknown field "ttl"/],
  ['disabled as text', rrsetsOf({ ttl: 1, records: [{ ...record, disabled: 'no' }] }), /expected true or false/],
  ['a comment without its account', rrsetsOf({ comments: [{ content: 'x', modified_at: 1 }] }), /"account" is missing/],
  [
    'a time with a fraction',
    rrsetsOf({ comments: [{ ...comment, modified_at: 1.5 }] }),
    /expected a whole number of seconds/,
  ],
])('%s is refused', (_, api, message) => {
  const result = compiled(api)
  expect(result.ok).toBe(false)
  expect(!result.ok && result.error.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n')).toMatch(
    message,
  )
  expect(!result.ok && result.error[0]?.path[0]).toBe('api')
})

test('the quick check of a shape and the published schema agree', () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(zoneJsonSchema()))
  const odd = fc.oneof(fc.constantFrom<unknown>(null, -1, 1.5, 'x', true, [], {}), fc.constant(7))
  const some = (usual: unknown) => fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, odd)
  const list = (item: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 12, arbitrary: fc.array(item, { maxLength: 2 }) }, odd)
  const item = (fields: Record<string, fc.Arbitrary<unknown>>, required: string[]) =>
    fc.record(fields, { requiredKeys: required as never })
  const records = list(item({ content: some('x'), disabled: some(true), modified_at: some(1) }, ['content']))
  const comments = list(
    item({ content: some('x'), account: some('a'), modified_at: some(1) }, ['content', 'account', 'modified_at']),
  )
  const rrset = item({ ttl: some(60), records, comments }, ['ttl', 'records'])
  fc.assert(
    fc.property(
      some(null).chain((other) => (other === null ? rrset : fc.constant(other))),
      (value) => {
        const api = rrsetsOf(value)
        expect(validate(documentOf({}, { api }))).toBe(compiled(api).ok)
      },
    ),
    { numRuns: runCount(1000) },
  )
})
