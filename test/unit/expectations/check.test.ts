import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkExpectations } from '../../../src/expectations/index.ts'
import { MAX_EXPECTATIONS, MAX_EXPECTATIONS_CHARS, MAX_REPORTED_ISSUES } from '../../../src/limits.ts'
import { err } from '../../../src/result.ts'
import { loadedZones } from '../../../src/zone/index.ts'
import { compileSource, formatDiagnostic } from '../../../src/zonefile/index.ts'
import { runCount } from '../../effort.ts'
import { must } from '../support.ts'

const pool = (check: string, ...members: string[]) => ({ kind: 'pool', check, members })

const DOCUMENT = {
  origin: 'example.com.',
  ttl: 300,
  soa: { mname: 'ns', rname: 'root', serial: 4, refresh: 1, retry: 1, expire: 1, minimum: 60 },
  checks: { web: { kind: 'tcp', port: 443 }, dns: { kind: 'tcp', port: 53 } },
  records: {
    '@': { NS: 'ns', MX: ['10 mail', '20 mail.example.org.'] },
    ns: { A: '192.0.2.53' },
    www: { A: { ttl: 60, answer: '192.0.2.1' }, AAAA: '2001:db8::1' },
    split: {
      A: {
        kind: 'weighted',
        members: [
          { weight: 1, answer: '192.0.2.1' },
          { weight: 2, answer: '192.0.2.2' },
        ],
      },
    },
    office: {
      A: {
        kind: 'view',
        rules: [{ networks: ['203.0.113.0/24'], answer: '10.0.0.1' }],
        otherwise: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] },
      },
    },
    two: { A: pool('web', '192.0.2.10', '192.0.2.11') },
    world: { A: { kind: 'geo', countries: { DE: '192.0.2.1' }, otherwise: '192.0.2.2' } },
    alias: { CNAME: 'www' },
    out: { CNAME: 'www.example.org.' },
    ways: { CNAME: { kind: 'random', of: ['www', 'split'] } },
    many: { A: Array.from({ length: 12 }, (_, i) => `192.0.2.${i + 1}`) },
    text: { TXT: '"CNAME x"' },
  },
}

const FILE = 'zones/example.com.test.json'

const { zone } = must(compileSource({ file: 'example.com.json', text: JSON.stringify(DOCUMENT) }, () => err('no file')))
const OTHER = must(
  compileSource(
    {
      file: 'example.org.zone',
      text: '$TTL 30\n@ IN SOA ns root 1 1 1 1 1\n@ IN NS ns\nns IN A 192.0.2.3\nwww IN A 192.0.2.9\n',
    },
    () => err('no file'),
  ),
).zone

function checked(text: string, folder = 'zones', others = [OTHER]): readonly string[] {
  const result = checkExpectations(
    { file: FILE, text },
    { zone, zones: loadedZones([zone, ...others]), now: 0, folder },
  )
  return result.ok ? [] : result.error.map(formatDiagnostic)
}

const name = 'www.example.com'

describe('rows that hold', () => {
  test.each([
    [{ name, answer: '192.0.2.1' }],
    [{ name: 'WWW.example.com.', answer: ['192.0.2.1'], scope: 0, ttl: 60, rcode: 'NOERROR' }],
    [{ name, type: 'aaaa', answer: '2001:DB8:0::1' }],
    [{ name, type: 'TXT', answer: [] }],
    [{ name, ttl: 60 }],
    [{ name, answer: { '192.0.2.1': '1', '192.0.2.2': '0' } }],
    [{ name: 'example.com', type: 'MX', answer: ['20 mail.example.org.', '10 mail'] }],
    [{ name: 'split.example.com', answer: { '192.0.2.1': '1/3', '192.0.2.2': '2/3' } }],
    [{ name: 'split.example.com', answer: { '192.0.2.1': '2/6', '192.0.2.2': null } }],
    [{ name: 'office.example.com', client: '203.0.113.9', answer: '10.0.0.1', scope: 24 }],
    [{ name: 'office.example.com', ecs: '203.0.113.0/24', answer: '10.0.0.1', scope: 24 }],
    [{ name: 'office.example.com', client: '192.0.2.1', ecs: '203.0.113.0/24', answer: '10.0.0.1' }],
    [
      {
        name: 'office.example.com',
        client: '2001:db8::1',
        answer: { '192.0.2.1': '1/2', '192.0.2.2': '1/2' },
        scope: 0,
      },
    ],
    [{ name: 'two.example.com', down: ['192.0.2.10'], answer: '192.0.2.11' }],
    [{ name: 'two.example.com', down: ['web/192.0.2.10:443'], answer: '192.0.2.11' }],
    [{ name: 'two.example.com', down: ['example.com/web'], up: ['192.0.2.11:*'], answer: '192.0.2.11' }],
    [{ name: 'world.example.com', country: 'DE', answer: '192.0.2.1' }],
    [
      {
        name: 'world.example.com',
        place: { continent: 'EU', country: 'de' },
        client: '192.0.2.1',
        answer: '192.0.2.1',
      },
    ],
    [{ name: 'world.example.com', client: '192.0.2.1', answer: '192.0.2.2' }],
    [{ name: 'world.example.com', place: {}, answer: '192.0.2.2' }],
    [{ name: 'alias.example.com', answer: '192.0.2.1', ttl: 60 }],
    [{ name: 'alias.example.com', answer: ['CNAME www', '192.0.2.1'] }],
    [{ name: 'alias.example.com', type: 'CNAME', answer: 'www.example.com.' }],
    [{ name: 'out.example.com', answer: '192.0.2.9', ttl: 30 }],
    [{ name: 'ways.example.com', answer: { '192.0.2.1': '2/3', '192.0.2.2': '1/3' }, ttl: 60 }],
    [
      {
        name: 'ways.example.com',
        answer: { 'CNAME www': '1/2', 'CNAME split': '1/2', '192.0.2.1': '2/3', '192.0.2.2': null },
      },
    ],
    [{ name: 'text.example.com', type: 'TXT', answer: '"CNAME x"' }],
    [{ name: 'nix.example.com', rcode: 'NXDOMAIN', ttl: 60 }],
    [{ name: 'nix.example.com', rcode: { NXDOMAIN: '1' }, answer: [] }],
  ])('%j', (row) => {
    expect(checked(JSON.stringify([row]))).toEqual([])
  })
})

