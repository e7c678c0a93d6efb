import { describe, expect, test } from 'vitest'
import { leastMs } from '../least-ms.ts'
import { luaZone, replyFrom, told } from './lua-support.ts'

const STOPPED = /^SERVFAIL: the script was stopped: it took too many steps/

/** What a query comes to, and how many milliseconds it takes. */
function timed(code: string, type = 'TXT', name = 'x'): { outcome: string; least: number } {
  const zone = luaZone(`x LUA ${type} "${code}"\n*.w LUA ${type} "${code}"`)
  let outcome = ''
  const ask = () => {
    outcome = told(replyFrom([zone], { type, name, ecs: '2001:db8::/128' }))
  }
  return { least: leastMs(ask, 10), outcome }
}

describe('what is returned takes no longer than the script', () => {
  const NO_TEXT = 'SERVFAIL: the script returned a list with a table in it; expected texts'
  const TOO_LONG = 'SERVFAIL: the script returned texts of more than 48000 octets, which fit no DNS message'

  test.each<[string, string]>([
    ['local t = {} t[1] = t return t', NO_TEXT],
    ['local t = {} for i = 1, 2900 do t = {t} end return t', NO_TEXT],
    ["local t = {'a'} for i = 1, 20 do t = {t, t, t, t, t, t, t, t} end return t", NO_TEXT],
    ["return ('x'):rep(1e6)", TOO_LONG],
    ["return ('\\\\'):rep(1e6)", TOO_LONG],
    ["local t = {} for i = 1, 100 do t[i] = ('x'):rep(1000) .. i end return t", TOO_LONG],
  ])('%s', (code, expected) => {
    const { outcome, least } = timed(`;${code}`)
    expect(outcome).toBe(expected)
    // Reading 48,000 octets of records takes its time, however they came about.
    expect(least).toBeLessThan(code.includes('1000') ? 50 : 10)
  })
})

describe("PowerDNS's functions cost what they take, for the longest name and address too", () => {
  const name = `${'1.'.repeat(119)}w`

  test.each([
    'qname:toString()',
    'tostring(qname)',
    'qname:getRawLabels()',
    'qname:canonCompare(qname)',
    'local _ = qname < qname',
    'local _ = qname <= qname',
    'local _ = qname == zone',
    "qname:equal('a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z')",
    'newDN(text)',
    'qname:isPartOf(zone)',
    'qname:makeRelative(zone)',
    'createForward()',
    'createForward6()',
    "createReverse('%1%')",
    "createReverse6('%33%')",
    'latlonMagic()',
    'pcall(closestMagic)',
    'bestwho:toString()',
    "newCA('2001:db8:1:2:3:4:192.168.123.234')",
    "pickclosest({'2001:db8::1', '2001:db8::2'})",
    "geoiplookup('2001:db8:1:2:3:4:5:6', 4)",
    'country(text)',
    "newCAS():add({'2001:db8::1', '2001:db8::2'})",
    "newNMG():addMask(math.random(9999) .. '::/64')",
    "string.format('%.99g', 1 / 3)",
  ])('%s', (call) => {
    const { outcome, least } = timed(`;local text = qname:toString() while true do ${call} end`, 'TXT', name)
    expect(outcome).toMatch(STOPPED)
    expect(least).toBeLessThan(20)
  })

  test('dblookup of what is too long for a name', () => {
    const { outcome, least } = timed(";local s = ('x.'):rep(2e5) for i = 1, 20 do dblookup(s, 1) end return 'none'")
    expect(outcome).toBe('none')
    expect(least).toBeLessThan(20)
  })

  test.each(['lower', 'upper'])('%s', (method) => {
    const { outcome, least } = timed(`;return ('aB\\233'):rep(5e4):${method}():len()`)
    expect(outcome).toBe('150000')
    expect(least).toBeLessThan(30)
  })
})

describe('nothing is left of a query for the next one', () => {
  const LOOK = `;return table.concat({
    tostring(string.rep):sub(1, 8), ('abc'):len(), math.pi, pdns.A, pdns.place.ANSWER, GeoIPQueryAttribute.City,
    tostring(string.nope), bestwho:toString(), qname:toString(), zone:toString(), type(bit.band), type(x),
    tostring(pdns.nope), tostring(pcall(function() return 'a' + 1 end)), ecswho:getNetwork():toString(), type(next),
    type(newDN), type(pickhashed)}, ' ')`.replaceAll('\n', ' ')

  test.each([
    'string.rep = nil',
    "getmetatable('').__index.len = function() return 99 end",
    "getmetatable('').__add = function() return 1 end",
    "getmetatable('').__index = {len = function() return 99 end}",
    "setmetatable(string, {__index = function() return 'left' end})",
    "setmetatable(pdns, {__index = function() return 'left' end})",
    'math.pi, bit.band = 1, nil',
    'pdns.A, pdns.place.ANSWER, GeoIPQueryAttribute.City = 99, 7, 50',
    'bestwho:truncate(8) ecswho:getNetwork():truncate(0)',
    'qname:chopOff() zone:chopOff()',
    'x, next, newDN, pickhashed = 5, nil, nil, nil',
  ])('%s', (change) => {
    const zone = luaZone(`y LUA TXT ";${change} return 'done'"\nx LUA TXT "${LOOK}"`)
    const get = (name: string) => told(replyFrom([zone], { name, type: 'TXT', ecs: '192.0.2.0/24' }))
    const before = get('x')
    expect(before).toMatch(/^function 3 3\.14.* function function function$/)
    expect(get('y')).toBe('done')
    expect(get('x')).toBe(before)
  })
})
