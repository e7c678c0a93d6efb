import { expect, test } from 'vitest'
import { ENVIRONMENT_NAMES, environmentOf, type QueryInput } from '../../../src/powerdns/index.ts'
import { name, QUERY, runScript, valuesOf } from './support.ts'

const GLOBALS = [...ENVIRONMENT_NAMES]
const give = (code: string, input: Partial<QueryInput> = {}): unknown[] =>
  valuesOf(`return ${code}`, environmentOf({ ...QUERY, ...input }), GLOBALS)
const REVERSE: Partial<QueryInput> = { qname: name('4.3.2.1.in-addr.arpa.') }
const REVERSE6: Partial<QueryInput> = {
  qname: name('1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.'),
}

/** The names and numbers as PowerDNS gives them; 4.7 was asked, but for types that IANA alone names. */
test.each<[text: string, code: number, name: string]>([
  ['#5', 5, 'CNAME'],
  ['#65', 65, 'HTTPS'],
  ['# 5', 5, 'CNAME'],
  ['#5x', 5, 'CNAME'],
  ['#', 0, 'TYPE0'],
  ['#x', 0, 'TYPE0'],
  ['#-1', 65_535, 'TYPE65535'],
  ['#70000', 4464, 'TYPE4464'],
  ['#4294967301', 5, 'CNAME'],
  ['#99999999999999999999', 65_535, 'TYPE65535'],
  ['#-99999999999999999999', 0, 'TYPE0'],
  ['TYPE5', 5, 'CNAME'],
  ['type5', 5, 'CNAME'],
  ['TYPE65280', 65_280, 'TYPE65280'],
  ['TYPE65541', 5, 'CNAME'],
  ['TYPE', 0, 'TYPE0'],
  ['TYPEx', 0, 'TYPE0'],
  ['cname', 5, 'CNAME'],
  ['hTtPs', 65, 'HTTPS'],
  ['a ', 0, 'TYPE0'],
  ['', 0, 'TYPE0'],
  ['nobody', 0, 'TYPE0'],
  ['\\223hfp', 0, 'TYPE0'],
  ['a\\0b', 1, 'A'],
  ['WKS', 11, 'WKS'],
  ['nsap-ptr', 23, 'NSAP-PTR'],
  ['#10', 10, 'NULL'],
  ['DSYNC', 66, 'DSYNC'],
  ['HHIT', 67, 'HHIT'],
  ['#262', 262, 'WALLET'],
  ['ALIAS', 65_401, 'ALIAS'],
  ['#65402', 65_402, 'LUA'],
])("newQType('%s') is %i, %s", (text, code, called) => {
  expect(give(`newQType('${text}'):getCode(), newQType('${text}'):getName(), tostring(newQType('${text}'))`)).toEqual([
    code,
    called,
    called,
  ])
})

/** As PowerDNS 4.7 answers, but for `error`, which is what 5.0 gives where 4.7 fails. */
test.each<[code: string, expected: string, input?: Partial<QueryInput>]>([
  ["createReverse('%1%', {['bogus']='x'})", 'error'],
  ["createReverse('%1%', {['']='x'})", 'error'],
  ["createReverse('%1%', {['1.2.3.4.5']='x'})", 'error'],
  ["createReverse('%1%', {['1.2.3.4']='x', ['zz']='y'})", 'x'],
  ["createReverse('%1%', {['1.2.3.4']='x', ['-']='y'})", 'error'],
  ["createReverse('%1%', {['1.2.3.4']='x'})", 'x'],
  ["createReverse('%1%', {['1.2.3.4:0']='x'})", 'x'],
  ["createReverse('%1%', {['1.2.3.4:53']='x'})", '1'],
  ["createReverse('%1%', {['1.2.772']='x'})", 'x'],
  ["createReverse('%1%', {['1.2.3.4']=5})", '5'],
  ["createReverse('%1%', {['1.2.3.4']=''})", ''],
  ["createReverse('%1%', {['::1']='x'})", '1'],
  ["createReverse('%1%', {'x'})", '1'],
  ["createReverse('%1%', {})", '1'],
  ["createReverse('%1%', nil)", '1'],
  ["createReverse6('%33%', {['bogus']='x'})", 'error', REVERSE6],
  ["createReverse6('%33%', {['2001:db8:0::1']='x'})", 'x', REVERSE6],
  ["createReverse6('%33%', {['[2001:db8:0::1]:0']='x'})", 'x', REVERSE6],
  ["createReverse6('%33%', {['[2001:db8:0::1]:5']='x'})", '2001-db8--1', REVERSE6],
  ["createReverse6('%33%', {['1.2.3.4']='x'})", '2001-db8--1', REVERSE6],
  // Templates are boost::format's.
  ["createReverse('a%')", 'error'],
  ["createReverse('%1')", 'error'],
  ["createReverse('%z')", 'error'],
  ["createReverse('%0%x')", 'error'],
  ["createReverse('%01%')", 'error'],
  ["createReverse('%s%1%')", 'error'],
  ["createReverse('%1%%s')", 'error'],
  ["createReverse('%5|x')", 'error'],
  ["createReverse('%%%')", 'error'],
  ["createReverse('%1$1$s')", 'error'],
  ["createReverse6('%')", 'error', REVERSE6],
  ["createReverse('%7%x')", 'x'],
  ["createReverse('a%%b')", 'a%b'],
  ["createReverse('100%% of %1%')", '100% of 1'],
  ["createReverse('%1%%2%-%6%')", '12-01020304'],
  ["createReverse('%s-%d')", '1-2'],
  ["createReverse('%1$s-%2$d')", '1-2'],
  ["createReverse('%1$03d|%1$-5s|%1$5s|')", '001|1    |    1|'],
  ["createReverse('%|1$5|x')", '    1x'],
  ["createReverse('%5%')", '1-2-3-4'],
  ["createReverse('')", ''],
  ["filterForward('11.1.2.3', newNMG{'10.0.0.0/8'}, 5)[1]", '5'],
  ["tostring(netmask({'192.0.2.0/24', tostring('bogus')}))", 'true'],
  ["tostring(netmask({[5]='192.0.2.0/24'}))", 'true'],
  ["(function() local b = newCA('10.1.2.3') b:truncate(-1) return b:toString() end)()", '10.1.2.3'],
  ['tostring(pdnsrandom(-1) >= 0)', 'true'],
  ["pdnslog('x', 5) or 'z'", 'z'],
])('%s gives "%s"', (code, expected, input = REVERSE) => {
  expect(give(code, input)).toEqual([expected])
})

