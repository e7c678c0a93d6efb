import { describe, expect, test } from 'vitest'
import { parseType } from '../../../src/dns/index.ts'
import type { Expression } from '../../../src/policy/index.ts'
import { must } from '../support.ts'
import { compileCode } from './support.ts'

const fold = (code: string, type: string) => compileCode(code, must(parseType(type)))

/** Errors, or where the code folds its warnings: each with its offset in the code. */
const issuesOf = (code: string, type: string): readonly string[] => {
  const folded = fold(code, type)
  return (folded.ok ? folded.value.warnings : folded.error).map(({ at, message }) => `${at}: ${message}`)
}

describe('what folds', () => {
  const AB: Expression = { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] }
  const members = [
    { weight: 15, answer: '192.0.2.1' },
    { weight: 42, answer: '192.0.2.2' },
  ]
  const LIST = "{'192.0.2.1', '192.0.2.2'}"
  const WEIGHTED = "{{15, '192.0.2.1'}, {42, '192.0.2.2'}}"

  test.each<[string, string, Expression]>([
    // literals
    ["'192.0.2.1'", 'A', '192.0.2.1'],
    ['[[192.0.2.1]]', 'A', '192.0.2.1'],
    ["('192.0.' .. (2) .. '.1')", 'A', '192.0.2.1'],
    ["'192.0.2.1' -- a comment", 'A', '192.0.2.1'],
    ["'192.0.2.1';", 'A', '192.0.2.1'],
    [";return '192.0.2.1'", 'A', '192.0.2.1'],
    [" '192.0.2.1' ", 'A', '192.0.2.1'],
    ['{}', 'A', []],
    ['{nil}', 'A', []],
    [LIST, 'A', ['192.0.2.1', '192.0.2.2']],
    ["{'192.0.2.1', nil, '192.0.2.2',}", 'A', ['192.0.2.1', '192.0.2.2']],
    ["{[2] = '192.0.2.2', [1] = '192.0.2.1'}", 'A', ['192.0.2.1', '192.0.2.2']],
    ["{'192.0.2.9', pickrandom({'192.0.2.1', '192.0.2.2'})}", 'A', ['192.0.2.9', AB]],
    // numbers are text as C's %.14g has them
    [
      '{1, 15.7, -3, 1e15, 1e-5, 0.1, 100000, 0x10, 12345678901234567}',
      'TXT',
      [...['"1"', '"15.7"', '"-3"', '"1e+15"', '"1e-05"', '"0.1"', '"100000"', '"16"', '"1.2345678901235e+16"']],
    ],
    [
      '{99999999999999, 100000000000000, -0, 0.0001, 1e999, -(-2), 3.10}',
      'TXT',
      [...['"99999999999999"', '"1e+14"', '"-0"', '"0.0001"', '"inf"', '"2"', '"3.1"']],
    ],
    ["1 .. '.' .. 0.5", 'TXT', '"1.0.5"'],
    // picking
    [`pickrandom(${LIST})`, 'A', AB],
    [`pickrandom${LIST}`, 'A', AB],
    ["pickrandom({'192.0.2.1'})", 'A', '192.0.2.1'],
    [`pickrandom(all(${LIST}))`, 'A', AB],
    [`all(${LIST})`, 'A', ['192.0.2.1', '192.0.2.2']],
    [`all(all(${LIST}))`, 'A', ['192.0.2.1', '192.0.2.2']],
    [`pickhashed(${LIST})`, 'A', { kind: 'hashed', of: ['192.0.2.1', '192.0.2.2'] }],
    [`pickwrandom(${WEIGHTED})`, 'A', { kind: 'weighted', members }],
    ["pickwrandom({{'15', '192.0.2.1'}, {42.9, '192.0.2.2'}})", 'A', { kind: 'weighted', members }],
    ["pickwrandom({{[2] = '192.0.2.1', [1] = 15}, {42, '192.0.2.2'}})", 'A', { kind: 'weighted', members }],
    [`pickwhashed(${WEIGHTED})`, 'A', { kind: 'weighted-hashed', members }],
    [`picknamehashed(${WEIGHTED})`, 'A', { kind: 'name-hashed', members }],
    [`pickchashed(${WEIGHTED})`, 'A', { kind: 'consistent-hashed', members }],
    [
      'pickchashed({{4294967295, "x"}})'.replaceAll('"', "'"),
      'TXT',
      {
        kind: 'consistent-hashed',
        members: [{ weight: 4_294_967_295, answer: '"x"', key: 'x' }],
      },
    ],
    [
      "pickchashed({{1, '2001:DB8::1'}, {1, '2001:db8::2'}})",
      'AAAA',
      {
        kind: 'consistent-hashed',
        members: [
          { weight: 1, answer: '2001:db8::1', key: '2001:DB8::1' },
          { weight: 1, answer: '2001:db8::2' },
        ],
      },
    ],
    [
      "pickchashed({{1, 'é'}})",
      'TXT',
      {
        kind: 'consistent-hashed',
        members: [{ weight: 1, answer: '"\\195\\169"', key: 'é' }],
      },
    ],
    // samples: none, some, all
    [`pickrandomsample(0, ${LIST})`, 'A', []],
    [`pickrandomsample(-1, ${LIST})`, 'A', ['192.0.2.1', '192.0.2.2']],
    [`pickrandomsample(2, ${LIST})`, 'A', ['192.0.2.1', '192.0.2.2']],
    [`pickrandomsample(9, ${LIST})`, 'A', ['192.0.2.1', '192.0.2.2']],
    [`pickrandom(pickrandomsample(1, ${LIST}))`, 'A', { kind: 'random', of: ['192.0.2.1', '192.0.2.2'], count: 1 }],
    ["pickrandomsample(1, {'a', 'b'})", 'CNAME', { kind: 'random', of: ['a.', 'b.'], count: 1 }],
    ["{a = nil, ['b'] = nil}", 'A', []],
    ["{[-1] = '192.0.2.2', [-(2)] = '192.0.2.1', [1.0] = nil}", 'A', ['192.0.2.1', '192.0.2.2']],
    [`pickrandomsample('1', ${LIST})`, 'A', { kind: 'random', of: ['192.0.2.1', '192.0.2.2'], count: 1 }],
    // view
    [
      "view({{{'10.0.0.0/8', '2001:db8::1'}, {'192.0.2.1'}}})",
      'A',
      {
        kind: 'view',
        rules: [{ networks: ['10.0.0.0/8', '2001:db8::1'], answer: '192.0.2.1' }],
      },
    ],
    [
      "view({{{'10.9.9.9/8'}, {'192.0.2.1', '192.0.2.2'}}, {{'0.0.0.0/0'}, {pickrandom({'192.0.2.1', '192.0.2.2'})}}})",
      'A',
      {
        kind: 'view',
        rules: [
          { networks: ['10.9.9.9/8'], answer: AB },
          { networks: ['0.0.0.0/0'], answer: AB },
        ],
      },
    ],
    [
      "view({{{'10.0.0.0/8'}, {'in'}}})",
      'TXT',
      {
        kind: 'view',
        rules: [{ networks: ['10.0.0.0/8'], answer: '"in"' }],
        otherwise: '""',
      },
    ],
    [
      "view({{{}, {'192.0.2.1'}}, {all({'::/0'}), all({'192.0.2.2'})}})",
      'A',
      {
        kind: 'view',
        rules: [
          { networks: [], answer: '192.0.2.1' },
          { networks: ['::/0'], answer: '192.0.2.2' },
        ],
      },
    ],
    // records: names are absolute, whatever the type's own text looks like
    ["'www.Example.net'", 'CNAME', 'www.Example.net.'],
    ["'www.example.net.'", 'CNAME', 'www.example.net.'],
    ["'www'", 'PTR', 'www.'],
    ["'10 mail.example.com'", 'MX', '10 mail.example.com.'],
    ["'0 5 5060 sip'", 'SRV', '0 5 5060 sip.'],
    ["'0 issue \\34ca.example\\34'", 'CAA', '0 issue "ca.example"'],
    ["'\\\\# 4 C0000201'", 'A', '192.0.2.1'],
    ["'\\\\# 2 ABCD'", 'TYPE65280', '\\# 2 abcd'],
    ["'a\\\\.b.example'", 'CNAME', 'a\\.b.example.'],
    // TXT: in quotes as it is
    ["''", 'TXT', '""'],
    ["'a b; c'", 'TXT', '"a b; c"'],
    ["'a\\34 \\34b'", 'TXT', '"a" "b"'],
    ["'a\\\\\\34b'", 'TXT', '"a\\"b"'],
    ["'a\\\\065b'", 'TXT', '"aAb"'],
    ["'\\10\\0\\255'", 'TXT', '"\\010\\000\\255"'],
    ["'é' .. '\\\\é'", 'TXT', '"\\195\\169\\195\\169"'],
    [`'${'x'.repeat(300)}'`, 'TXT', `"${'x'.repeat(255)}" "${'x'.repeat(45)}"`],
    [`'${'x'.repeat(255)}'`, 'TXT', `"${'x'.repeat(255)}"`],
  ])('%s as %s', (code, type, expected) => {
    const folded = fold(code, type)
    expect(folded.ok ? folded.value.expression : folded.error).toEqual(expected)
    expect(issuesOf(code, type)).toEqual([])
  })
})

