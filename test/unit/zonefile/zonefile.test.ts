import { describe, expect, test } from 'vitest'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { evaluate, type Policy, Work } from '../../../src/policy/index.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { compileSource, formatDiagnostic } from '../../../src/zonefile/index.ts'
import { inSoak } from '../../effort.ts'
import { address, must, seeded } from '../support.ts'
import { brief, compileText, fixtureNames, HEAD, readFixture } from './support.ts'

/**
 * NAME.zone is read as example.com.zone; NAME.json is what must come of it: the zone document, or
 * {"document", "warnings"}, or {"errors"}, as "line:column: message" (with the file before it where it is another).
 */
describe('zone file fixtures', () => {
  test.each(fixtureNames)('%s', (name) => {
    const compiled = compileText(readFixture(`${name}.zone`))
    const expected: unknown = JSON.parse(readFixture(`${name}.json`))
    if (!compiled.ok) return expect({ errors: compiled.error.map(brief) }).toEqual(expected)
    const { document, warnings } = compiled.value
    expect(warnings.length > 0 ? { document, warnings: warnings.map(brief) } : document).toEqual(expected)
    // The document is published: compiled again, it stays the same.
    expect(must(compileZone(JSON.parse(JSON.stringify(document)))).document).toEqual(document)
  })
})

describe('white space between the strings of a LUA record', () => {
  const answerOf = (strings: string, luaInsertWhitespace: boolean) => {
    const include = () => ({ ok: false, error: '' }) as const
    const source = { file: 'example.com.zone', text: `${HEAD}x LUA TXT ${strings}\n` }
    const compiled = compileSource(source, include, { luaInsertWhitespace })
    if (!compiled.ok) return compiled.error.map(brief)
    const answer = compiled.value.document.records.x?.TXT
    return typeof answer === 'object' && 'records' in answer ? answer.records : answer
  }
  test.each<[string, unknown, unknown]>([
    [`"'ab" "cd'"`, '"abcd"', '"ab   cd"'],
    [`"'ab" " " "cd'"`, '"abcd"', '"ab       cd"'],
    [`"'ab" "" "cd'"`, '"abcd"', '"ab     cd"'],
    [`"{'a'," "'b'}"`, ['"a"', '"b"'], ['"a"', '"b"']],
    [`";return" "'a'"`, '"a"', '"a"'],
    [`";ret" "urn 'a'"`, '"a"', ['4:19: Lua syntax']],
    [`"pick" "nix()"`, ['4:12: unknown function picknix'], ['4:19: Lua syntax']],
    [`"{'a'," "nix()}"`, ['4:20: unknown function nix'], ['4:20: unknown function nix']],
  ])('%s', (strings, without, inserted) => {
    for (const [flag, expected] of [
      [false, without],
      [true, inserted],
    ] as const) {
      const answer = answerOf(strings, flag)
      if (Array.isArray(expected) && String(expected).startsWith('4:'))
        expect(String(answer)).toContain(String(expected))
      else expect(answer).toEqual(expected)
    }
  })
})

test('types that have a name at IANA: RFC 3597 data too', () => {
  const { records } = must(
    compileText(`${HEAD}x APL \\# 7 00011803c0a820\n  IN eui48 \\# 6 00005e00532a\nKEY A 192.0.2.2\n`),
  ).document
  expect(records).toMatchObject({
    x: { APL: '1:192.168.32.0/24', EUI48: '00-00-5e-00-53-2a' },
    KEY: { A: '192.0.2.2' },
  })
})

