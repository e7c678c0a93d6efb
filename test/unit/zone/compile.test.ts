import { describe, expect, test } from 'vitest'
import { documentOf, SOA } from '../support.ts'
import { issuesOf } from './support.ts'

type Json = unknown
const weighted = (weight: Json): Json => ({
  kind: 'weighted',
  members: [
    { weight, answer: '192.0.2.1' },
    { weight: 1, answer: '192.0.2.2' },
  ],
})
const view = (network: string): Json => ({
  kind: 'view',
  rules: [{ networks: ['10.0.0.0/8', network], answer: '192.0.2.1' }],
})
const long = (count: number, text: string): string[] =>
  Array.from({ length: count }, (_, i) => `"${String(i).padStart(255, text)}"`)

/** The value of `records`, the place of the issue, and its message. Every document has this one mistake. */
const inRecords: readonly [what: string, records: Json, path: string, message: RegExp][] = [
  ['a bad address', { www: { A: '1.2.3.456' } }, 'records / www / A', /"1.2.3.456" is not an IP address; expected/],
  ['a bad address in a list', { www: { A: ['192.0.2.1', '1.2.3'] } }, 'records / www / A / 1', /is not an IP address/],
  [
    'a bad address with a ttl',
    { www: { A: { ttl: 5, answer: ['192.0.2.1', '1.2.3'] } } },
    'records / www / A / answer / 1',
    /is not an IP address/,
  ],
  ['an IPv6 address for A', { www: { A: '2001:db8::1' } }, 'records / www / A', /wrong family for A; expected an IPv4/],
  [
    'an IPv4 address for AAAA',
    { www: { AAAA: '192.0.2.1' } },
    'records / www / AAAA',
    /wrong family for AAAA; expected an IPv6/,
  ],
  [
    'a bad address deep inside',
    { www: { A: { kind: 'random', of: ['192.0.2.1', { kind: 'hashed', of: ['x'] }] } } },
    'records / www / A / of / 1 / of / 0',
    /is not an IP address/,
  ],
  ['too much after an address', { www: { A: '192.0.2.1 x' } }, 'records / www / A', /"x" is too much/],
  ['NS without a name server', { sub: { NS: [] } }, 'records / sub / NS', /delegates to nobody; expected at least one/],
  ['MX without a name', { www: { MX: '10' } }, 'records / www / MX', /incomplete; expected MX <preference> <name>/],
  ['MX with a text for a number', { www: { MX: 'ten mail' } }, 'records / www / MX', /"ten" is not a number/],
  ['MX above 65535', { www: { MX: '65536 mail' } }, 'records / www / MX', /expected 0 to 65535/],
  ['a text with spaces, not quoted', { www: { TXT: 'v=spf1 -all' } }, 'records / www / TXT', /spaces outside quotes/],
  [
    'a text with spaces and an escape, for which the error has JSON',
    { www: { TXT: 'a \\; b' } },
    'records / www / TXT',
    /expected it in quotes: "\\"a \\\\; b\\"" in JSON/,
  ],
  [
    'a text with one of two strings in quotes',
    { www: { TXT: '"a"b' } },
    'records / www / TXT',
    /the text "\\"a\\"b" has strings with and without quotes; expected each in quotes: "\\"a\\" \\"b\\"" in JSON$/,
  ],
  ['an unterminated quote', { www: { TXT: '"x' } }, 'records / www / TXT', /unterminated quote/],
  [
    'a label of 64 octets',
    { www: { CNAME: 'x'.repeat(64) } },
    'records / www / CNAME',
    /64 octets; expected at most 63/,
  ],
  ['weight 0', { www: { A: weighted(0) } }, 'records / www / A / members / 0 / weight', /a weight of 0 is never drawn/],
  [
    'a negative weight',
    { www: { A: weighted(-1) } },
    'records / www / A / members / 0 / weight',
    /expected a whole number from 0 to 4294967295/,
  ],
  [
    'weight 1.5',
    { www: { A: weighted(1.5) } },
    'records / www / A / members / 0 / weight',
    /expected a whole number from 0 to 4294967295/,
  ],
  [
    'a text for a weight',
    { www: { A: weighted('10') } },
    'records / www / A / members / 0 / weight',
    /expected a whole number from 0 to 4294967295/,
  ],
  [
    'a weight above 32 bits',
    { www: { A: weighted(2 ** 32) } },
    'records / www / A / members / 0 / weight',
    /expected a whole number from 0 to 4294967295/,
  ],
  [
    'no weight',
    { www: { A: { kind: 'weighted', members: [{ answer: '192.0.2.1' }] } } },
    'records / www / A / members / 0 / weight',
    /"weight" is missing/,
  ],
  ['no members', { www: { A: { kind: 'weighted', members: [] } } }, 'records / www / A / members', /empty/],
  ['random of nothing', { www: { A: { kind: 'random', of: [] } } }, 'records / www / A / of', /empty/],
  [
    'a count of -1',
    { www: { A: { kind: 'random', of: ['192.0.2.1'], count: -1 } } },
    'records / www / A / count',
    /0 or more/,
  ],
  ['a view without rules', { www: { A: { kind: 'view', rules: [] } } }, 'records / www / A / rules', /empty/],
  [
    'a bad network',
    { www: { A: view('10.0.0.0/33') } },
    'records / www / A / rules / 0 / networks / 1',
    /no valid prefix length; expected 0 to 32/,
  ],
  [
    'a bad network as a key',
    { www: { A: { kind: 'networks', networks: { '10.0.0/8': '192.0.2.1' } } } },
    'records / www / A / networks / 10.0.0/8',
    /is not a network/,
  ],
  [
    'a network twice, in two spellings',
    { www: { A: { kind: 'networks', networks: { '10.0.0.0/8': '192.0.2.1', '10.1.0.0/8': '192.0.2.2' } } } },
    'records / www / A / networks / 10.1.0.0/8',
    /twice/,
  ],
  [
    'a mapped network beside its IPv4 one',
    { www: { A: { kind: 'networks', networks: { '10.0.0.0/8': '192.0.2.1', '::ffff:10.0.0.0/104': '192.0.2.2' } } } },
    'records / www / A / networks / ::ffff:10.0.0.0/104',
    /twice/,
  ],
  [
    'a consistent hash over lists without a key',
    {
      www: {
        A: {
          kind: 'consistent-hashed',
          members: [
            { weight: 1, answer: ['192.0.2.1'] },
            { weight: 1, answer: '192.0.2.2' },
          ],
        },
      },
    },
    'records / www / A / members / 0',
    /needs a "key"/,
  ],
  [
    'too many hash points',
    { www: { A: { kind: 'consistent-hashed', members: [{ weight: 100_001, answer: '192.0.2.1' }] } } },
    'records / www / A / members',
    /add up to 100001; expected at most 100000/,
  ],
  [
    'an unknown kind',
    { www: { A: { kind: 'nearest', of: [] } } },
    'records / www / A / kind',
    /there is no kind "nearest"; expected one of "random", "weighted"/,
  ],
  [
    'an unknown kind inside',
    { www: { A: ['192.0.2.1', { kind: 'nearest' }] } },
    'records / www / A / 1 / kind',
    /there is no kind "nearest"; expected one of/,
  ],
  [
    'an unknown field of a kind',
    { www: { A: { kind: 'random', of: ['192.0.2.1'], weight: 1 } } },
    'records / www / A / weight',
    /unknown field "weight"; expected one of "kind", "of", "count"/,
  ],
  [
    'an unknown field beside ttl',
    { www: { A: { TTL: 5, answer: '192.0.2.1' } } },
    'records / www / A / TTL',
    /unknown field "TTL"; expected "ttl"$/,
  ],
  ['a number for an answer', { www: { A: 1 } }, 'records / www / A', /expected text, a list, or an object/],
  ['null for an answer', { www: { A: null } }, 'records / www / A', /expected/],
  ['a text for the types', { www: '192.0.2.1' }, 'records / www', /expected an object of types/],
  [
    'a negative ttl',
    { www: { A: { ttl: -1, answer: '192.0.2.1' } } },
    'records / www / A / ttl',
    /whole seconds from 0 to 2147483647/,
  ],
  [
    'a ttl of 32 bits',
    { www: { A: { ttl: 2 ** 31, answer: '192.0.2.1' } } },
    'records / www / A / ttl',
    /whole seconds from 0 to 2147483647/,
  ],
  [
    'a ttl that is not valid',
    { www: { A: { ttl: '5x', answer: '192.0.2.1' } } },
    'records / www / A / ttl',
    /not a valid time/,
  ],
  [
    'CNAME beside others',
    { www: { A: '192.0.2.1', CNAME: 'x' } },
    'records / www / CNAME',
    /CNAME beside A at www.example.com.; expected the CNAME alone/,
  ],
  [
    'CNAME beside others, spelled otherwise',
    { www: { type5: 'x', TXT: '"x"' } },
    'records / www / type5',
    /CNAME beside TXT/,
  ],
  ['CNAME at the apex', { '@': { CNAME: 'x' } }, 'records / @ / CNAME', /CNAME beside SOA at example.com./],
  ['two CNAMEs', { www: { CNAME: ['x', 'y'] } }, 'records / www / CNAME', /an answer here may have 2/],
  ['no CNAME', { www: { CNAME: [] } }, 'records / www / CNAME', /an answer here may have 0/],
  [
    'a name outside the zone',
    { 'www.example.org.': { A: '192.0.2.1' } },
    'records / www.example.org.',
    /www.example.org. is outside the zone example.com.; expected a name that ends with example.com./,
  ],
  ['the parent of the zone', { 'com.': { A: '192.0.2.1' } }, 'records / com.', /outside the zone/],
  [
    'a name that only looks like the zone',
    { 'wwwexample.com.': { A: '192.0.2.1' } },
    'records / wwwexample.com.',
    /outside the zone/,
  ],
  [
    'a name twice, in two spellings',
    { www: { A: '192.0.2.1' }, 'WWW.example.com.': { TXT: '"x"' } },
    'records / WWW.example.com.',
    /listed twice, in two spellings/,
  ],
  [
    'the apex twice',
    { '@': { A: '192.0.2.1' }, 'example.com.': { TXT: '"x"' } },
    'records / example.com.',
    /listed twice/,
  ],
  [
    'a type twice, in two spellings',
    { www: { A: '192.0.2.1', a: '192.0.2.2' } },
    'records / www / a',
    /A is listed twice/,
  ],
  [
    'a type twice, by its number',
    { www: { A: '192.0.2.1', TYPE1: '192.0.2.2' } },
    'records / www / TYPE1',
    /A is listed twice/,
  ],
  ['an empty label', { 'a..b': { A: '192.0.2.1' } }, 'records / a..b', /empty label/],
  ['an empty name', { '': { A: '192.0.2.1' } }, 'records / ', /name is empty/],
  ['a bad escape', { 'a\\300': { A: '192.0.2.1' } }, 'records / a\\300', /is not an escape/],
  [
    'a name that is too long',
    { [`${'a.'.repeat(125)}a`]: { A: '192.0.2.1' } },
    `records / ${'a.'.repeat(125)}a`,
    /expected at most 255/,
  ],
  ['NS at a wildcard', { '*': { NS: 'ns' } }, 'records / * / NS', /NS at a wildcard/],
  ['NS at a wildcard, spelled otherwise', { '\\042.x': { NS: 'ns' } }, 'records / \\042.x / NS', /NS at a wildcard/],
  ['SOA in the records', { '@': { SOA: 'ns h 1 1 1 1 1' } }, 'records / @ / SOA', /SOA stands in the field "soa"/],
  ['an unknown type', { www: { AAA: '192.0.2.1' } }, 'records / www / AAA', /"AAA" is not a record type/],
  [
    'a type without a text form',
    { www: { null: '1:192.0.2.0/24' } },
    'records / www / null',
    /: type NULL is not supported yet in text form; expected RFC 3597 data: \\# length hex$/,
  ],
  ['a type beyond 16 bits', { www: { TYPE65536: '\\# 0' } }, 'records / www / TYPE65536', /is not a record type/],
  ['a question type', { www: { ANY: '192.0.2.1' } }, 'records / www / ANY', /questions and messages only/],
  ['OPT', { www: { OPT: '\\# 0' } }, 'records / www / OPT', /questions and messages only/],
  [
    'NSEC, which is made here',
    { www: { NSEC: 'x A' } },
    'records / www / NSEC',
    /expected the zone without signatures/,
  ],
  ['a type without a text form yet', { www: { UINFO: '1 1 1 00' } }, 'records / www / UINFO', /expected RFC 3597 data/],
  [
    'generic data of another length',
    { www: { TYPE65280: '\\# 3 0102' } },
    'records / www / TYPE65280',
    /says 3 octets; expected as many, found 2/,
  ],
  ['generic data that is no data of the type', { www: { A: '\\# 3 010203' } }, 'records / www / A', /not valid A data/],
  [
    'an rrset that fits no message',
    { www: { TXT: long(200, 'x') } },
    'records / www / TXT',
    /octets of data; expected at most 48000/,
  ],
  [
    'a sample that may fit no message',
    { www: { TXT: { kind: 'random', of: long(400, 'x'), count: 180 } } },
    'records / www / TXT',
    /expected at most 48000/,
  ],
]