const ONE_OF = "expected one of PowerDNS's or of Lua's, as docs/lua.md lists them"
const WEIGHT = 'is not a weight; expected a whole number from 1 to 4294967295'
const NO_SEMICOLON = 'the code is a script, and its first character is not a ";"; expected one, or an expression'
const LUA_51 = "Lua 5.1, as in ;if country('DE') then return '192.0.2.1' end return '192.0.2.2'"
const BOOLEAN = 'true or false, which is not a record; expected texts'
const PAIR = "and '192.0.2.1' or '192.0.2.2'"

describe('what does not', () => {
  test.each<[string, string, ...string[]]>([
    // names
    ['nope(1)', 'A', `0: unknown function nope; ${ONE_OF}`],
    ["pickrandom({'192.0.2.1', nope()})", 'A', `25: unknown function nope; ${ONE_OF}`],
    [
      "os.getenv('HOME')",
      'TXT',
      '0: os.getenv is not available: a Worker has no operating system or files; and there is no clock while an answer is made; expected code without it',
    ],
    [
      'resolve',
      'TXT',
      '0: resolve is not available: an answer cannot wait for another name server; expected code without it',
    ],
    ['country', 'TXT', '0: country is a function; expected a call of it: country(…)'],
    ['ip', 'A', `0: unknown variable ip; ${ONE_OF}`],
    ['view', 'A', '0: view is a function; expected a call of it: view(…)'],
    // syntax
    [
      "pickrandom({'192.0.2.1'",
      'A',
      "23: Lua syntax: '}' expected near '<eof>'; expected an expression like pickrandom({'192.0.2.1'})",
    ],
    [
      "'é', 'x",
      'TXT',
      "7: Lua syntax: unfinished string near ''x'; expected an expression like pickrandom({'192.0.2.1'})",
    ],
    ["return 'x'", 'TXT', `0: ${NO_SEMICOLON}`],
    [" ;return 'x'", 'TXT', `0: ${NO_SEMICOLON}`],
    ["if country('DE') then return '192.0.2.1' end return '192.0.2.2'", 'A', `0: ${NO_SEMICOLON}`],
    [';if 1 != 2 then end', 'TXT', "6: Lua syntax: unexpected symbol '!' near '1'; expected ~="],
    [';if tcp && 1 then end', 'TXT', "8: Lua syntax: unexpected symbol '&' near 'tcp'; expected and"],
    [
      ';local x = 1 x += 1',
      'TXT',
      "15: Lua syntax: '=' expected near '+'; expected the whole assignment, as in n = n + 1",
    ],
    [';if 1 then x = 1 elsif 2 then end', 'TXT', "23: Lua syntax: '=' expected near '2'; expected elseif"],
    [
      ';if 1 then x = 1 else if 2 then end',
      'TXT',
      "35: Lua syntax: 'end' expected near '<eof>'; expected elseif, or an end for each if",
    ],
    [';return (', 'TXT', `9: Lua syntax: <expression> expected near '<eof>'; expected ${LUA_51}`],
    [
      "resolve('www.example.com', 1)[1]:content()",
      'A',
      '0: resolve is not available: an answer cannot wait for another name server; expected code without it',
    ],
    // what can be no record
    ['qname', 'TXT', '0: qname gives an object, which is not a record; expected its text, as qname:toString()'],
    [
      ';return bestwho',
      'TXT',
      '8: bestwho gives an object, which is not a record; expected its text, as bestwho:toString()',
    ],
    [
      "newCA('192.0.2.1')",
      'A',
      '0: newCA gives an object, which is not a record; expected its text, as newCA(…):toString()',
    ],
    ["country({'DE', 'AT'})", 'A', `0: country gives ${BOOLEAN}, as in country(…) ${PAIR}`],
    ["country'DE'", 'A', `0: country gives ${BOOLEAN}, as in country(…) ${PAIR}`],
    ['qname == zone', 'TXT', `0: == gives ${BOOLEAN}, as in … == … ${PAIR}`],
    ["tcp and not country('DE')", 'TXT', `0: not gives ${BOOLEAN}, as in not … ${PAIR}`],
    ["netmask({'::/0'}) or tcp", 'TXT', `0: tcp gives ${BOOLEAN}, as in tcp ${PAIR}`],
    [
      "function() return '192.0.2.1' end",
      'A',
      '0: a function is not a record; expected a call of it, as in (function() … end)()',
    ],
    [
      "'x';;",
      'TXT',
      "4: Lua syntax: unexpected symbol ';' near '<eof>'; expected an expression like pickrandom({'192.0.2.1'})",
    ],
    ['', 'A', '0: the LUA code is empty; expected a function call or text'],
    ['; ', 'A', '0: the LUA code is empty; expected a function call or text'],
    [';return', 'A', '1: the code returns nothing; expected text'],
    // weights
    ["pickwrandom({{0, '192.0.2.1'}, {-1, '192.0.2.1'}})", 'A', `14: 0 ${WEIGHT}`, `32: -1 ${WEIGHT}`],
    [
      "pickwhashed({{'x', '192.0.2.1'}, {4294967296, '192.0.2.300'}})",
      'A',
      `14: 'x' ${WEIGHT}`,
      `34: 4294967296 ${WEIGHT}`,
      '46: "192.0.2.300" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1',
    ],
    ["picknamehashed({{0.9, '192.0.2.1'}})", 'A', `17: 0.9 ${WEIGHT}`],
    [
      'pickwrandom({{1}})',
      'A',
      "13: the element has no weight or no text; expected {weight, text}, as in pickwrandom({{1, 'a'}, {2, 'b'}})",
    ],
    [
      "pickwrandom({'192.0.2.1'})",
      'A',
      "13: '192.0.2.1' has no weight; expected {weight, text}, as in pickwrandom({{1, 'a'}, {2, 'b'}})",
    ],
    [
      "pickwrandom({all({'1', '192.0.2.1'})})",
      'A',
      "13: what all gives, a list, has no weight; expected {weight, text}, as in pickwrandom({{1, 'a'}, {2, 'b'}})",
    ],
    // lists
    [
      'pickrandom({})',
      'A',
      "11: the list of pickrandom is empty; expected at least one element, as in pickrandom({'a', 'b'})",
    ],
    [
      'pickwrandom({nil})',
      'A',
      "12: the list of pickwrandom is empty; expected at least one element, as in pickwrandom({{1, 'a'}, {2, 'b'}})",
    ],
    [
      'view({})',
      'A',
      "5: the list of view is empty; expected at least one rule, as in view({{{'192.0.2.0/24'}, {'a'}}, …})",
    ],
    ['all()', 'A', "0: all has too few arguments; expected all({'a', 'b'})"],
    ["all({'192.0.2.1'}, 2)", 'A', "19: all has too many arguments; expected all({'a', 'b'})"],
    ["pickrandom('192.0.2.1')", 'A', "11: '192.0.2.1' is not a list; expected pickrandom({'a', 'b'})"],
    [
      "pickrandom({{'192.0.2.1'}})",
      'A',
      "12: a table is not a text; expected a text here, as in pickrandom({'a', 'b'})",
    ],
    [
      "pickrandom({all({'192.0.2.1'})})",
      'A',
      "12: what all gives, a list, is not a text; expected a text here, as in pickrandom({'a', 'b'})",
    ],
    [
      "pickrandom(pickhashed({'192.0.2.1', '192.0.2.2'}))",
      'A',
      "11: what pickhashed gives, a text, is not a list; expected pickrandom({'a', 'b'})",
    ],
    ["pickrandomsample('x', {'192.0.2.1'})", 'A', '17: the sample size is not a number; expected one like 2'],
    ["{'192.0.2.1', true}", 'A', "14: a boolean is not a text; expected one record's data"],
    ["{a = '192.0.2.1'}", 'A', '1: PowerDNS fails at this key of a list; expected no key, or a whole number like [1]'],
    // view
    [
      "view({{{'10.0.0.0/8'}}})",
      'A',
      "6: the rule has no answers; expected {{masks}, {answers}}, as in view({{{'192.0.2.0/24'}, {'a'}}, …})",
    ],
    [
      "view({{{'10.0.0.0/8'}, {}}})",
      'A',
      "23: the list of answers is empty; expected at least one element, as in view({{{'192.0.2.0/24'}, {'a'}}, …})",
    ],
    [
      "view({{{'10/8', '10.0.0.0/33'}, {'192.0.2.1'}}})",
      'A',
      '8: "10/8" is not a network; expected one like 192.0.2.0/24 or 2001:db8::/32',
      '16: "10.0.0.0/33" has no valid prefix length; expected 0 to 32 after the slash',
    ],
    [
      "view({{'10.0.0.0/8', {'192.0.2.1'}}})",
      'A',
      "7: '10.0.0.0/8' is not a list of masks; expected one like {'192.0.2.0/24'}",
    ],
    // records
    ['nil', 'A', '0: nil is not a valid A record; expected text, or a list'],
    ['true', 'TXT', '0: a boolean is not a valid TXT record; expected text, or a list'],
    ["''", 'CNAME', '0: the text is empty; expected CNAME data'],
    ["'192.0.2.1'", 'AAAA', '0: "192.0.2.1" is the wrong family for AAAA; expected an IPv6 address like 2001:db8::1'],
    [
      "'a \\34hi\\34 b'",
      'TXT',
      "0: the quotes inside 'a \"hi\" b' do not pair up; expected \\\\ before each quote, as in '\\\\\\34'",
    ],
    // keys
    ["{[nope] = '192.0.2.1'}", 'A', `2: unknown variable nope; ${ONE_OF}`],
    [
      "pickrandom({a = '192.0.2.1'})",
      'A',
      "11: a table with texts as keys is not a list; expected pickrandom({'a', 'b'})",
    ],
  ])('%s as %s', (code, type, ...issues) => {
    expect(fold(code, type).ok).toBe(false)
    expect(issuesOf(code, type)).toEqual(issues)
  })
})

