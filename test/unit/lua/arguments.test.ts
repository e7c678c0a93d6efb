import { expect, test } from 'vitest'
import { must } from '../support.ts'
import { type brief, compileText } from '../zonefile/support.ts'
import { HEAD } from './support.ts'

const compile = (code: string) => compileText(`${HEAD}x LUA TXT "${code}"\n`)

/** Messages with the column in the code, the first of which is 1. */
const inCode = (messages: readonly Parameters<typeof brief>[0][]): string[] =>
  messages.map((message) => `${message.column - 'x LUA TXT "'.length}: ${message.message}`)

const errorsOf = (code: string): string[] => {
  const compiled = compile(code)
  return compiled.ok ? [] : inCode(compiled.error)
}

const warningsOf = (code: string): string[] =>
  inCode(must(compile(code)).warnings).filter((message) => !message.includes("depends on the client's location"))

test.each<[code: string, error: string]>([
  // Networks, at the top level and in branches and functions.
  [
    "tostring(netmask({'10.0.0.0/33'}))",
    '19: "10.0.0.0/33" has no valid prefix length; expected 0 to 32 after the slash',
  ],
  [
    "tostring(netmask({'10.0.0.0/8', '10.0.0.300'}))",
    '33: "10.0.0.300" is not a network; expected one like 192.0.2.0/24 or 2001:db8::/32',
  ],
  ["tostring(netmask('10.0.0.0/8'))", "18: '10.0.0.0/8' is not a list of networks; expected one like {'192.0.2.0/24'}"],
  ["tostring(netmask '10.0.0.0/8')", "'10.0.0.0/8' is not a list of networks"],
  [
    ";if tcp then if netmask {'2001:db8::/129'} then return 'a' end end return 'b'",
    '26: "2001:db8::/129" has no valid prefix length; expected 0 to 128 after the slash',
  ],
  [";local function f() return netmask({'x'}) end return tostring(f())", '37: "x" is not a network'],
  [";local lan = {'10.0.0.0/40'} return tostring(netmask(lan))", '15: "10.0.0.0/40" has no valid prefix length'],
  ["tostring(netmask({bestwho:toString(), '10.0.0.0/33'}))", '"10.0.0.0/33" has no valid prefix length'],
  ["tostring(netmask({'10.0.0.' .. '0/33'}))", '"10.0.0.0/33" has no valid prefix length'],
  ["tostring(netmask({a='10.0.0.0/8'}))", 'PowerDNS fails at this key of a list'],
  ['tostring(netmask({10}))', "10 is not a network; expected a text like '192.0.2.0/24'"],
  ['tostring(netmask(nil))', 'nil is not a list of networks'],
  ["tostring(newNMG({'!10.0.0.0/33'}):match(bestwho))", '18: "10.0.0.0/33" has no valid prefix length'],
  ["tostring(newNMG('10.0.0.0/8'):match(bestwho))", "'10.0.0.0/8' is not a list of networks"],
  ["newNetmask('10.0.0.0/33'):toString()", '12: "10.0.0.0/33" has no valid prefix length'],
  ['pickclosest({})', '13: the list of pickclosest is empty; expected at least one address'],
  // Functions that fold, where their value is used and not returned.
  [";local list = all({}) return 'a'", 'the list of all is empty'],
  [";local list = pickrandomsample('x', {'a'}) return 'a'", 'the sample size is no'],
])('error: %s: %s', (code, error) => {
  expect(errorsOf(code).join(' | ')).toContain(error)
})