describe('the example zones', () => {
  const policyAt = (file: string, label: string): Policy => {
    const { zone } = must(compileText(readFixture(`../../../zones/${file}`), file))
    const node = zone.names.find(`${String.fromCharCode(label.length)}${label}${zone.origin.key}`)
    return node?.rrsets.find((rrset) => rrset.type === 1)?.policy as Policy
  }
  const answers = (policy: Policy, client: string, draws: number): Record<string, number> => {
    const random = seeded(1)
    const counts: Record<string, number> = {}
    for (let i = 0; i < draws; i++) {
      const { rdatas } = evaluate(policy, {
        client: address(client),
        name: '\0',
        health: NO_HEALTH,
        random,
        work: new Work(),
      })
      for (const { text } of rdatas) counts[text] = (counts[text] ?? 0) + 1
    }
    return counts
  }

  test.each(['example.com.zone', 'example.net.json'])('%s depends on the client', (file) => {
    const random = answers(policyAt(file, 'random'), '203.0.113.7', 3000)
    expect(Object.keys(random).sort()).toEqual(['1.2.3.4', '4.3.2.1'])
    expect((random['4.3.2.1'] ?? 0) / (random['1.2.3.4'] ?? 1)).toBeCloseTo(2, 0)
    expect(answers(policyAt(file, 'src'), '192.168.3.4', 1)).toEqual({ '192.168.1.54': 1 })
    expect(answers(policyAt(file, 'src'), '203.0.113.7', 1)).toEqual({ '192.0.2.1': 1 })
    expect(Object.keys(answers(policyAt(file, 'src-rand'), '192.168.3.4', 50)).sort()).toEqual(['1.2.3.4', '1.2.3.5'])
    expect(Object.keys(answers(policyAt(file, 'src-rand'), '203.0.113.7', 50)).sort()).toEqual(['4.3.2.1', '4.3.2.2'])
  })

  test.each<[string, number[]]>([
    ['example.com.zone', [12, 13]],
    ['example.net.json', []],
  ])('%s warns that IPv6 clients get SERVFAIL, and of nothing else', (file, lines) => {
    const { warnings } = must(compileText(readFixture(`../../../zones/${file}`), file))
    expect(warnings.map(({ line, message }) => [line, message.slice(0, 12)])).toEqual(
      lines.map((line) => [line, 'IPv6 clients']),
    )
  })
})

describe('the file name is the zone', () => {
  test.each([
    ['zones/example.org.zone', 'example.org.'],
    ['C:\\zones\\example.org.ZONE', 'example.org.'],
    ['/etc/bind/2.0.192.in-addr.arpa', '2.0.192.in-addr.arpa.'],
  ])('%s', (file, origin) => {
    expect(must(compileText(HEAD, file)).document.origin).toBe(origin)
  })

  test.each(['.zone', 'a..b.zone', `${'x'.repeat(64)}.zone`])('%s is none', (file) => {
    const compiled = compileText(HEAD, file)
    expect(compiled.ok ? [] : compiled.error.map(formatDiagnostic)).toEqual([
      `${file}:1:1: the file is not named after a zone; expected a name like example.com.zone`,
    ])
  })
})

describe('limits', () => {
  test('errors beyond the hundredth are counted', () => {
    const compiled = compileText(`${HEAD}${'x A 1\n'.repeat(250)}`)
    const errors = compiled.ok ? [] : compiled.error.map(brief)
    expect(errors).toHaveLength(100)
    expect(errors[98]).toContain('102:5: "1" is not an IP address')
    expect(errors[99]).toBe('103:5: 151 more from here on; expected those above to be fixed first')
  })

  test('$INCLUDE nests eight deep, and reading continues after a deeper one', () => {
    const compiled = compileText(`${HEAD}$INCLUDE 1\n`, 'example.com.zone', (path) => ({
      ok: true,
      value: { file: path, text: `n${path} A 192.0.2.${path}\n$INCLUDE ${Number(path) + 1}\n` },
    }))
    expect(compiled.ok ? [] : compiled.error.map(brief)).toEqual([
      '8:2:10: $INCLUDE nests too deep; expected at most 8 files in each other',
    ])
  })

  test('files that include each other many times end', () => {
    const compiled = compileText(`${HEAD}$INCLUDE 1\n`, 'example.com.zone', (path) => ({
      ok: true,
      value: { file: path, text: `$INCLUDE ${Number(path) + 1}\n`.repeat(Number(path) < 8 ? 10 : 0) },
    }))
    expect(compiled.ok ? [] : compiled.error.map((e) => e.message)).toEqual([
      'too many $INCLUDE; expected at most 1000',
    ])
  })
})

