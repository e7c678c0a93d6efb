import { expect, test } from 'vitest'
import { must } from '../support.ts'
import { brief, compileText } from '../zonefile/support.ts'
import { HEAD } from './support.ts'

const warningsOf = (code: string): string[] =>
  must(compileText(`${HEAD}x LUA TXT "${code}"\n`))
    .warnings.map(brief)
    .filter((message) => !message.includes("depends on the client's location"))

test.each<[code: string, warning: string]>([
  ["countryCode('US')", "5:12: countryCode fails with more than 0 arguments; expected country('US'), or countryCode()"],
  [";if countryCode('us') == 'us' then return 'a' end return 'b'", 'countryCode fails with more than 0 arguments'],
  ["continentCode('EU')", "expected continent('EU'), or continentCode()"],
  ['regionCode(nil)', 'regionCode fails with more than 0 arguments; expected regionCode()'],
  ['latlon(1)', 'latlon fails with more than 0 arguments; expected latlon()'],
  ["createForward('%1%')", 'createForward fails with more than 0 arguments'],
  [
    'createReverse()',
    "createReverse fails with fewer than one argument; expected createReverse('%5%.example.com'[, exceptions])",
  ],
  ["createReverse('%1%', {}, 1)", 'createReverse fails with more than 2 arguments'],
  ["geoiplookup('192.0.2.1')", 'geoiplookup fails with fewer than 2 arguments'],
  ["dblookup('a.example')[1]", 'dblookup fails with fewer than 2 arguments'],
  ["tostring(netmask({'10.0.0.0/8'}, {'192.0.2.0/24'}))", 'netmask fails with more than one argument'],
  ['tostring(netmask())', 'netmask fails with fewer than one argument'],
  ["tostring(country('DE', 'FR'))", 'country fails with more than one argument'],
  ["newDN('a', 'b'):toString()", 'newDN fails with more than one argument'],
  ["newCAFromRaw('abcd', 1, 2):toString()", 'newCAFromRaw fails with more than 2 arguments'],
  ["tostring(newNMG({'10.0.0.0/8'}, 1):match(bestwho))", 'newNMG fails with more than one argument'],
  ['tostring(newCAS(1))', 'newCAS fails with more than 0 arguments'],
  ["filterForward('192.0.2.1')", 'filterForward fails with fewer than 2 arguments'],
  ['pdnsrandom(1, 2)', 'pdnsrandom fails with more than one argument'],
  // Conditions that never hold.
  [
    "tostring(countryCode() == 'US')",
    "countryCode() gives small letters, or '--', so that == is always false; expected 'us'",
  ],
  [
    "tostring('EU' ~= continentCode())",
    "continentCode() gives small letters, or '--', so that ~= is always true; expected 'eu'",
  ],
  ["tostring(countryCode() == 'Germany')", "expected a code like 'de', or '--' for none"],
  ["tostring(regionCode() == 'US-CA')", "expected a code like 'de'"],
  [
    "tostring(qname:toString() == 'www.example.com')",
    "qname:toString() ends with a dot, so that == is always false; expected 'www.example.com.', or qname:equal('www.example.com')",
  ],
  [
    "tostring(zone:toStringNoDot() == 'example.com.')",
    "zone:toStringNoDot() ends without a dot, so that == is always false; expected 'example.com'",
  ],
  [
    "tostring(bestwho:toString() == '10.0.0.0/8')",
    "bestwho:toString() is an address, so that == is always false; expected netmask({'10.0.0.0/8'})",
  ],
  [
    "tostring(ecswho:toString() == '10.0.0.0')",
    "ecswho:toString() is a network, so that == is always false; expected one like '10.0.0.0/24'",
  ],
  ['tostring(country({}))', 'country is never so: the list is empty; expected at least one text'],
])('%s: %s', (code, warning) => {
  expect(warningsOf(code).join(' | ')).toContain(warning)
})

test.each([
  'countryCode()',
  "tostring(countryCode() == 'us')",
  "tostring(countryCode() == '--')",
  "tostring(regionCode() == 'by')",
  "tostring(qname:toString() == 'www.example.com.')",
  "tostring(qname:toStringNoDot() == 'www.example.com')",
  "tostring(bestwho:toString() == '192.0.2.1')",
  "tostring(ecswho:toString() == '10.0.0.0/8')",
  "createReverse('%1%')",
  "createReverse('%1%', {})",
  'tostring(newNMG():match(bestwho))',
  'pdnsrandom()',
  "table.concat(dblookup('a.example', pdns.A))",
  ';local function f() return qname:toString(), pdns.A end return #dblookup(f())',
  ';local function f(...) return #dblookup(...) end return f(qname:toString(), 1)',
  ";local function countryCode(x) return x end return countryCode('US')",
  ";function latlon(x) return x end return latlon('US')",
])('%s is fine', (code) => {
  expect(warningsOf(code)).toEqual([])
})

test('a warning is short, whatever the code says', () => {
  const long = 'x'.repeat(500)
  for (const code of [
    `tostring(qname:toString() == '${long}')`,
    `tostring(bestwho:toString() == '${long}/')`,
    `countryCode('${long}')`,
  ]) {
    for (const warning of warningsOf(code)) expect(warning.length).toBeLessThan(240)
    expect(warningsOf(code)).toHaveLength(1)
  }
})
