import { describe, expect, test } from 'vitest'
import { TYPE } from '../../../src/dns/index.ts'
import { parseParameters } from '../../../src/http/parameters.ts'
import { MAX_GENERATED_CHARS } from '../../../src/limits.ts'
import { ok } from '../../../src/result.ts'
import { textOfOctets } from '../../../src/zonefile/index.ts'
import { must } from '../support.ts'
import { brief, compileText, HEAD } from './support.ts'

/** Odd files that other servers read. A character of a text stands for one octet. */
const read = (octets: string): string[] => {
  const compiled = compileText(textOfOctets(Buffer.from(HEAD + octets, 'latin1')))
  if (!compiled.ok) return compiled.error.map(brief)
  const lines: string[] = []
  for (const [owner, types] of Object.entries(compiled.value.document.records)) {
    for (const [type, rrset] of Object.entries(types)) {
      if (owner === '@' && type === 'NS') continue
      const { ttl, answer } = Object.assign({ ttl: 300, answer: rrset }, Object(rrset).answer ? rrset : {})
      const { records } = Object.assign({ records: answer }, Object(answer).records ? answer : {})
      for (const text of [records].flat()) lines.push(`${owner} ${ttl} ${type} ${text}`)
    }
  }
  return [...lines, ...compiled.value.warnings.map((warning) => `warning ${brief(warning)}`)]
}

const A = 'x 300 A 192.0.2.1'

describe('octets', () => {
  test.each<[string, string, string[]]>([
    ['Latin-1 in a comment', '; caf\xe9\nx A 192.0.2.1\n', [A]],
    ['Latin-1 in a string', 'x TXT "caf\xe9"\n', ['x 300 TXT "caf\\233"']],
    ['Latin-1 in a word', 'x TXT caf\xe9\n', ['x 300 TXT "caf\\233"']],
    ['UTF-8 beside other octets', 'x TXT "\xc3\xa9\xe9\xff"\n', ['x 300 TXT "\\195\\169\\233\\255"']],
    ['UTF-8 that is cut short', 'x TXT "\xe2\x82"\n', ['x 300 TXT "\\226\\130"']],
    ['a surrogate half in UTF-8', 'x TXT "\xed\xb2\x80"\n', ['x 300 TXT "\\237\\178\\128"']],
    ['a longer form than needed', 'x TXT "\xc0\x80"\n', ['x 300 TXT "\\192\\128"']],
    ['beyond Unicode', 'x TXT "\xf4\x90\x80\x80"\n', ['x 300 TXT "\\244\\144\\128\\128"']],
    ['four octets', 'x TXT "\xf0\x9f\x98\x80"\n', ['x 300 TXT "\\240\\159\\152\\128"']],
    ['Latin-1 in a name', 'caf\xe9 A 192.0.2.1\n', ['caf\\233 300 A 192.0.2.1']],
    ['UTF-8 in a name', 'caf\xc3\xa9 A 192.0.2.1\n', ['xn--caf-dma 300 A 192.0.2.1']],
    ['Latin-1 in data', 'x CNAME \xe9.example.net.\n', ['x 300 CNAME \\233.example.net.']],
    ['Latin-1 in LUA code', 'x LUA TXT "\'caf\xe9!\'"\n', ['x 300 TXT "caf\\233!"']],
    ['an octet of 0 in a string', 'x TXT "a\0b"\n', ['x 300 TXT "a\\000b"']],
    ['an octet of 0 in a comment', '; \0\nx A 192.0.2.1\n', [A]],
    [
      'an octet of 0 in a word',
      'x TXT a\0b\ny A 192.0.2.1\n',
      ['4:7: an octet of 0 outside quotes; expected \\000 for one in a name or a string'],
    ],
    ["DOS's end of the file", 'x A 192.0.2.1\r\n\x1a', [A]],
    ['a block of such ends', `x A 192.0.2.1\r\n${'\x1a\0'.repeat(5000)}`, [A]],
    ['no last line feed', 'x A 192.0.2.1', [A]],
    ['carriage returns alone', 'x A 192.0.2.1\ry A 192.0.2.2\r', [A, 'y 300 A 192.0.2.2']],
    ['a carriage return in a string', 'x TXT "a\rb"\n', ['x 300 TXT "a\\013b"']],
    ['a line feed after a backslash in a string', 'x TXT "a\\\nb"\n', ['x 300 TXT "a\\010b"']],
    ['a form feed in a name', 'a\fb A 192.0.2.1\n', ['a\\012b 300 A 192.0.2.1']],
    ['a very long line', `${' '.repeat(100_000)}A 192.0.2.1 ;${'c'.repeat(100_000)}\n`, ['@ 300 A 192.0.2.1']],
  ])('%s', (_, octets, expected) => {
    expect(read(octets)).toEqual(expected)
  })
})