describe('big zones', () => {
  const reads = (text: string): void => {
    const compiled = compileText(text)
    expect(compiled.ok ? [] : compiled.error.slice(0, 3).map(brief)).toEqual([])
  }

  test.each([10_000, ...inSoak([50_000])])('%i records', (length) => {
    reads(`${HEAD}${Array.from({ length }, (_, i) => `host-${i} 60 IN A 10.0.0.1\n`).join('')}`)
  })

  test.each([4000, ...inSoak([20_000])])('a view with %i networks', (length) => {
    const masks = Array.from({ length }, (_, i) => `'${(0x2000 + i).toString(16)}::/16'`)
    reads(`${HEAD}v LUA A "view({{{${masks.join(',')}}, {'192.0.2.1'}}, {{'0.0.0.0/0'}, {'192.0.2.2'}}})"\n`)
  })

  test('100,000 parentheses or quotes that are never closed', () => {
    for (const line of ['(', '"', 'x TXT (', ')']) {
      const compiled = compileText(HEAD + `${line}\n`.repeat(100_000))
      expect(compiled.ok).toBe(false)
    }
  })
})

describe('zone documents as JSON', () => {
  const zone = (records: string): string =>
    `{ "origin": "example.com", "ttl": 60,\n  "soa": { "mname": "ns", "rname": "h", "serial": 1, "refresh": 1, "retry": 1,\n` +
    `    "expire": 1, "minimum": 1 },\n  "records": ${records} }`
  const A = (answer: string): string => zone(`{\n    "www": { "A": ${answer} } }`)

  test.each<[string, string, string[]]>([
    ['an empty file', '', ['1:1: JSON: the file is empty; expected a zone document, as in docs/zone-document.md']],
    [
      'a comment',
      '{ // no\n}',
      ['1:3: JSON: invalid comment token; expected a zone document, as in docs/zone-document.md'],
    ],
    [
      'a trailing comma',
      zone('{},'),
      ['4:18: JSON: a comma with nothing behind it; expected a zone document, as in docs/zone-document.md'],
    ],
    [
      'a field twice',
      A('"192.0.2.1", "A": "192.0.2.2"'),
      ['5:32: the field "A" is there twice; expected each field once'],
    ],
    [
      'a bad address',
      A('"192.0.2.256"'),
      ['5:19: "192.0.2.256" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1'],
    ],
    [
      'a weight of 0',
      A('{\n "kind": "weighted", "members": [\n  { "weight": 0, "answer": "192.0.2.1" }] }'),
      ['7:15: a weight of 0 is never drawn; expected 1 or more, or a "shift" to another weight'],
    ],
    [
      'a bad network',
      A('{\n "kind": "networks", "networks": {\n  "10.0.0.0/33": "192.0.2.1" } }'),
      ['7:18: "10.0.0.0/33" has no valid prefix length; expected 0 to 32 after the slash'],
    ],
    [
      'a CNAME beside other data',
      zone('{\n  "www": { "A": "192.0.2.1",\n    "CNAME": "x" } }'),
      ['6:14: CNAME beside A at www.example.com.; expected the CNAME alone (RFC 1034 §3.6.2)'],
    ],
    [
      'no SOA',
      '{ "origin": "example.com", "ttl": 1, "records": {} }',
      [
        '1:1: the field "soa" is missing; expected an object with "mname", "rname", "serial", "refresh", "retry", "expire", "minimum", "ttl"',
      ],
    ],
    ['too deep', '['.repeat(5000), ['1:257: the JSON nests too deep; expected at most 256 levels']],
  ])('%s', (_, text, errors) => {
    const compiled = compileText(text, 'zone.json')
    expect(compiled.ok ? [] : compiled.error.map((e) => formatDiagnostic(e).replace(/^zone\.json:/, ''))).toEqual(
      errors,
    )
  })

  test('warnings have positions too', () => {
    const { warnings } = must(compileText(A('"192.0.2.1"'), 'zone.json'))
    expect(warnings.map(formatDiagnostic)).toEqual([
      'zone.json:4:3: warning: the zone has no NS records at its origin; expected at least one',
    ])
  })
})
