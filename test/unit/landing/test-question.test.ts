import { expect, test } from 'vitest'
import { parseTestName, questionFor, typesOf } from '../../../src/landing/test-question.ts'

test.each([
  [undefined, undefined],
  [' ', undefined],
  ['www.example.com', { name: 'www.example.com', type: 'A' }],
  [' www.example.com.  aaaa ', { name: 'www.example.com', type: 'AAAA' }],
  ['www.example.com TYPE65', { name: 'www.example.com', type: 'TYPE65' }],
])('TEST_NAME %j asks for %j', (text, question) => {
  expect(parseTestName(text)).toEqual({ ok: true, value: question })
})

test.each([
  ['a..b', /is not a name to ask for; expected a domain name/],
  ['www.example.com A AAAA', /is not a name to ask for/],
  ['www.example.com NOTYPE', /NOTYPE.*; expected a domain name, and perhaps a type/],
  [`${'a'.repeat(64)}.example`, /is not a name/],
])('TEST_NAME %j is refused', (text, why) => {
  expect(parseTestName(text)).toEqual({ ok: false, error: expect.stringMatching(why) })
})

test.each([
  ['dns.sub.example.com', ['example.com', 'sub.example.com', 'a.example'], 'sub.example.com'],
  ['example.com', ['a.example', 'example.com'], 'example.com'],
  ['notexample.com', ['a.example', 'example.com'], 'a.example'],
  ['127.0.0.1', ['a.example', 'b.example'], 'a.example'],
])('without it %s with the zones %j asks for the SOA of %s', (host, origins, name) => {
  expect(questionFor(host, origins)).toEqual({ name, type: 'SOA' })
})

test('without zones there is no name to ask for', () => {
  expect(questionFor('dns.example.com', [])).toEqual({ name: '', type: 'A' })
})

test('the types to choose from have the asked one, once', () => {
  const chosen = (type: string) => typesOf({ name: 'x', type }).filter(({ isChosen }) => isChosen)
  expect(chosen('SOA')).toEqual([{ name: 'SOA', number: 6, isChosen: true }])
  expect(chosen('TYPE65400')).toEqual([{ name: 'TYPE65400', number: 65_400, isChosen: true }])
})
