import { expect, test } from 'vitest'
import { candidatesFor, parseTestName, questionFor, typesOf } from '../../../src/landing/test-question.ts'

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
  [
    'dns.sub.example.com',
    ['example.com', 'sub.example.com', 'a.example'],
    ['sub.example.com', 'example.com', 'a.example'],
  ],
  ['example.com', ['a.example', 'example.com'], ['example.com', 'a.example']],
  ['notexample.com', ['a.example', 'example.com'], ['a.example', 'example.com']],
  ['127.0.0.1', [], []],
])(
  'without it %s with the zones %j asks for the SOA of the first one of %j that is public',
  (host, origins, expected) => {
    expect(candidatesFor(host, origins)).toEqual(expected)
  },
)

test('of many zones a few are candidates, the one around the host among them', () => {
  const many = Array.from({ length: 1000 }, (_, i) => `z${i}.example`)
  const candidates = candidatesFor('dns.z999.example', many)
  expect([candidates[0], candidates.length]).toEqual(['z999.example', 8])
})

test('without zones there is no name to ask for', () => {
  expect([questionFor(undefined), questionFor('a.example')]).toEqual([
    { name: '', type: 'A' },
    { name: 'a.example', type: 'SOA' },
  ])
})

test('the types to choose from have the asked one, once', () => {
  const chosen = (type: string) => typesOf({ name: 'x', type }).filter(({ isChosen }) => isChosen)
  expect(chosen('SOA')).toEqual([{ name: 'SOA', number: 6, isChosen: true }])
  expect(chosen('TYPE65400')).toEqual([{ name: 'TYPE65400', number: 65_400, isChosen: true }])
})
