import { describe, expect, test } from 'vitest'
import type { Name } from '../../../src/dns/index.ts'
import {
  BY_VALUE,
  byTables,
  byTexts,
  COPIED,
  functionsOf,
  type LuaValue,
  tableArgument,
  tableOf,
  textArgument,
} from '../../../src/lua-vm/index.ts'
import { formatPrefix, type Prefix, parseAddress } from '../../../src/net/index.ts'
import { ENVIRONMENT_NAMES, environmentOf, type QueryInput } from '../../../src/powerdns/index.ts'
import { endpoint, must, name, QUERY, runScript, valuesOf } from '../lua-vm/support.ts'

const give = (code: string, input: Partial<QueryInput> = {}, functions?: ReadonlyMap<string, LuaValue>): unknown[] =>
  valuesOf(code, environmentOf({ ...QUERY, ...input }, functions), [...ENVIRONMENT_NAMES, ...(functions?.keys() ?? [])])

function failure(code: string, input: Partial<QueryInput> = {}): string {
  const result = runScript(code, environmentOf({ ...QUERY, ...input }), undefined, [...ENVIRONMENT_NAMES])
  if (result.ok) throw new Error(`${code} succeeded`)
  return result.error.why
}

describe('DNSName', () => {
  test.each<[string, unknown[]]>([
    [
      'return qname:toString(), tostring(qname), qname:toStringNoDot()',
      ['WWW.example.org.', 'WWW.example.org.', 'WWW.example.org'],
    ],
    [
      "return newDN('www'):toString(), newDN('www.'):toString(), newDN('.'):toString(), newDN('.'):toStringNoDot(), newDN(''):toString()",
      ['www.', 'www.', '.', '', '.'],
    ],
    ['return qname:getRawLabels(), qname:countLabels()', [['WWW', 'example', 'org'], 3]],
    [
      "return qname:wireLength(), qname:wirelength(), newDN('.'):wireLength(), newDN('.'):countLabels()",
      [17, 17, 1, 0],
    ],
    ['return qname:isPartOf(zone), zone:isPartOf(qname), qname:isPartOf(qname)', [true, false, true]],
    [
      "return qname:isPartOf(newDN('EXAMPLE.org')), qname:isPartOf(newDN('ample.org')), qname:isPartOf(newDN('.'))",
      [true, false, true],
    ],
    ['return qname:makeRelative(zone):toString(), zone:makeRelative(zone):toString()', ['WWW.', '.']],
    ['return zone:makeRelative(qname):countLabels()', [0]],
    ['return qname:chopOff(), qname:toString()', [true, 'example.org.']],
    ["local n = newDN('a') return n:chopOff(), n:chopOff(), n:toString()", [true, false, '.']],
    ["return qname:equal('www.EXAMPLE.org'), qname:equal('example.org')", [true, false]],
    [
      "return qname == newDN('www.example.org.'), qname == zone, qname ~= zone, qname == 'www.example.org.'",
      [true, false, true, false],
    ],
    [
      "return newDN('a.example') < newDN('b.example'), newDN('b.example') < newDN('a.example'), qname < qname, qname <= qname",
      [true, false, false, true],
    ],
    ["return newDN('b.a') < newDN('a.b'), newDN('a.b') < newDN('b.a')", [true, false]],
    [
      "return newDN('z.a.example'):canonCompare(newDN('b.example')), newDN('b.example'):canonCompare(newDN('z.a.example'))",
      [true, false],
    ],
    ["return newDN('Example'):canonCompare(newDN('a.example')), newDN('a'):canonCompare(newDN('A'))", [true, false]],
    [
      "return newDN('a\\\\.b.c'):toString(), newDN('a\\\\.b.c'):countLabels(), newDN('a\\\\.b.c'):getRawLabels()[1]",
      ['a\\.b.c.', 2, 'a.b'],
    ],
    [
      "return newDN('\\200'):getRawLabels()[1], newDN('\\200'):toString(), newDN('@'):toString(), newDN('a b(c)'):toString()",
      ['\xc8', '\\200.', '@.', 'a\\032b(c).'],
    ],
    ['return type(qname), zoneid, tcp, dnssecOK, ednsPKTSize', ['userdata', 3, false, true, 1232]],
    [
      'local t = {} for i, l in ipairs(qname:getRawLabels()) do t[#t + 1] = l:lower() end return table.concat(t, "-")',
      ['www-example-org'],
    ],
    ['return qname.nothing, qname[1]', [undefined, undefined]],
    ['local t = {[qname] = 1} return t[qname], t[zone]', [1, undefined]],
  ])('%s', (code, expected) => {
    expect(give(code)).toEqual(expected)
  })

  test.each<[string, string]>([
    ["local r = qname .. 'x'", "lua:1: attempt to concatenate global 'qname' (a userdata value)"],
    ['local r = qname + 1', "lua:1: attempt to perform arithmetic on global 'qname' (a userdata value)"],
    ['qname()', "lua:1: attempt to call global 'qname' (a userdata value)"],
    ['qname:nothing()', "lua:1: attempt to call method 'nothing' (a nil value)"],
    ['qname.x = 1', "lua:1: attempt to index global 'qname' (a userdata value)"],
    ['local r = qname < bestwho', 'lua:1: attempt to compare two userdata values'],
    ["local r = qname < 'x'", 'lua:1: attempt to compare userdata with string'],
    ['qname.toString()', "lua:1: bad argument #1 to 'toString' (DNSName expected, got nil)"],
    ['qname.toString(bestwho)', "lua:1: bad argument #1 to 'toString' (DNSName expected, got ComboAddress)"],
    ["qname:isPartOf('example.org')", "lua:1: bad argument #1 to 'isPartOf' (DNSName expected, got string)"],
    ['zone:makeRelative(qname):toString()', 'Attempt to print an unset dnsname'],
    ["newDN('a..b')", 'lua:1: newDN: "a..b" has an empty label; expected a character between dots'],
    ['report()', 'lua:1: report is not supported by PowerDNS either'],
  ])('%s', (code, why) => {
    expect(failure(code)).toBe(why)
  })
})