const inDocument: readonly [what: string, document: Json, path: string, message: RegExp][] = [
  [
    'an unknown field',
    documentOf({}, { serial: 1 }),
    'serial',
    /unknown field "serial"; expected one of "\$schema", "origin"/,
  ],
  [
    'no records',
    { ...documentOf({}), records: undefined },
    'records',
    /"records" is missing|expected an object of names/,
  ],
  ['records as a list', documentOf([]), 'records', /expected an object of names/],
  ['no ttl', documentOf({}, { ttl: undefined }), 'ttl', /missing|expected whole seconds/],
  ['a bad ttl', documentOf({}, { ttl: 'soon' }), 'ttl', /"soon" is not a valid time/],
  ['a ttl of 1.5', documentOf({}, { ttl: 1.5 }), 'ttl', /whole seconds/],
  ['a number for the origin', documentOf({}, { origin: 1 }), 'origin', /expected text/],
  ['an origin with an empty label', documentOf({}, { origin: 'a..b' }), 'origin', /empty label/],
  ['an empty origin', documentOf({}, { origin: '' }), 'origin', /empty/],
  ['no soa', documentOf({}, { soa: undefined }), 'soa', /missing|expected an object/],
  [
    'an soa without a serial',
    documentOf({}, { soa: { ...SOA, serial: undefined } }),
    'soa / serial',
    /missing|expected a whole number/,
  ],
  ['a serial of 33 bits', documentOf({}, { soa: { ...SOA, serial: 2 ** 32 } }), 'soa / serial', /0 to 4294967295/],
  ['a text for the serial', documentOf({}, { soa: { ...SOA, serial: '7' } }), 'soa / serial', /0 to 4294967295/],
  [
    'an unknown field of the soa',
    documentOf({}, { soa: { ...SOA, master: 'x' } }),
    'soa / master',
    /unknown field "master"/,
  ],
  ['a bad mname', documentOf({}, { soa: { ...SOA, mname: 'a..b' } }), 'soa / mname', /empty label/],
  ['a bad minimum', documentOf({}, { soa: { ...SOA, minimum: -1 } }), 'soa / minimum', /whole seconds/],
]

describe('mistakes are told with their place and what would be right', () => {
  test.each(inRecords)('%s', (_what, records, path, message) => {
    const issues = issuesOf(documentOf(records))
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatch(message)
    expect(issues[0]?.startsWith(`${path}: `)).toBe(true)
  })
  test.each(inDocument)('%s', (_what, document, path, message) => {
    const issues = issuesOf(document)
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatch(message)
    expect(issues[0]?.startsWith(`${path}: `)).toBe(true)
  })
  test('every missing soa field is told, each by its name', () => {
    const fields = ['mname', 'rname', 'serial', 'refresh', 'retry', 'expire', 'minimum']
    const issues = issuesOf(documentOf({}, { soa: {} }))
    expect(issues.map((issue) => issue.split(':')[0])).toEqual(fields.map((field) => `soa / ${field}`))
  })
  test('several mistakes are told together', () => {
    const issues = issuesOf(documentOf({ a: { A: 'x' }, b: { A: ['y', 'z'] }, 'c.org.': {} }))
    expect(issues.map((issue) => issue.split(': ')[0])).toEqual([
      'records / a / A',
      'records / b / A / 0',
      'records / b / A / 1',
      'records / c.org.',
    ])
  })
})