test.each<[code: string, warning: string]>([
  ["newNetmask({'10.0.0.0/8'}):toString()", "a table is not a text; expected one like '192.0.2.0/24'"],
  // Addresses.
  ["newCA('192.0.2.256'):toString()", "7: newCA fails: '192.0.2.256' is not an IP address"],
  ["pickclosest({'192.0.2.1', '192.0.2'  .. '.x'})", "27: pickclosest fails: '192.0.2.x' is not an IP address"],
  ["pickclosest('192.0.2.1')", "'192.0.2.1' is not a list of addresses"],
  ["filterForward('x', newNMG())[1]", "15: filterForward fails: 'x' is not an IP address"],
  ["filterForward(createForward(), {'10.0.0.0/8'})[1]", 'a table is not a group of networks; expected newNMG('],
  // Names and types.
  ["newDN('a..b'):toString()", "7: newDN fails: 'a..b' is not a name"],
  ["#dblookup('a.example.com', 'A')", "28: dblookup fails: 'A' is not a number; expected one like pdns.A"],
  ["geoiplookup('192.0.2.1', 'Country')", "'Country' is not a number; expected one like GeoIPQueryAttribute.Country"],
  // Others.
  ["pdnsrandom('many')", "'many' is not a number; expected one like 100"],
  [";pdnslog('x', 'debug') return 'a'", "'debug' is not a number; expected one like pdns.loglevels.Info"],
  ["createReverse({'%1%'})", 'a table is not a text'],
  ["createReverse('%1%', 'a')", "'a' is not a table; expected exceptions like"],
  ["createReverse('%1%', {['192.0.2.1']={}})", 'a table is not a name'],
  ['tostring(country(true))', 'a boolean is not a text; expected a text, or a list of texts'],
  ['tostring(asnum({64496, {}}))', 'a table is not a text'],
  [
    "tostring(netmask({'10.0.0.0/8', '10.1.2.3/8'}))",
    '33: 10.1.2.3/8 has bits beyond its prefix length, which are ignored',
  ],
  ["tostring(newNMG({'!192.0.2.1/24'}):match(bestwho))", '192.0.2.1/24 has bits beyond its prefix length'],
  ["tostring(newNetmask('2001:db8::1/32'):match(bestwho))", 'which are ignored; expected 2001:db8::/32'],
  [
    ";local group = newNMG() group:addMask('10.0.0.1/8') return tostring(group:match(bestwho))",
    '39: 10.0.0.1/8 has bits beyond its prefix length',
  ],
  ['tostring(netmask({}))', '18: netmask is never so: the list is empty; expected at least one network'],
  [
    ";local group = newNMG() group:addMask('10.0.0.0/33') return tostring(group:match(bestwho))",
    '39: addMask of a group of networks fails: "10.0.0.0/33" has no valid prefix length',
  ],
  [
    ";local group = newNMG() group:addMasks({'!192.0.2.0/24', '10.0.0.300'}) return tostring(group:match(bestwho))",
    '58: addMasks of a group of networks fails: "10.0.0.300" is not a network',
  ],
  [
    "createReverse('%0%.example.com')",
    `15: createReverse gives the name "error": '%0%.example.com' is not a valid format; expected one like '%5%.example.com'`,
  ],
  ["createReverse6('%33%.%s')", 'createReverse6 gives the name "error"'],
  ["createReverse('%1%', {['192.0.2.300']='a'})", "'192.0.2.300' is not an address that createReverse makes names of"],
  ["createReverse('%1%', {['2001:db8::1']='a'})", "'2001:db8::1' is not an address that createReverse makes names of"],
  ["createReverse6('%1%', {['192.0.2.1']='a'})", "'192.0.2.1' is not an address that createReverse6 makes names of"],
  ["createReverse('%1%', {'a'})", 'an exception without a key is not an address'],
  ["geoiplookup('192.0.2', 0)", "13: geoiplookup gives an empty text: '192.0.2' is not an IP address"],
  ["geoiplookup('192.0.2.1', 8)", "geoiplookup gives 'unknown': 8 is not an attribute"],
  ["tostring(#dblookup('a..b', pdns.A))", "dblookup finds nothing: 'a..b' is not a name"],
  ["newQType('CNAM'):getName()", "newQType gives type 0: 'CNAM' is not a type; expected one like 'CNAME'"],
  ["newCAFromRaw('abc'):toString()", 'newCAFromRaw gives 0.0.0.0: the text has 3 octets; expected 4 or 16'],
  ["filterForward(createForward(), newNMG(), 'none')[1]", "the fallback 'none' is not an IP address"],
  [
    ";local home = {'DE', 'UK'} return tostring(country(home))",
    '22: country is never so: "UK" is not in ISO 3166-1; expected "GB"',
  ],
  [";if tcp then return tostring(continent('Europe')) end return 'a'", 'continent is never so'],
])('warning: %s: %s', (code, warning) => {
  expect(warningsOf(code).join(' | ')).toContain(warning)
})

test.each([
  "tostring(netmask({'10.0.0.0/8', '2001:db8::/32', '192.0.2.1', '[2001:db8::1]', '10.0.0.0/8'}))",
  ";local list = {} list[1] = '10.0.0.0/33' return tostring(netmask(list))",
  "tostring(netmask({bestwho:toString() .. '/33'}))",
  "tostring(newNMG({newNetmask('10.0.0.0/8'), '!10.1.0.0/16'}):match(bestwho))",
  'tostring(newNMG(nil):match(bestwho))',
  "newCA('127.1'):toString()",
  "newCA('[2001:db8::1]:53'):toString()",
  "newDN(''):toString()",
  "pickclosest({'192.0.2.1:80', '2001:db8::1'})",
  "createReverse('%1$03d-%|2$5|-%%')",
  "createReverse('error')",
  "createReverse('%6%', {['192.0.2.1']='a', ['192.0.2.2:0']='b'})",
  "createReverse6('%41%', {['2001:db8::1']='a', ['[2001:db8::2]']='b'})",
  "filterForward(createForward(), newNMG({'192.0.2.0/24'}), '')[1]",
  "filterForward(createForward(), newNMG({'192.0.2.0/24'}), nil)[1]",
  "geoiplookup('192.0.2.0/24', GeoIPQueryAttribute.City)",
  "newQType('#5'):getName()",
  "newQType('TYPE0'):getName()",
  "pdnsrandom('0x10')",
  "tostring(country({'de', 'unknown'}))",
  // Names with a meaning of the script's own.
  ";local function netmask(text) return text end return netmask('10.0.0.0/33')",
  ";function newCA(text) return text end return newCA('x')",
  ";local t = {} function t.netmask(x) return x end return t.netmask('x')",
])('%s is fine', (code) => {
  expect(errorsOf(code)).toEqual([])
  expect(warningsOf(code)).toEqual([])
})

test('code that others include is looked at, too', () => {
  const zone = `${HEAD}config LUA LUA "lan = function() return netmask({'10.0.0.0/33'}) end"
x LUA TXT ";include('config') return tostring(lan())"\n`
  const compiled = compileText(zone)
  expect(compiled.ok ? [] : compiled.error.map(({ message }) => message)).toEqual([
    'in what it includes, config.example.com.: "10.0.0.0/33" has no valid prefix length; expected 0 to 32 after the slash',
  ])
})

test('a long list in a variable is looked at for many calls in bounded work', () => {
  const list = Array.from({ length: 9000 }, (_, i) => `'10.0.${i >> 8}.${i & 255}'`).join(',')
  const code = `;local l = {${list}} ${'netmask(l) '.repeat(5000)} return 'a'`
  const chunks = code.match(/.{1,200}/g) as string[]
  const compiled = compileText(`${HEAD}x LUA TXT (${chunks.map((chunk) => `"${chunk}"`).join('\n ')})\n`)
  expect(compiled.ok).toBe(true)
}, 60_000)