describe('what PowerDNS ignores is said', () => {
  test.each([
    ["'a', 'b'", '5: PowerDNS takes the first value of a return alone; expected one value, or a list {…}'],
    ["pickwrandom({{1, 'a', 'b'}})", '22: PowerDNS ignores a third element; expected {weight, text}'],
    ["view({{{}, {'a'}, 1}})", '18: PowerDNS ignores a third element; expected {{masks}, {answers}}'],
  ])('%s', (code, warning) => {
    expect(fold(code, 'TXT').ok).toBe(true)
    expect(issuesOf(code, 'TXT')).toEqual([warning])
  })
})

describe('hostile code ends in one error', () => {
  const nested = (open: string, inner: string, close: string, times: number): string =>
    open.repeat(times) + inner + close.repeat(times)

  test.each([
    [
      'parentheses',
      nested('(', "'x'", ')', 30_000),
      '0: the code nests too deep; expected at most 64 calls in each other',
    ],
    [
      'calls',
      nested('pickrandom({', "'x'", '})', 61),
      '720: the calls nest too deep; expected at most 60 in each other',
    ],
    ['tables', nested('{', '', '}', 300), '241: the code nests too deep; expected at most 240 levels'],
    ['members', `a${'.b'.repeat(100_000)}`, `0: unknown variable a${'.b'.repeat(32)}; ${ONE_OF}`],
    ['calls of calls', `f${'()'.repeat(100_000)}`, `0: unknown function f; ${ONE_OF}`],
    ['too long', `'${'x'.repeat(1_048_576)}'`, '0: the code has 1048578 characters; expected at most 1048576'],
  ])('%s', (_, code, issue) => {
    expect(issuesOf(code, 'TXT')).toEqual([issue])
  })

  test('long chains fold', () => {
    expect(must(fold(`'x'${" .. 'x'".repeat(1000)}`, 'TXT')).expression).toMatch(
      /^"x{255}" "x{255}" "x{255}" "x{236}"$/,
    )
    expect(must(fold(`${'- '.repeat(1000)}1`, 'TXT')).expression).toBe('"1"')
  })

  test('sixty calls in each other are a document that the zone compiler takes', () => {
    expect(fold(nested('view({{{"::/0"},{'.replaceAll('"', "'"), "'x'", '}}})', 60), 'TXT').ok).toBe(true)
  })
})