describe('ComboAddress', () => {
  test.each<[string, unknown[]]>([
    ['return bestwho:toString(), tostring(who), localwho:toString()', ['192.0.2.0', '198.51.100.53', '203.0.113.1']],
    ['return who:getPort(), bestwho:getPort(), who:toStringWithPort()', [4242, 0, '198.51.100.53:4242']],
    [
      "return newCA('192.0.2.1:53'):toStringWithPort(), newCA('[2001:db8::1]:53'):toStringWithPort(), newCA('2001:db8::1'):toStringWithPort()",
      ['192.0.2.1:53', '[2001:db8::1]:53', '[2001:db8::1]:0'],
    ],
    [
      "return newCA('2001:DB8:0:0::1'):toString(), newCA('::ffff:192.0.2.1'):toString(), newCA('[::1]'):toStringNoInterface()",
      ['2001:db8::1', '::ffff:192.0.2.1', '::1'],
    ],
    [
      "return newCA('192.0.2.1'):isIPv4(), newCA('192.0.2.1'):isIPv6(), newCA('::1'):isIPv4(), newCA('::1'):isIPv6()",
      [true, false, false, true],
    ],
    [
      "return newCA('::ffff:192.0.2.1'):isMappedIPv4(), newCA('::1'):isMappedIPv4(), newCA('192.0.2.1'):isMappedIPv4()",
      [true, false, false],
    ],
    ["return newCA('::ffff:192.0.2.1'):mapToIPv4():toString()", ['192.0.2.1']],
    ["local a = newCA('192.0.2.77') a:truncate(24) return a:toString()", ['192.0.2.0']],
    ["local a = newCA('2001:db8:ff::1') a:truncate(33) return a:toString()", ['2001:db8::']],
    [
      "local a = newCA('192.0.2.1') a:truncate(99) local b = newCA('192.0.2.1') b:truncate(-1) return a:toString(), b:toString()",
      ['192.0.2.1', '192.0.2.1'],
    ],
    ["return newCA('192.0.2.1'):toStringReversed()", ['1.2.0.192']],
    ["return newCA('2001:db8::1'):toStringReversed()", [`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2`]],
    ["return newCA('192.0.2.1'):getRaw() == '\\192\\0\\2\\1', #newCA('::1'):getRaw()", [true, 16]],
    [
      "return newCAFromRaw('\\192\\0\\2\\1'):toString(), newCAFromRaw('\\192\\0\\2\\1', 53):toStringWithPort(), newCAFromRaw(newCA('::1'):getRaw()):toString(), newCAFromRaw('abc', 53):toStringWithPort()",
      ['192.0.2.1', '192.0.2.1:53', '::1', '0.0.0.0:0'],
    ],
    [
      "return newCA('192.0.2.1'):equal(newCA('192.0.2.1:53')), newCA('192.0.2.1'):equal(newCA('192.0.2.2'))",
      [true, false],
    ],
    ["return bestwho == bestwho, newCA('192.0.2.0') == bestwho", [true, false]],
    [
      "local s = newCAS() s:add('192.0.2.1') s:add({'192.0.2.2', newCA('::1')}) return s:check(newCA('192.0.2.2')), s:check(newCA('::1')), s:check(newCA('192.0.2.3'))",
      [true, true, false],
    ],
  ])('%s', (code, expected) => {
    expect(give(code)).toEqual(expected)
  })

  test.each<[string, string]>([
    ["newCA('x')", "lua:1: Unable to convert presentation address 'x'"],
    ["newCA('192.0.2.1:99999')", "lua:1: Unable to convert presentation address '192.0.2.1:99999'"],
    ["newCA('::1'):mapToIPv4()", "lua:1: ComboAddress can't map non-mapped IPv6 address back to IPv4"],
    ["local r = bestwho .. ''", "lua:1: attempt to concatenate global 'bestwho' (a userdata value)"],
  ])('%s', (code, why) => {
    expect(failure(code)).toBe(why)
  })
})