describe('strings of more than 255 octets', () => {
  const [a, b] = ['a'.repeat(255), 'b'.repeat(45)]
  const warning = (column: number, octets = 300): string =>
    `warning 4:${column}: a string of ${octets} octets is cut into several; expected at most 255 in each`
  test.each<[string, string, string[]]>([
    ['TXT', `x TXT "${a}${b}"`, [`x 300 TXT "${a}" "${b}"`, warning(7)]],
    ['TXT without quotes', `x TXT ${a}${b}`, [`x 300 TXT "${a}" "${b}"`, warning(7)]],
    ['a second string', `x TXT k "${a}${b}" "t"`, [`x 300 TXT "k" "${a}" "${b}" "t"`, warning(9)]],
    ['as octets, not characters', `x TXT "${'\\097'.repeat(255)}"`, [`x 300 TXT "${a}"`]],
    ['three strings', `x TXT "${a}${a}${b}"`, [`x 300 TXT "${a}" "${a}" "${b}"`, warning(7, 555)]],
    ['SPF', `x SPF "${a}${b}"`, [`x 300 SPF "${a}" "${b}"`, warning(7)]],
    ['AVC', `x AVC "${a}${b}"`, [`x 300 AVC "${a}" "${b}"`, warning(7)]],
    ['RESINFO', `x RESINFO "${a}${b}"`, [`x 300 RESINFO "${a}" "${b}"`, warning(11)]],
    ['HINFO has two strings', `x HINFO "${a}${b}" os`, ['4:9: a string of 300 octets; expected at most 255']],
    ['CAA has a text', `x CAA 0 issue "${a}${b}"`, [`x 300 CAA 0 issue "${a}${b}"`]],
    ['URI has a text', `x URI 1 1 "${a}${b}"`, [`x 300 URI 1 1 "${a}${b}"`]],
  ])('%s', (_, line, expected) => {
    expect(read(`${line}\n`)).toEqual(expected)
  })

  test('a zone document has the warning at its rrset', () => {
    const document = {
      ...must(compileText(HEAD)).document,
      records: { '@': { NS: 'ns.example.net.' }, x: { TXT: `"${a}${b}"` } },
    }
    const { warnings, zone } = must(compileText(JSON.stringify(document), 'example.com.json'))
    expect(warnings.map(({ message }) => message)).toEqual([
      'a string of 300 octets is cut into several; expected at most 255 in each',
    ])
    expect(zone.names.find(`\x01x${zone.origin.key}`)?.rrsets[0]?.policy).toMatchObject({
      rdatas: [{ text: `"${a}" "${b}"` }],
    })
  })
})