test('expressions with a kind know where they came from', () => {
  const code = "view({{{'é::/0'}, {pickrandom({'a', 'b'})}}})".replace('é', '2')
  const { expression, marks } = must(fold(`  ${code}`, 'TXT'))
  const view = expression as Extract<Expression, { kind: 'view' }>
  expect(marks.get(view)).toBe(2)
  expect(marks.get(view.rules[0]?.answer as object)).toBe(2 + code.indexOf('pickrandom'))
})

const MAY_END = 'the script may end here without an answer, which is SERVFAIL; expected return as its last statement'

test.each<[string, string[]]>([
  [
    ";pickrandom({'192.0.2.1'})",
    ['1: the script returns nothing, which is SERVFAIL; expected return before its answer'],
  ],
  [
    ';local function f() return 1 end f() if tcp then return end',
    ['1: the script returns nothing, which is SERVFAIL; expected return before its answer'],
  ],
  [";if tcp then return '192.0.2.1' end", [`1: ${MAY_END}`]],
  [";local a = '192.0.2.1' if tcp then return a elseif dh then return a end", [`23: ${MAY_END}`]],
  [";for i = 1, 2 do if tcp then return '192.0.2.1' end end", [`1: ${MAY_END}`]],
  [";repeat if tcp then break end return '192.0.2.1' until false", [`1: ${MAY_END}`]],
  [";while true do if tcp then break end return '192.0.2.1' end", [`1: ${MAY_END}`]],
  [";if tcp then return '192.0.2.1' else return '192.0.2.2' end", []],
  [";if tcp then return '192.0.2.1' elseif true then return '192.0.2.2' end", []],
  [";do return '192.0.2.1' end", []],
  [";repeat return '192.0.2.1' until true", []],
  [";while true do if tcp then return '192.0.2.1' end end", []],
  [";if tcp then return '192.0.2.1' end error('none')", []],
])('%s: warnings', (code, warnings) => {
  expect(fold(code, 'A').ok).toBe(true)
  expect(issuesOf(code, 'A')).toEqual(warnings)
})