describe('Netmask and NetmaskGroup', () => {
  test.each<[string, unknown[]]>([
    [
      'return ecswho:toString(), tostring(ecswho), ecswho:getBits(), ecswho:getNetwork():toString()',
      ['192.0.2.0/24', '192.0.2.0/24', 24, '192.0.2.0'],
    ],
    [
      "local n = newNetmask('192.0.2.77/24') return n:toString(), n:getNetwork():toString(), n:getMaskedNetwork():toString()",
      ['192.0.2.0/24', '192.0.2.0', '192.0.2.0'],
    ],
    [
      "local n = newNetmask('2001:db8::/32') return n:isIPv4(), n:isIpv4(), n:isIPv6(), n:isIpv6(), n:empty()",
      [false, false, true, true, false],
    ],
    [
      "local n = newNetmask('192.0.2.0/24') return n:match('192.0.2.9'), n:match('192.0.3.9'), n:match(newCA('192.0.2.1')), n:match('::1')",
      [true, false, true, false],
    ],
    [
      "return newNetmask('192.0.2.1/24') == newNetmask('192.0.2.2/24'), newNetmask('192.0.2.0/24') == newNetmask('192.0.2.0/25')",
      [true, false],
    ],
    [
      "return newNMG{'192.0.2.0/24'}:match(bestwho), newNMG({'198.51.100.0/24'}):match(bestwho), newNMG():match(bestwho)",
      [true, false, false],
    ],
    [
      "local g = newNMG({'192.0.2.0/24', '!192.0.2.128/25', '192.0.2.200'}) return g:match('192.0.2.1'), g:match('192.0.2.129'), g:match('192.0.2.200')",
      [true, false, true],
    ],
    [
      "return newNMG({'10.0.0.0/8', '!10.0.0.0/8'}):match('10.1.1.1'), newNMG({'!10.0.0.0/8', '10.0.0.0/8'}):match('10.1.1.1')",
      [false, true],
    ],
    [
      "local g = newNMG() g:addMask('10.0.0.0/8') g:addMasks({'192.0.2.0/24'}) g:addMask(newNetmask('::/0')) return g:match('10.1.1.1'), g:match('192.0.2.1'), g:match('::1'), g:match('11.0.0.0')",
      [true, true, true, false],
    ],
    [
      "return netmask({'192.0.2.0/24'}), netmask({'192.0.2.9/24'}), netmask({}), netmask({'198.51.100.53'}), netmask{'::/0'}",
      [true, true, false, false, false],
    ],
    ["return netmask({'10.0.0.0/8', '192.0.0.0/16'})", [true]],
  ])('%s', (code, expected) => {
    expect(give(code)).toEqual(expected)
  })

  test('without ECS there is no ecswho', () => {
    const { ecswho: _, ...rest } = QUERY
    expect(valuesOf('return ecswho', environmentOf(rest), [...ENVIRONMENT_NAMES])).toEqual([undefined])
  })

  test('a computed network that is not valid is an error only where it is reached', () => {
    expect(failure("netmask({tostring('x')})")).toMatch(/^lua:1: netmask: "x" is not a network/)
    expect(give("return netmask({'192.0.2.0/24', tostring('x')})")).toEqual([true])
    expect(failure("newNMG({tostring('192.0.2.0/99')})")).toMatch(/no valid prefix length/)
    expect(failure("netmask(tostring('192.0.2.0/24'))")).toBe(
      "lua:1: bad argument #1 to 'netmask' (table expected, got string)",
    )
  })

  test('an IPv4 address inside an IPv6 one is IPv6', () => {
    const bestwho = endpoint('::ffff:192.0.2.1', 0)
    expect(give("return netmask({'192.0.2.0/24'}), netmask({'::ffff:0:0/96'})", { bestwho })).toEqual([false, true])
  })
})

