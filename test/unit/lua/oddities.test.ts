import { expect, test } from 'vitest'
import { MEMBERS } from '../../../src/powerdns/index.ts'
import { TOO_MANY } from '../../e2e/script-cases.ts'
import { ask } from './support.ts'

test('SPF that is no string in quotes is several, which PowerDNS refuses', () => {
  expect(ask(";return 'v=spf1' .. (tcp and ' -all')", 'SPF')).toMatch(/^SERVFAIL: .*several strings; expected quotes/)
  expect(ask(";local a = '\\034v=spf1 -all\\034' return a", 'SPF')).toBe('v=spf1 -all')
  expect(ask(";local a = 'one' return a", 'SPF')).toBe('one')
})

test.each(TOO_MANY)('too many arguments: %s', (code) => {
  expect(ask(code, 'TXT', { ecs: '192.0.2.0/24' })).toMatch(/^SERVFAIL: lua:1: too many arguments to '/)
  expect(
    ask(
      code.replace(/(, |\()1\)/, (_, before) => (before === '(' ? '()' : ')')),
      'TXT',
      { ecs: '192.0.2.0/24' },
    ),
  ).not.toMatch(/too many/)
})

test('of every method that takes none', () => {
  for (const [root, methods] of MEMBERS) {
    if (!['qname', 'zone', 'bestwho', 'who', 'localwho', 'ecswho', 'dh'].includes(root)) continue
    for (const method of methods) {
      const outcome = ask(`;return ${root}:${method}(1, 2)`, 'TXT', { ecs: '192.0.2.0/24' })
      expect(outcome).toMatch(new RegExp(`too many arguments to '${method}' \\(2; expected at most [01]\\)`))
    }
  }
})

/** Odd uses, with the results of PowerDNS: test/e2e/scripts.test.ts asks it. */
test.each<[string, string | RegExp]>([
  // Types without data of their own here.
  ["pdns.EUI48 .. ' ' .. pdns.CSYNC .. ' ' .. pdns.DROP .. ' ' .. pdns.MB", '108 62 -2 7'],
  [";local t = newQType('ADDR') return t:getCode() .. t:getName() .. tostring(newQType('eui48'))", '65400ADDREUI48'],
  // A weight without a text: two of the functions read it as an empty one.
  [";local n return '[' .. pickwhashed({{1, n}}) .. ']'", '[]'],
  [";local n return '[' .. picknamehashed({{1, n}}) .. ']'", '[]'],
  [";local n return '[' .. pickwrandom({{1, n}}) .. ']'", /^SERVFAIL: .*a weight stands for a nil/],
  [";local n return '[' .. pickchashed({{1, n}}) .. ']'", /^SERVFAIL: .*a weight stands for a nil/],
  // Short forms of addresses, as C's inet_aton reads them, and brackets.
  ['newCA(2):toString()', '0.0.0.2'],
  ["newCA('1.2'):toString()", '1.0.0.2'],
  ["newCA('0x7f.1'):toString()", '127.0.0.1'],
  ["newCA('010.0.0.1'):toString()", '8.0.0.1'],
  ["newCA('1.16777216'):toString()", /^SERVFAIL: .*Unable to convert presentation address '1.16777216'/],
  ["newCA('[192.0.2.1]'):toString()", /^SERVFAIL: .*Unable to convert/],
  ["newNetmask('[::1]:53'):toString()", '::1/128'],
  ["newNetmask('[2001:db8::1]/32'):toString()", '2001:db8::/32'],
  ["newNetmask(tostring('[192.0.2.1]')):toString()", /^SERVFAIL: .*is not a network/],
  [';local a = 2 return pickclosest({a})', '0.0.0.2'],
  [";local s = newCAS() s:add(2) return tostring(s:check(newCA('0.0.0.2')))", 'true'],
  [";local s = newCAS() return tostring(s:check('192.0.2.1'))", /^SERVFAIL: .*ComboAddress expected, got string/],
  [";return filterForward('1.2', newNMG({'1.0.0.0/8'}))", '1.2'],
])('%s', (code, outcome) => {
  if (typeof outcome === 'string') expect(ask(code, 'TXT')).toBe(outcome)
  else expect(ask(code, 'TXT')).toMatch(outcome)
})