describe('rows that fail are errors at the first field that is not met', () => {
  test.each([
    [
      `{ "name": "www.example.com", "answer": "192.0.2.7" }`,
      `40: www.example.com A for 192.0.2.1: the answer is 192.0.2.1; expected 192.0.2.7`,
      'www.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "split.example.com", "client": "192.0.2.7", "scope": 0, "answer": { "192.0.2.1": "1/2" }, "why": "a, b" }`,
      `67: split.example.com A for 192.0.2.7 (a, b): the answer is 192.0.2.1 (1/3), 192.0.2.2 (2/3); expected 192.0.2.1 (1/2)`,
      'split.example.com A --client 192.0.2.7',
    ],
    [
      `{ "name": "split.example.com", "answer": { "192.0.2.1": null } }`,
      `32: split.example.com A for 192.0.2.1: the answer is 192.0.2.1 (1/3), 192.0.2.2 (2/3); expected 192.0.2.1 (?)`,
      'split.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "office.example.com", "ecs": "203.0.113.0/25", "answer": "10.0.0.2", "scope": 25, "ttl": 1 }`,
      `68: office.example.com A for 203.0.113.0/25: the answer is 10.0.0.1 with scope 24, TTL 300; expected 10.0.0.2 with scope 25, TTL 1`,
      'office.example.com A --client 203.0.113.0 --ecs 203.0.113.0/25',
    ],
    [
      `{ "name": "www.example.com", "ttl": 61 }`,
      `37: www.example.com A for 192.0.2.1: the answer has TTL 60; expected TTL 61`,
      'www.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "nix.example.com", "answer": "192.0.2.1" }`,
      `40: nix.example.com A for 192.0.2.1: the answer is NXDOMAIN, no records; expected NOERROR, 192.0.2.1`,
      'nix.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "nix.example.com", "answer": [] }`,
      `1: nix.example.com A for 192.0.2.1: the answer is NXDOMAIN; expected NOERROR`,
      'nix.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "www.example.com", "rcode": "NXDOMAIN" }`,
      `39: www.example.com A for 192.0.2.1: the answer is NOERROR; expected NXDOMAIN`,
      'www.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "out.example.com", "answer": [] }`,
      `30: out.example.com A for 192.0.2.1: the answer is 192.0.2.9; expected no records`,
      'out.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "two.example.com", "down": ["192.0.2.1?"], "up": ["web/192.0.2.11*"], "answer": "192.0.2.10" }`,
      `91: two.example.com A for 192.0.2.1, 192.0.2.1? down, web/192.0.2.11* up: the answer is 192.0.2.11; expected 192.0.2.10`,
      `two.example.com A --client 192.0.2.1 --down '192.0.2.1?' --up 'web/192.0.2.11*'`,
    ],
    [
      `{ "name": "world.example.com", "place": { "country": "DE", "region": "BY" }, "answer": "192.0.2.2" }`,
      `88: world.example.com A for 192.0.2.1 in {"country":"DE","region":"BY"}: the answer is 192.0.2.1; expected 192.0.2.2`,
      `world.example.com A --client 192.0.2.1 --cf '{"country":"DE","regionCode":"BY"}'`,
    ],
    [
      `{ "name": "many.example.com", "answer": { "192.0.2.1": "1", "192.0.2.44": "1" } }`,
      `31: many.example.com A for 192.0.2.1: the answer is 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9 and 3 more; expected 192.0.2.44`,
      'many.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "office.example.com", "answer": "10.0.0.1" }`,
      `1: office.example.com A for 192.0.2.1: the answer depends on the client (scope 5); expected "client" or "ecs" in the row`,
      'office.example.com A --client 192.0.2.1',
    ],
    [
      `{ "name": "world.example.com", "answer": "192.0.2.2" }`,
      `1: world.example.com A for 192.0.2.1: the answer depends on where the client is; expected "country", "place" or "client" in the row`,
      'world.example.com A --client 192.0.2.1',
    ],
  ])('%s', (row, message, command) => {
    expect(checked(`[\n${row}\n]`)).toEqual([`${FILE}:2:${message}; explain: npx edge-gslb explain ${command}`])
  })

  test('a row for everybody is checked for IPv6 clients, too', () => {
    const only = must(
      compileSource(
        {
          file: 'example.com.zone',
          text: `$TTL 30\n@ IN SOA ns root 1 1 1 1 1\n@ IN NS ns\nns IN A 192.0.2.3\nv IN LUA A "view({{{'0.0.0.0/0'}, {'192.0.2.1'}}})"\n`,
        },
        () => err('no file'),
      ),
    ).zone
    const row = { name: 'v.example.com', answer: '192.0.2.1' }
    const check = (text: string) =>
      checkExpectations({ file: FILE, text }, { zone: only, zones: loadedZones([only]), now: 0, folder: 'zones' })
    expect(check(JSON.stringify([{ ...row, client: '192.0.2.1' }]))).toEqual({ ok: true, value: 1 })
    const failed = check(JSON.stringify([row]))
    expect(failed.ok ? [] : failed.error.map(formatDiagnostic)).toEqual([
      expect.stringMatching(
        /:1:35: v\.example\.com A for 2001:db8::1: the answer is SERVFAIL, no records; expected NOERROR, 192\.0\.2\.1;/,
      ),
    ])
  })

  test('the command names the folder of the zones, quoted for a shell', () => {
    const [message] = checked('[{ "name": "www.example.com", "ttl": 1 }]', "my zone's")
    expect(message).toMatch(/ --client 192\.0\.2\.1 --zones 'my zone'\\''s'$/)
  })

  test('a CNAME is followed through the zones that are served together', () => {
    const row = '[{ "name": "out.example.com", "answer": [] }]'
    expect(checked(row, 'zones', [])).toEqual([])
    expect(checked(row)).toHaveLength(1)
  })
})

describe('rows that are not valid are errors with their position', () => {
  test.each([
    ['{ "nam": "www.example.com" }', '10: unknown field "nam"; expected "name"'],
    ['{ "answer": "192.0.2.1" }', '1: the field "name" is missing; expected a name like "www.example.com"'],
    ['7', '1: expected an object with "name", "type", "client", "ecs", "country", "place", "down", "up"'],
    ['{ "name": "www" }', '11: www. is not in the zone example.com.; expected "www.example.com."'],
    [
      '{ "name": "www.example.net" }',
      '11: www.example.net. is not in the zone example.com.; expected a name like www.example.com.',
    ],
    ['{ "name": "@" }', '11: . is not in the zone example.com.; expected a name like www.example.com.'],
    ['{ "name": "www.example.com", "type": "AAA" }', '38: "AAA" is not a record type'],
    ['{ "name": "www.example.com", "client": "192.0.2" }', '40: "192.0.2" is not an IP address; expected four numbers'],
    [
      '{ "name": "www.example.com", "ecs": "192.0.2.0/33" }',
      '37: "192.0.2.0/33" has no valid prefix length; expected 0 to 32',
    ],
    ['{ "name": "www.example.com", "ecs": "x" }', '37: "x" is not a network; expected one like'],
    [
      '{ "name": "www.example.com", "country": "Germany" }',
      '41: "Germany" is not a known country; expected codes as in',
    ],
    ['{ "name": "www.example.com", "place": { "asn": -1 } }', '48: "-1" is not a known asn; expected'],
    [
      '{ "name": "www.example.com", "country": "DE", "place": {} }',
      '41: there is a "country" beside "place"; expected',
    ],
    [
      '{ "name": "www.example.com", "country": "DE", "ecs": "192.0.2.0/24" }',
      '41: the "country" is that of the connection, and "ecs" is another client; expected "client" too, or no "country"',
    ],
    [
      '{ "name": "www.example.com", "down": ["192.0.2.10", "nyc"] }',
      '53: "nyc" matches nothing in the zone; expected a target, a check or a datacenter of it',
    ],
    [
      '{ "name": "www.example.com", "down": "192.0.2.10" }',
      '38: "192.0.2.10" is not valid here; expected a list of targets',
    ],
    [
      `{ "name": "www.example.com", "up": [${Array(33).fill('"*"')}] }`,
      '30: 33 is not valid here; expected at most 32;',
    ],
    ['{ "name": "www.example.com", "answer": "192.0.2" }', '40: "192.0.2" is not an IP'],
    ['{ "name": "www.example.com", "answer": { "x": "1" } }', '47: "x" is not an IP'],
    [
      '{ "name": "www.example.com", "answer": ["192.0.2.1", "192.0.2.1"] }',
      '54: 192.0.2.1 is there twice; expected each record once',
    ],
    [
      '{ "name": "www.example.com", "answer": { "192.0.2.1": "50 %" } }',
      '55: "50 %" is not valid here; expected a chance as explain prints it, like "1/3"; or null, for any chance',
    ],
    [
      '{ "name": "www.example.com", "answer": { "192.0.2.1": "1/0" } }',
      '55: "1/0" is not valid here; expected a chance',
    ],
    ['{ "name": "www.example.com", "answer": 1 }', '40: 1 is not valid here; expected one record as its text, a list'],
    ['{ "name": "www.example.com", "rcode": "NXDOMAN" }', '39: "NXDOMAN" is not valid here; expected "NXDOMAIN"'],
    ['{ "name": "www.example.com", "scope": 129 }', '39: 129 is not valid here; expected a scope from 0 to 128'],
    ['{ "name": "www.example.com", "ttl": 0.5 }', '37: 0.5 is not valid here; expected whole seconds'],
  ])('%s', (row, message) => {
    expect(checked(`[\n${row}\n]`)).toEqual([expect.stringContaining(`${FILE}:2:${message}`)])
  })

  test('names of object members are records like any others', () => {
    expect(checked('[{ "name": "www.example.com", "type": "TXT", "answer": { "__proto__": "1" } }]')).toEqual([
      expect.stringContaining('the answer is no records; expected "__proto__"; explain'),
    ])
  })

  test.each([
    ['', 'JSON: the file is empty; expected a list of rows like'],
    ['[{ "name": ]', '1:12: JSON: a value is missing; expected a list of rows'],
    ['{ "name": "www.example.com" }', '1:1: the file is not a list of expectations; expected a list of rows'],
    ['[{ "name": "www.example.com", "name": "a" }]', 'the field "name" is there twice'],
    [
      JSON.stringify(Array(MAX_EXPECTATIONS + 1).fill(7)),
      `the file has ${MAX_EXPECTATIONS + 1} rows; expected at most`,
    ],
    [' '.repeat(MAX_EXPECTATIONS_CHARS + 1), `the file has ${MAX_EXPECTATIONS_CHARS + 1} characters; expected at most`],
  ])('a file of them: %#', (text, message) => {
    expect(checked(text)).toEqual([expect.stringContaining(message)])
  })

  test('after many errors the rest is not checked', () => {
    const errors = checked(JSON.stringify(Array(MAX_REPORTED_ISSUES + 5).fill({ name, ttl: 1 }), null, 1))
    expect(errors).toHaveLength(MAX_REPORTED_ISSUES + 1)
    expect(errors.at(-1)).toContain('the rows from here on were not checked; expected those above to be fixed first')
  })
})

describe('whatever somebody writes, the verdict is a list of errors', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      name,
      'x.world.example.com',
      'alias.example.com',
      'A',
      '*',
      '192.0.2.1',
      '::',
      '0.0.0.0/0',
      '::/0',
      '1/3',
    ),
  )
  const values = fc.oneof(
    texts,
    fc.integer({ min: -1, max: 300 }),
    fc.constant(null),
    fc.array(texts, { maxLength: 3 }),
    fc.dictionary(texts, fc.oneof(texts, fc.constantFrom('1', '0', null)), { maxKeys: 3 }),
  )
  const fields = fc.constantFrom(
    'name',
    'type',
    'client',
    'ecs',
    'country',
    'place',
    'down',
    'up',
    'answer',
    'rcode',
    'scope',
  )

  test('in any field', () => {
    fc.assert(
      fc.property(fc.dictionary(fields, values), (row) => {
        expect(checked(JSON.stringify([{ name, ...row }])).every((line) => line.startsWith(`${FILE}:1:`))).toBe(true)
      }),
      { numRuns: runCount(300) },
    )
  })

  test('of any type', () => {
    for (let type = 0; type < 300; type++) {
      const lines = checked(JSON.stringify([{ name, type: `TYPE${type}`, answer: ['192.0.2.1'] }]))
      expect([type, lines.length]).toEqual([type, type === 1 ? 0 : 1])
    }
  })
})
