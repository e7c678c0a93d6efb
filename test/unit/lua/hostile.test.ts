import { describe, expect, test } from 'vitest'
import { MAX_SCRIPT_STEPS } from '../../../src/limits.ts'
import { luaZone, replyFrom, told } from './support.ts'

const STOPPED = /^SERVFAIL: the script was stopped: it took too many steps/

/** Returns the outcome of a query, and the steps of the budget that its script took. */
function asked(code: string, type = 'TXT', name = 'x'): { outcome: string; steps: number } {
  const zone = luaZone(`x LUA ${type} "${code}"\n*.w LUA ${type} "${code}"`)
  const reply = replyFrom([zone], { type, name, ecs: '2001:db8::/128' })
  const script = reply.trace.find((step) => step.step === 'script')
  return { outcome: told(reply), steps: script?.step === 'script' ? script.steps : Number.NaN }
}

describe('what is returned is bounded as the script is', () => {
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
    const { outcome, steps } = asked(`;${code}`)
    expect(outcome).toBe(expected)
    expect(steps).toBeLessThanOrEqual(MAX_SCRIPT_STEPS)
  })
})

describe("PowerDNS's functions cost what they take, for the longest name and address too", () => {
  const name = `${'1.'.repeat(119)}w`

  // The least steps of each, of 20,000 that a script has: about a microsecond a step.
  test.each([
    ['qname:toString()', 100],
    ['tostring(qname)', 100],
    ['qname:getRawLabels()', 100],
    ['qname:canonCompare(qname)', 200],
    ['local _ = qname < qname', 100],
    ['local _ = qname <= qname', 100],
    ['local _ = qname == zone', 100],
    ["qname:equal('a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z')", 100],
    ['newDN(text)', 100],
    ['qname:isPartOf(zone)', 100],
    ['qname:makeRelative(zone)', 100],
    ['createForward()', 100],
    ['createForward6()', 100],
    ["createReverse('%1%')", 100],
    ["createReverse6('%33%')", 100],
    ['latlonMagic()', 100],
    ['pcall(closestMagic)', 100],
    ['bestwho:toString()', 4],
    ["newCA('2001:db8:1:2:3:4:192.168.123.234')", 16],
    ["pickclosest({'2001:db8::1', '2001:db8::2'})", 32],
    ["geoiplookup('2001:db8:1:2:3:4:5:6', 4)", 16],
    ['country(text)', 4],
    ["newCAS():add({'2001:db8::1', '2001:db8::2'})", 32],
    ["newNMG():addMask(math.random(9999) .. '::/64')", 16],
    ["string.format('%.99g', 1 / 3)", 10],
  ])('%s', (call, least) => {
    const begin = `;local text = qname:toString()`
    expect(asked(`${begin} while true do ${call} end`, 'TXT', name).outcome).toMatch(STOPPED)
    const [one, two] = [1, 2].map((n) => asked(`${begin} for i = 1, ${n} do ${call} end return 'x'`, 'TXT', name))
    expect([one?.outcome, two?.outcome]).toEqual(['x', 'x'])
    expect((two?.steps ?? 0) - (one?.steps ?? 0)).toBeGreaterThanOrEqual(least)
  })

  test('dblookup of what is too long for a name', () => {
    const { outcome, steps } = asked(";local s = ('x.'):rep(2e5) for i = 1, 2000 do dblookup(s, 1) end return 'none'")
    // Its octets are charged, whether it is a name or not.
    expect(outcome).toMatch(STOPPED)
    expect(steps).toBeLessThanOrEqual(MAX_SCRIPT_STEPS)
  })

  test.each(['lower', 'upper'])('%s', (method) => {
    const { outcome, steps } = asked(`;return ('aB\\233'):rep(5e4):${method}():len()`)
    expect(outcome).toBe('150000')
    // An octet a step would be out of the budget; sixteen are not.
    expect(steps).toBeGreaterThan(150_000 / 16)
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