/** PowerDNS fails at these, and so is SERVFAIL. */
test.each<[code: string, why: string]>([
  ["createReverse('%1%', 'x')", "bad argument #2 to 'createReverse' (table expected, got string)"],
  ["createReverse('%1%', true)", "bad argument #2 to 'createReverse' (table expected, got boolean)"],
  [
    "createReverse('%1%', {['1.2.3.4']=true})",
    'createReverse: the exceptions have a boolean as a name; expected texts',
  ],
  ["createReverse('%1%', {['1.2.3.4']={}})", 'createReverse: the exceptions have a table as a name; expected texts'],
  ["createReverse('%1%', {[true]='x'})", 'createReverse: the exceptions have a boolean as an address; expected texts'],
  ['createReverse()', "bad argument #1 to 'createReverse' (string expected, got no value)"],
  ["createReverse6('%1%', true)", "bad argument #2 to 'createReverse6' (table expected, got boolean)"],
  [
    "filterForward('10.1.2.3', newNMG{'10.0.0.0/8'}, true)",
    "bad argument #3 to 'filterForward' (string expected, got boolean)",
  ],
  ["filterForward('bogus', newNMG{'10.0.0.0/8'})", "Unable to convert presentation address 'bogus'"],
  [
    "filterForward('10.1.2.3', {'10.0.0.0/8'})",
    "bad argument #2 to 'filterForward' (NetmaskGroup expected, got table)",
  ],
  ["netmask({[tostring('a')]='10.0.0.0/8'})", 'netmask: the list has a string as a key; expected a list'],
  ["netmask({tostring('bogus'), '10.0.0.0/8'})", 'netmask: "bogus" is not a network'],
  ["newNMG({[tostring('a')]='10.0.0.0/8'})", 'newNMG: the list has a string as a key; expected a list'],
  ["newNMG():addMasks({a='10.0.0.0/8'})", 'addMasks: the list has a string as a key; expected a list'],
  ["newNMG({tostring('bogus')})", 'newNMG: "bogus" is not a network'],
  ["newNetmask(tostring('bogus'))", 'newNetmask: "bogus" is not a network'],
  ["newCA('bogus')", "Unable to convert presentation address 'bogus'"],
  ["newCAS():add('bogus')", "Unable to convert presentation address 'bogus'"],
  ["newCAS():add({'192.0.2.1', 'bogus'})", "Unable to convert presentation address 'bogus'"],
  ["newCAFromRaw('abcd', 'x')", "bad argument #2 to 'newCAFromRaw' (number expected, got string)"],
  ["newDN('a..b')", 'newDN: '],
  ["pdnslog('x', 'y')", "bad argument #2 to 'pdnslog' (number expected, got string)"],
  ['pdnslog()', "bad argument #1 to 'pdnslog' (string expected, got no value)"],
  ['newQType(nil)', "bad argument #1 to 'newQType' (string expected, got nil)"],
])('%s fails', (code, why) => {
  const result = runScript(`return ${code}`, environmentOf({ ...QUERY, ...REVERSE }), undefined, GLOBALS)
  expect(result.ok ? 'no failure' : result.error.why).toContain(why)
})

test('a wide place of a template counts against the budget', () => {
  const result = runScript(
    "return createReverse('%1$9999999s')",
    environmentOf({ ...QUERY, ...REVERSE }),
    undefined,
    GLOBALS,
  )
  expect(result.ok ? 'no failure' : result.error.why).toContain('it made too much text')
})