describe('constants', () => {
  test.each<[string, unknown[]]>([
    ['return pdns.A, pdns.AAAA, pdns.TXT, pdns.NXDOMAIN, pdns.SERVFAIL', [1, 28, 16, 3, 2]],
    ['return pdns.loglevels.Error, pdns.loglevels.Info, pdns.place.ANSWER, pdns.place.ADDITIONAL', [3, 6, 1, 3]],
    ['return GeoIPQueryAttribute.City, GeoIPQueryAttribute.ASn, GeoIPQueryAttribute.Location', [1, 0, 7]],
    ['return type(pdns_features), pdns_features.anything', ['table', undefined]],
    [
      "return newQType('AAAA'):getCode(), newQType('TYPE65280'):getName(), newQType('nothing'):getCode(), tostring(newQType('mx'))",
      [28, 'TYPE65280', 0, 'MX'],
    ],
    [
      'return dh:getID(), dh:getRD(), dh:getCD(), dh:getTC(), dh:getRA(), dh:getAD(), dh:getAA()',
      [4711, true, false, false, false, true, false],
    ],
    [
      'return dh:getRCODE(), dh:getOPCODE(), dh:getQDCOUNT(), dh:getANCOUNT(), dh:getNSCOUNT(), dh:getARCOUNT()',
      [0, 0, 1, 0, 0, 1],
    ],
    ["return pdnsrandom(8), pdnsrandom(), pdnslog('x'), pdnslog('x', pdns.loglevels.Info)", [2, 2 ** 30, undefined]],
    ['return math.random(8), math.random(5, 9), math.random()', [3, 6, 0.25]],
  ])('%s', (code, expected) => {
    expect(give(code)).toEqual(expected)
  })

  test('what a script writes to them is gone with it', () => {
    const code = 'pdns.A = 5 pdns.place.ANSWER = 9 pdns_features.x = 1 GeoIPQueryAttribute.City = 7 return pdns.A'
    expect(give(code)).toEqual([5])
    expect(give('return pdns.A, pdns.place.ANSWER, pdns_features.x, GeoIPQueryAttribute.City')).toEqual([
      1,
      1,
      undefined,
      1,
    ])
  })
})