describe('$GENERATE with data of several words', () => {
  test.each<[string, string, string[]]>([
    ['MX', 'm$ MX 10 mail$.example.net.', ['m1 300 MX 10 mail1.example.net.', 'm2 300 MX 10 mail2.example.net.']],
    [
      "BIND's one string",
      'm$ MX "10 mail$.example.net."',
      ['m1 300 MX 10 mail1.example.net.', 'm2 300 MX 10 mail2.example.net.'],
    ],
    ['TTL and class', 'a$ 60 IN A 192.0.2.$', ['a1 60 A 192.0.2.1', 'a2 60 A 192.0.2.2']],
    ['class and TTL', 'a$ IN 60 A 192.0.2.$', ['a1 60 A 192.0.2.1', 'a2 60 A 192.0.2.2']],
    ['words and strings', 'x$ TXT a$ "b $" ; $', ['x1 300 TXT "a1" "b 1"', 'x2 300 TXT "a2" "b 2"']],
    ['HINFO', 'h$ HINFO "PC $" OS', ['h1 300 HINFO "PC 1" "OS"', 'h2 300 HINFO "PC 2" "OS"']],
    ['dollars', 'x$ TXT \\$ $$ "\\$$"', ['x1 300 TXT "$" "$" "$1"', 'x2 300 TXT "$" "$" "$2"']],
    [
      'modifiers',
      `s\${0,3} SRV 0 0 80\${-1} h\${10,4,x}.example.net.`,
      ['s001 300 SRV 0 0 800 h000b.example.net.', 's002 300 SRV 0 0 801 h000c.example.net.'],
    ],
    [
      'nibbles',
      `x$ PTR \${0,3,n}.\${15,3,N}.ip6.arpa.`,
      ['x1 300 PTR 1.0.0.1.ip6.arpa.', 'x2 300 PTR 2.0.1.1.ip6.arpa.'],
    ],
    [
      'parentheses',
      's$ ( SRV 0 0\n 80 h$.example.net. )',
      ['s1 300 SRV 0 0 80 h1.example.net.', 's2 300 SRV 0 0 80 h2.example.net.'],
    ],
    ['RFC 3597 data', 'x$ TYPE65280 \\# 1 0$', ['x1 300 TYPE65280 \\# 1 01', 'x2 300 TYPE65280 \\# 1 02']],
    ['CAA', 'x$ CAA 0 issue "ca$.example"', ['x1 300 CAA 0 issue "ca1.example"', 'x2 300 CAA 0 issue "ca2.example"']],
    ['LUA', 'x$ LUA TXT "\'a$\'"', ['x1 300 TXT "a1"', 'x2 300 TXT "a2"']],
    ['LUA of several strings', 'x$ LUA TXT "\'a$" "b\\$\'"', ['x1 300 TXT "a1b$"', 'x2 300 TXT "a2b$"']],
    ['too many words', 'a$ A 192.0.2.$ 5', ['4:30: "5" is too much; expected A <address>']],
    ['a word missing', 'a$ MX 10', ['4:21: MX data is incomplete; expected MX <preference> <name>']],
    [
      'a mistake in a later word',
      'a$ MX 10 a..$',
      ['4:24: "a..1" has an empty label; expected a character between dots'],
    ],
  ])('%s', (_, line, expected) => {
    expect(read(`$GENERATE 1-2 ${line}\n`)).toEqual(expected)
  })

  test('a text of several words is one string, with a warning that BIND makes several', () => {
    expect(read('$GENERATE 1-2 x$ TXT "a b$"\n')).toEqual([
      'x1 300 TXT "a b1"',
      'x2 300 TXT "a b2"',
      'warning 4:22: BIND makes several strings of this text; expected it as one, as here',
    ])
  })

  test('its output is bounded in octets too', () => {
    expect(read(`$GENERATE 1-65536 x$ LUA LUA "${'y'.repeat(60_000)}"\n`)).toEqual([
      `4:11: $GENERATE makes too much text; expected at most ${MAX_GENERATED_CHARS} characters in a zone`,
    ])
  })
})