describe('generators', () => {
  test.each<[string, string]>([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9.x.y', '203.0.113.9'],
    ['x.203.0.113.9', '0.0.0.0'],
    ['203-0-113-9', '203.0.113.9'],
    ['203-0-113-9.x.y', '203.0.113.9'],
    ['203-0-113-9.x.y.z', '0.0.0.0'],
    ['203-0-113-9a', '0.0.0.0'],
    ['203-0-113-256', '0.0.0.0'],
    ['ip-203-0-113-9', '203.0.113.9'],
    ['host203-0-113-9', '203.0.113.9'],
    ['ip-with-words-203-0-113-9', '203.0.113.9'],
    ['cb007109', '203.0.113.9'],
    ['pcb007109', '203.0.113.9'],
    ['ip-cb00719', '0.0.0.0'],
    ['only-words-with-many-dashes', '0.0.0.0'],
    ['x', '0.0.0.0'],
  ])('createForward of %s is %s', (labels, expected) => {
    const qname = name(`${labels}.fwd.example.org.`)
    expect(give('return createForward()', { qname, owner: name('*.fwd.example.org.') })).toEqual([expected])
    expect(give('return createForward()', { qname, owner: qname })).toEqual(['0.0.0.0'])
  })

  test.each<[string, string]>([
    ['2001-db8--1', '2001:db8::1'],
    ['0aa--1', 'aa::1'],
    ['0--0', '::'],
    ['2001.db8.0.0.0.0.0.1', '2001:db8::1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['ip20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8', '::'],
    ['2001-db8--1.x', '::'],
    ['x-y', '::'],
    ['words', '::'],
  ])('createForward6 of %s is %s', (labels, expected) => {
    const qname = name(`${labels}.fwd.example.org.`)
    expect(give('return createForward6()', { qname, owner: name('*.fwd.example.org.') })).toEqual([expected])
  })

  test.each<[string, string, string]>([
    ['9.113.0.203.rev.example.', '%1%.%2%.%3%.%4%', '203.0.113.9'],
    ['9.113.0.203.rev.example.', '%5%.dyn.example.', '203-0-113-9.dyn.example.'],
    ['9.113.0.203.rev.example.', '%6%.dyn.example.', 'cb007109.dyn.example.'],
    ['9.113.0.203.rev.example.', '%%%1%', '%203'],
    ['256.113.0.203.rev.example.', '%5%', 'error'],
    ['a.113.0.203.rev.example.', '%5%', 'error'],
    ['203.rev.example.', '%5%', 'unknown'],
  ])('createReverse of %s with %s is %s', (qname, template, expected) => {
    expect(give(`return createReverse('${template}')`, { qname: name(qname) })).toEqual([expected])
  })

  test('createReverse has exceptions, found by the address', () => {
    const code = "return createReverse('%5%', {['203.0.113.9'] = 'www.example.', ['203.0.113.7'] = 'y'})"
    expect(give(code, { qname: name('9.113.0.203.rev.example.') })).toEqual(['www.example.'])
    expect(give(code, { qname: name('8.113.0.203.rev.example.') })).toEqual(['203-0-113-8'])
  })

  const reverse6 = (address: string): Name => {
    const digits = [...must(parseAddress(address)).bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return name(`${[...digits].reverse().join('.')}.ip6.arpa.`)
  }

  test.each<[string, string]>([
    ['::', '0--0'],
    ['::1', '0--1'],
    ['aa::', '0aa--0'],
    ['aa::1', '0aa--1'],
    ['2001::', '2001--0'],
    ['a:b::c', 'a-b--c'],
    ['a::b:c', 'a--b-c'],
  ])('createReverse6 of %s has %s', (address, expected) => {
    expect(give("return createReverse6('%33%')", { qname: reverse6(address) })).toEqual([expected])
  })

  test('createReverse6 has digits, groups, exceptions and errors', () => {
    const qname = reverse6('2001:db8::9')
    expect(give("return createReverse6('%1%%2%%3%%4%-%32%')", { qname })).toEqual(['2001-9'])
    expect(give("return createReverse6('%34%.%35%.%41%')", { qname })).toEqual(['2001.0db8.0009'])
    expect(give("return createReverse6('x', {['2001:0db8::9'] = 'www.example.'})", { qname })).toEqual(['www.example.'])
    expect(give("return createReverse6('x')")).toEqual(['unknown'])
    expect(give("return createReverse6('x')", { qname: name(`${'0.'.repeat(31)}x.ip6.arpa.`) })).toEqual(['error'])
  })

  test.each<[string, unknown[]]>([
    ["return filterForward('192.0.2.1', newNMG{'192.0.2.0/24'})", [['192.0.2.1']]],
    ["return filterForward('198.51.100.1', newNMG{'192.0.2.0/24'})", [['0.0.0.0']]],
    ["return filterForward('2001:db8::1', newNMG{'192.0.2.0/24'})", [['::']]],
    ["return filterForward('198.51.100.1', newNMG{'192.0.2.0/24'}, '127.0.0.1')", [['127.0.0.1']]],
    ["return filterForward('198.51.100.1', newNMG{'192.0.2.0/24'}, '')", [[]]],
  ])('%s', (code, expected) => {
    expect(give(code)).toEqual(expected)
  })
})

describe('what a script learns about the client', () => {
  const ALL = 'all'

  function readsOf(code: string, input: Partial<QueryInput> = {}): string[] {
    const reads: string[] = []
    const read = (who: string, compared?: readonly Prefix[]) => {
      reads.push(`${who} ${compared ? compared.map(formatPrefix).join(' ') : ALL}`)
    }
    give(code, { ...input, read })
    return reads
  }

  test.each<[string, string[]]>([
    ["return 'x'", []],
    ['return qname:toString(), dh:getID(), tcp, createForward()', []],
    ['local b = bestwho return b:isIPv4(), b:getPort(), b == who, ecswho == nil', []],
    ['return bestwho:toString()', ['bestwho all']],
    ['return tostring(who)', ['who all']],
    ['return localwho:getRaw()', ['localwho all']],
    ['return ecswho:toString()', ['ecswho all']],
    ['return ecswho:getNetwork():toString()', ['ecswho 192.0.2.0/24']],
    ['return ecswho:getBits()', []],
    ['bestwho:truncate(16) return bestwho:toString()', ['bestwho 192.0.0.0/16']],
    ["return netmask({'10.0.0.0/8', '192.0.2.9/24', '172.16.0.0/12'})", ['bestwho 10.0.0.0/8 192.0.2.0/24']],
    ["return netmask({'10.0.0.0/8', '::/0'})", ['bestwho 10.0.0.0/8']],
    ["return netmask({'::/0'}), netmask({})", []],
    ["return newNMG({'10.0.0.0/8', '!10.1.0.0/16', '::/0'}):match(bestwho)", ['bestwho 10.0.0.0/8 10.1.0.0/16']],
    ["return newNMG({'10.0.0.0/8'}):match('192.0.2.1')", []],
    ["return newNetmask('10.0.0.0/8'):match(bestwho)", ['bestwho 10.0.0.0/8']],
    ["bestwho:truncate(8) return newNetmask('192.0.2.0/24'):match(bestwho)", ['bestwho 192.0.0.0/8']],
    ["return bestwho:equal(newCA('192.0.2.1'))", ['bestwho 192.0.2.1/32']],
    ["return newCA('192.0.2.1'):equal(who)", ['who 192.0.2.1/32']],
    ["local s = newCAS() s:add('192.0.2.1') return s:check(bestwho)", ['bestwho 192.0.2.1/32']],
    ['return newCA(bestwho:toString()):toString()', ['bestwho all']],
    ["bestwho:truncate(8) return netmask({'192.0.2.0/24'})", ['bestwho 192.0.2.0/24']],
  ])('%s', (code, expected) => {
    expect(readsOf(code)).toEqual(expected)
  })
})

describe('functions of the caller', () => {
  /** As the caller may have them: `country` looks at the client, `pickrandom` takes chance. */
  const looked: string[] = []
  const functions = new Map<string, LuaValue>([
    ...functionsOf({
      country: [
        byTexts(COPIED),
        (args, run, called) => {
          looked.push('bestwho')
          return textArgument(args, 0, called, run).toUpperCase() === 'US'
        },
      ],
      pickrandom: [
        byTables(1, COPIED),
        (args, run, called) => {
          const table = tableArgument(args, 0, called, run)
          if (table.length === 0) throw run.fail(`${called}: the list is empty`)
          return table.get(1 + Math.floor(run.random() * table.length))
        },
      ],
      all: [
        byTables(1, COPIED),
        (args, run, called) =>
          tableOf(
            [...tableArgument(args, 0, called, run).entries(run)].map(([, item]) => item),
            run,
          ),
      ],
      newCA: [BY_VALUE, () => 'mine'],
    }),
  ])

  test('work like any other', () => {
    const code = `
      if country('US') then return pickrandom({'192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'})
      else return pickrandom({'198.51.100.1'}) end`
    expect(give(code, {}, functions)).toEqual(['192.0.2.2'])
    expect(looked).toEqual(['bestwho'])
    expect(give("return all({'a', nil, 'c'})", {}, functions)).toEqual([['a', 'c']])
    expect(give('local ok, why = pcall(pickrandom, {}) return ok, why', {}, functions)).toEqual([
      false,
      'pickrandom: the list is empty',
    ])
  })

  test('come before those that are here', () => {
    expect(give("return newCA('192.0.2.1')", {}, functions)).toEqual(['mine'])
  })

  test('fail where they are called', () => {
    const result = runScript('local x = 1\nreturn pickrandom({})', environmentOf(QUERY, functions), undefined, [
      'pickrandom',
    ])
    expect(result).toEqual({
      ok: false,
      error: { why: 'lua:2: pickrandom: the list is empty', overBudget: false, at: 20, line: 2 },
    })
  })
})