describe('words of other servers', () => {
  test.each<[string, string, string[]]>([
    ['flags and an algorithm by name', 'x DNSKEY ZONE|KSK DNSSEC ECDSAP256SHA256 AQAB', ['x 300 DNSKEY 257 3 13 AQAB']],
    [
      'seconds that begin with a dot',
      'x LOC 52 22 .5 N 4 53 32 E 0m',
      ['x 300 LOC 52 22 0.500 N 4 53 32.000 E 0.00m 1m 10000m 10m'],
    ],
    ["Windows' age of a record", 'x [AGE:3693234] 60 A 192.0.2.1', ['x 60 A 192.0.2.1']],
    ['no prefixes', 'x APL', ['x 300 APL ']],
    [
      'a set that is spelled in two ways',
      'WWW A 192.0.2.1\nwww AAAA ::1',
      [
        'WWW 300 A 192.0.2.1',
        'WWW 300 AAAA ::1',
        'warning 5:1: www is written WWW before, and is the same name; expected one spelling (RFC 4343)',
      ],
    ],
    [
      'a space in a name',
      'a\\032b A 192.0.2.1',
      [
        'a\\032b 300 A 192.0.2.1',
        'warning 4:1: a\\032b.example.com. has a space in it; expected a name without, which clients can ask for',
      ],
    ],
    ['a label of 32 octets', `${'x'.repeat(32)} A 192.0.2.1`, [`${'x'.repeat(32)} 300 A 192.0.2.1`]],
  ])('%s', (_, line, expected) => {
    expect(read(`${line}\n`)).toEqual(expected)
  })
})

describe('messages are short', () => {
  test.each<[string, string, string]>([
    [
      'a long word',
      `x A ${'1'.repeat(5000)}`,
      '4:5: "1111111111111111111111111111111111111111…" is not an IP address; expected four numbers',
    ],
    [
      'a long name',
      `${'a'.repeat(5000)} A 192.0.2.1`,
      '4:1: a label of "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" has 5000 octets; expected at most 63',
    ],
    [
      'a long record that stands twice',
      `x TXT ${'"a" '.repeat(500)}\nx TXT ${'"a" '.repeat(500)}`,
      'warning 5:3: TXT "a" "a"',
    ],
    ['a long path', `$INCLUDE ${'p/'.repeat(2000)}`, '4:10: cannot include p/p/'],
  ])('%s', (_, line, beginning) => {
    const message = read(`${line}\n`).at(-1) as string
    expect(message.slice(0, beginning.length)).toBe(beginning)
    expect(message.length).toBeLessThanOrEqual(220 + 'warning 5:10: '.length)
    expect(message).toMatch(/expected/)
  })
})

describe('types by name', () => {
  /** Types for questions and messages, and those that a zone file has no RFC 3597 data of. */
  const NOT_DATA = /^(OPT|NXNAME|TKEY|TSIG|[IA]XFR|MAIL[AB]|ANY|LUA|SOA)$/
  const names = Object.keys(TYPE)

  test.each(names)('type=%s of the JSON forms', (name) => {
    const given = new Map([
      ['name', ok('example.com')],
      ['type', ok(name.toLowerCase())],
    ])
    const get = (parameter: string) => given.get(parameter)
    expect(must(parseParameters(get)).type).toBe(TYPE[name as keyof typeof TYPE])
  })

  test.each(['NULL', 'UINFO', 'UID', 'GID', 'UNSPEC', 'NINFO', 'EID', 'HHIT', 'EUI48', 'TYPE4711'])(
    '%s with RFC 3597 data',
    (name) => {
      const data = name === 'NINFO' ? '01ff' : name === 'EUI48' ? '0102030405ff' : 'ff'
      const [line] = read(`x ${name} \\# ${data.length / 2} ${data}\n`)
      expect(line).toMatch(new RegExp(`^x 300 ${name} `))
    },
  )

  test('each is accepted in a zone file, or refused with a reason', () => {
    for (const name of names) {
      const [line] = read(`x ${name} \\# 0\n`)
      const reason = NOT_DATA.test(name)
        ? /questions and messages|is not a record type|the data after|SOA is at|served|LUA data/
        : /^x 300|the data after|left out|the file is signed already/
      expect(line, name).toMatch(reason)
    }
  })
})
