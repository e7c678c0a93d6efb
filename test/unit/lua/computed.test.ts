import { describe, expect, test } from 'vitest'
import { Health, type TargetState, UNPROBED } from '../../../src/health/index.ts'
import type { LocalZone } from '../../../src/zone/index.ts'
import { must } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'
import { luaZone, places, replyFrom, told } from './support.ts'

/** Returns the targets of the checks of a zone, without the ports that are the same everywhere. */
const targetsOf = (zone: LocalZone): string[] =>
  [...new Set(zone.conditions.map(({ target }) => target.replace(/:(?:443|80)$/, '')))].sort()

const healthOf = (zone: LocalZone, up: readonly string[]): Health => {
  const targets = new Map(
    zone.conditions.map(({ target, probe }): [string, TargetState] => {
      const state = up.includes(target.replace(/:(?:443|80)$/, '')) ? 'up' : 'down'
      return [probe.id, { ...UNPROBED, state, since: 1, at: 1 }]
    }),
  )
  return new Health([{ name: 'test', at: 1000, targets }], [], 1000)
}

/** A client in the United States, one in the Netherlands, and one at home. */
const US = '198.51.100.7'
const NL = '192.0.2.7'
const HOME = '10.1.2.3'

const answers = (zone: LocalZone, client: string, up: readonly string[] = targetsOf(zone), name = 'x', type = 'A') =>
  told(replyFrom([zone], { name, type, client, context: { health: healthOf(zone, up), database: places } }))

describe('arguments that the code computes', () => {
  const EAST = '192.0.2.1'
  const WEST = '192.0.2.2'

  /** `LIST` is where a list of addresses may stand; the targets that are probed; what two clients get. */
  test.each<[what: string, records: string, targets: string, us: string, nl: string]>([
    [
      'a local of two branches',
      `x LUA A ";local ips if country('US') then ips = {'${WEST}'} else ips = {'${EAST}'} end return CALL(ips)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'lists of lists of locals, an empty one among them',
      `x LUA A ";local a, b, c = {'${EAST}'}, {}, {'${WEST}'} local ips = {b, a, c} if country('US') then ips = {b, c} end return CALL(ips)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'fields of a table in included code',
      `pools LUA LUA "pools = {east = {'${EAST}'}, west = {'${WEST}'}}"\nx LUA A ";include('pools') if country('US') then return CALL(pools.west) end return CALL(pools.east)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a field by a key that the query decides',
      `x LUA A ";local pools = {us = {'${WEST}'}, nl = {'${EAST}'}, fr = {'192.0.2.3'}} return CALL(pools[countryCode()])"`,
      `${EAST} ${WEST} 192.0.2.3`,
      WEST,
      EAST,
    ],
    [
      'a key with a default',
      `x LUA A ";local pools = {us = {'${WEST}'}} return CALL(pools[countryCode()] or {'${EAST}'})"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a key with a default in a metatable',
      `x LUA A ";local pools = setmetatable({us = {'${WEST}'}}, {__index = function() return {'${EAST}'} end}) return CALL(pools[countryCode()])"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a parameter of a function',
      `x LUA A ";local function up(ips) return CALL(ips) end if country('US') then return up({'${WEST}'}) end return up({'${EAST}'})"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'an upvalue of a closure',
      `x LUA A ";local function of(ips) return function() return CALL(ips) end end local up = {of({'${EAST}'}), of({'${WEST}'})} return up[country('US') and 2 or 1]()"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    ['and, or', `x LUA A "CALL(country('US') and {'${WEST}'} or {'${EAST}'})"`, `${EAST} ${WEST}`, WEST, EAST],
    [
      'a list that a loop makes',
      `x LUA A ";local ips = {} for i = 1, 2 do if country('US') == (i == 2) then table.insert(ips, '192.0.2.' .. i) end end return CALL(ips)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a list of pairs',
      `x LUA A ";local where = {['${EAST}'] = 'NL', ['${WEST}'] = 'US'} for ip, code in pairs(where) do if country(code) then return CALL({ip}) end end return '192.0.2.9'"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'varargs',
      `x LUA A ";local function up(...) local ips = {...} return CALL(ips) end if country('US') then return up('${WEST}') end return up('${EAST}')"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'unpack and select',
      `x LUA A ";local ips = {'${EAST}', '${WEST}'} local a = select(country('US') and 2 or 1, unpack(ips)) return CALL({a})"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'tables of tables',
      `x LUA A ";local sites = {eu = {web = {'${EAST}'}}, na = {web = {'${WEST}'}}} for name, site in pairs(sites) do if continent(name) then return CALL(site.web) end end return '192.0.2.9'"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a global that included code sets',
      `c LUA LUA "if country('US') then ips = {'${WEST}'} else ips = {'${EAST}'} end"\nx LUA A ";include('c') return CALL(ips)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a function that included code has',
      `c LUA LUA "function up(ips) return CALL(ips) end"\nx LUA A ";include('c') return up(country('US') and {'${WEST}'} or {'${EAST}'})"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a text that is taken apart',
      `x LUA A ";local ips = {} for ip in (country('US') and '${WEST}' or '${EAST}'):gmatch('[^,]+') do ips[#ips + 1] = ip end return CALL(ips)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a health function in a variable',
      `x LUA A ";local up = function(ips) return CALL(ips) end return up(country('US') and {'${WEST}'} or {'${EAST}'})"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a protected call',
      `x LUA A ";local ok, found = pcall(function(ips) return CALL(ips) end, country('US') and {'${WEST}'} or {'${EAST}'}) return ok and found or '192.0.2.9'"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'inside a choice',
      `x LUA A ";local ips = country('US') and {'${WEST}'} or {'${EAST}'} local up = CALL(ips) return pickrandom(type(up) == 'table' and up or {up})"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'inside a view',
      `x LUA A ";local function one(ips) local up = CALL(ips) return type(up) == 'table' and up[1] or up end return view({{{'198.51.100.0/24'}, {one({'${WEST}'})}}, {{'0.0.0.0/0'}, {one({'${EAST}'})}}})"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a result in a condition',
      `x LUA A ";for _, ip in ipairs({country('US') and '${WEST}' or '${EAST}'}) do local up = CALL({ip}) if up and #up > 0 then return up end end return '192.0.2.9'"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a name that is looked up',
      `east A ${EAST}\nwest A ${WEST}\nx LUA A ";return CALL(dblookup((country('US') and 'west' or 'east') .. '.example.com', pdns.A))"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a copy that table functions make',
      `x LUA A ";local ips = {'${EAST}', '${WEST}'} table.remove(ips, country('US') and 1 or 2) return CALL(ips)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'a goto',
      `x LUA A ";local ips = {'${EAST}'} if not country('US') then goto done end ips = {'${WEST}'} ::done:: return CALL(ips)"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
    [
      'the labels of a name that is no wildcard',
      `x LUA A ";local pools = {x = {'${EAST}'}} if country('US') then return CALL({'${WEST}'}) end return CALL(pools[qname:getRawLabels()[1]])"`,
      `${EAST} ${WEST}`,
      WEST,
      EAST,
    ],
  ])('%s', (_, records, targets, us, nl) => {
    for (const call of [
      'ifportup(443, IPS)',
      "ifurlup('http://a.example/', IPS)",
      "pickselfweighted('http://a.example/', IPS)",
    ]) {
      // One list is all that pickselfweighted takes.
      if (call.startsWith('pickselfweighted') && /\{b, /.test(records)) continue
      const { zone, warnings } = must(compileText(`${HEAD}${called(records, call)}\n`))
      expect({ call, targets: targetsOf(zone).join(' ') }).toEqual({ call, targets })
      expect({ call, asks: zone.asksTargets }).toEqual({ call, asks: false })
      expect(warnings.map(({ message }) => message).filter((text) => text.includes('first query'))).toEqual([])
      expect({ call, us: answers(zone, US) }).toEqual({ call, us })
      expect({ call, nl: answers(zone, NL) }).toEqual({ call, nl })
      expect(replyFrom([zone], { client: US, context: { database: places } }).asked).toBeUndefined()
    }
  })

  /** Writes the call of a list that stands in the records as `CALL(list)`. */
  const called = (records: string, call: string): string => {
    let text = records
    for (let at = text.indexOf('CALL('); at >= 0; at = text.indexOf('CALL(')) {
      let end = at + 'CALL('.length
      for (let depth = 1; depth > 0; end++) depth += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0
      text = text.slice(0, at) + call.replace('IPS', () => text.slice(at + 'CALL('.length, end - 1)) + text.slice(end)
    }
    return text
  }

  test.each<[what: string, code: string, targets: string]>([
    [
      'URLs by address',
      "local urls = {} for i = 1, 2 do urls['192.0.2.' .. i] = 'http://h' .. i .. '.example/' end return ifurlextup({urls})",
      'h1.example h2.example',
    ],
    [
      'URLs of two tables, picked by the query',
      "local a, b = {['192.0.2.1'] = 'http://a.example/'}, {['192.0.2.2'] = 'http://b.example/'} return ifurlextup(country('US') and {b, a} or {a, {}, b})",
      'a.example b.example',
    ],
    [
      'URLs that are joined, picked by a place',
      "local host = country('US') and 'us' or 'eu' return ifurlextup({{['192.0.2.1'] = 'http://' .. host .. '.example/'}})",
      'eu.example us.example',
    ],
    [
      'a port that is computed',
      "local port = 8000 for i = 1, 2 do port = port + i end return ifportup(port, {'192.0.2.1'})",
      '192.0.2.1:8003',
    ],
    [
      'ports by place',
      "return ifportup(country('US') and 8080 or 9090, {'192.0.2.1'})",
      '192.0.2.1:8080 192.0.2.1:9090',
    ],
    [
      'a pick of addresses',
      "return ifportup(443, {pickrandom({'192.0.2.1', '192.0.2.2'}), '192.0.2.3'})",
      '192.0.2.1 192.0.2.2 192.0.2.3',
    ],
    [
      'a sample of addresses',
      "return ifportup(443, pickrandomsample(2, {'192.0.2.1', '192.0.2.2', '192.0.2.3'}))",
      '192.0.2.1 192.0.2.2 192.0.2.3',
    ],
    [
      'picks by weight',
      "return ifportup(443, {pickwhashed({{1, '192.0.2.1'}, {tonumber('2'), '192.0.2.2'}}), pickhashed({'192.0.2.3', tostring('192.0.2.4')})})",
      '192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4',
    ],
    [
      'a view of addresses',
      "return ifportup(443, {view({{{'10.0.0.0/8'}, {'192.0.2.1'}}, {{'0.0.0.0/0', '::/0'}, {'192.0.2.2'}}})})",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'what another health function gives',
      "return ifportup(443, ifportup(80, {'192.0.2.1', '192.0.2.2'}, {selector='all'}))",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'an element by chance',
      "local lists = {{'192.0.2.1'}, {'192.0.2.2'}} return ifportup(443, lists[math.random(#lists)])",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'a list that depends on a header flag',
      "local ips = {'192.0.2.1'} if dnssecOK then ips = {'192.0.2.2'} end if dh:getRD() then ips[2] = '192.0.2.3' end return ifportup(443, ips)",
      '192.0.2.1 192.0.2.2 192.0.2.3',
    ],
    [
      'a comparison of an address',
      "local who = bestwho:toString() if who == '10.0.0.1' or who:match('^10%.2%.') then return ifportup(443, {'192.0.2.1'}) end return ifportup(443, {'192.0.2.2'})",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'a loop over what the query has',
      "for label in bestwho:toString():gmatch('.') do return ifportup(443, {'192.0.2.1'}) end return ifportup(443, {'192.0.2.2'})",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'a while loop over what the query has',
      "local n, size = 0, #bestwho:toString() while n < size do n = n + 4 end if n == 8 then return ifportup(443, {'192.0.2.1'}) end return ifportup(443, {'192.0.2.2'})",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'a numeric loop over what the query has',
      "local ips = {} for i = 1, #bestwho:toString() do ips[1] = '192.0.2.1' end if #ips == 0 then ips = {'192.0.2.2'} end return ifportup(443, ips)",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'options that are computed',
      "local options = {selector = 'all'} options.timeout = 3 options['inter' .. 'val'] = 30 return ifportup(443, {'192.0.2.1'}, options)",
      '192.0.2.1',
    ],
    [
      'the same function under another name',
      "local up, ips = ifportup, {} ips[1] = '192.0.2.1' return up(443, ips)",
      '192.0.2.1',
    ],
    [
      'a function that Lua calls',
      "local ok, up = pcall(ifportup, 443, {'192.0.2.1'}) return ok and up or '192.0.2.9'",
      '192.0.2.1',
    ],
    [
      'functions in a table',
      "local by = {tcp = function(ips) return ifportup(443, ips) end, web = function(ips) return ifurlup('http://a.example/', ips) end} return by[country('US') and 'web' or 'tcp']({'192.0.2.1'})",
      '192.0.2.1',
    ],
    [
      'objects of a metatable',
      "local Pool = {} Pool.__index = Pool function Pool.new(ips) return setmetatable({ips = ips}, Pool) end function Pool:up() return ifportup(443, self.ips) end return Pool.new({'192.0.2.1'}):up()",
      '192.0.2.1',
    ],
    [
      'a recursive function',
      "local function make(n) if n == 0 then return {} end local ips = make(n - 1) ips[n] = '192.0.2.' .. n return ips end return ifportup(443, make(3))",
      '192.0.2.1 192.0.2.2 192.0.2.3',
    ],
    [
      'a sorted list',
      "local ips = {'192.0.2.2', '192.0.2.1'} table.sort(ips, function(a, b) return a < b end) return ifportup(443, ips)",
      '192.0.2.1 192.0.2.2',
    ],
    [
      'an address of the client compared with networks',
      "local near = newNMG({'10.0.0.0/8'}) return ifportup(443, {near:match(bestwho) and '192.0.2.1' or '192.0.2.2'})",
      '192.0.2.1 192.0.2.2',
    ],
  ])('%s', (_, code, targets) => {
    const { zone, warnings } = must(compileText(`${HEAD}x LUA A ";${code}"\n`))
    expect(targetsOf(zone).join(' ')).toBe(targets)
    const late = /way|while|loop over/.test(_)
    if (!late) expect(zone.asksTargets).toBe(false)
    for (const client of [US, NL, HOME, '2001:db8::1']) {
      const reply = replyFrom([zone], { client, context: { health: healthOf(zone, []), database: places } })
      expect(told(reply)).toMatch(/^192\.0\.2\.\d/)
      expect(reply.asked).toBeUndefined()
    }
    expect(warnings.map(({ message }) => message).filter((text) => text.includes('of ifportup is empty'))).toEqual([])
  })
})

describe('the checks of calls that are computed', () => {
  test('are the same as those of literals, and so are their answers', () => {
    const literal = luaZone(
      `x LUA A "ifurlup('http://a.example/', {{'192.0.2.1', '192.0.2.2'}, {'192.0.2.3'}}, {selector='all', timeout=1})"`,
    )
    const computed = luaZone(
      `x LUA A ";local o = {selector='all'} o.timeout = '1' local l = {{'192.0.2.1', '192.0.2.2'}} l[2] = {'192.0.2.3'} return ifurlup('http://a.example' .. '/', l, o)"`,
    )
    const idsOf = (zone: LocalZone) => zone.conditions.map(({ check, probe }) => `${check} ${probe.id}`).sort()
    expect(idsOf(computed)).toEqual(idsOf(literal))
    for (const up of [[], ['192.0.2.1'], ['192.0.2.1', '192.0.2.2'], ['192.0.2.3']]) {
      expect(answers(computed, US, up)).toBe(answers(literal, US, up))
    }
  })

  test('give the first list that is not empty and up', () => {
    const zone = luaZone(
      "x LUA A \";local a, b, c = {'192.0.2.1'}, {}, {'192.0.2.2', '192.0.2.3'} local ips = {b, a, c} return ifurlup('http://a.example/', ips, {selector='all', backupSelector='all'})\"",
    )
    expect(answers(zone, US, ['192.0.2.1', '192.0.2.2'])).toBe('192.0.2.1')
    expect(answers(zone, US, ['192.0.2.2', '192.0.2.3'])).toBe('192.0.2.2 192.0.2.3')
    expect(answers(zone, US, [])).toBe('192.0.2.1')
  })

  test('limit the scope to what the script compared', () => {
    const zone = luaZone(
      "x LUA A \";local ips if netmask({'10.0.0.0/8'}) then ips = {'127.0.0.2'} else ips = {'127.0.0.3'} end return ifportup(8080, ips, {selector='all', backupSelector='all'})\"",
    )
    expect(replyFrom([zone], { client: HOME }).response.scope).toBe(8)
    expect(replyFrom([zone], { client: US }).response.scope).toBe(1)
    expect(answers(zone, HOME)).toBe('127.0.0.2')
    expect(answers(zone, US)).toBe('127.0.0.3')
  })

  test('stand in the document once for each way, and the document is read back', () => {
    const text = `${HEAD}x LUA A ";local ips = country('US') and {'192.0.2.1'} or {'192.0.2.2'} return ifportup(443, ips)"\n`
    const { document, zone } = must(compileText(text))
    const script = document.records.x?.A as { parts?: readonly { call: string; args: string }[] } | undefined
    expect(script?.parts?.map(({ call, args }) => `${call} ${args}`)).toEqual([
      'ifportup [443,["192.0.2.2"]]',
      'ifportup [443,["192.0.2.1"]]',
    ])
    expect(zone.usesHealth).toBe(true)
  })

  test('of thousands of records with the same code are found once', () => {
    const records = Array.from({ length: 2000 }, (_, i) => `n${i} LUA A ";include('c') return ifportup(443, pools[1])"`)
    const zone = luaZone(`c LUA LUA "pools = {} pools[1] = {'192.0.2.1'}"\n${records.join('\n')}`)
    expect(targetsOf(zone)).toEqual(['192.0.2.1'])
    expect(answers(zone, US, [], 'n1999')).toBe('192.0.2.1')
    expect(zone.asksTargets).toBe(false)
  })
})

describe('targets that only a query knows', () => {
  const wildcard = '*.x LUA A "ifportup(443, {createForward()}, {backupSelector=\'all\'})"'

  test('are told beside the answer, which is by backup until there is a result', () => {
    const { zone, warnings } = must(compileText(`${HEAD}${wildcard}\n`))
    expect(zone.asksTargets).toBe(true)
    expect(zone.usesHealth).toBe(true)
    expect(zone.conditions).toEqual([])
    expect(warnings.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      '4:12 the query decides what ifportup probes, so that it is known from the first query on only; expected addresses that stand in the zone',
    ])
    const reply = replyFrom([zone], { name: '192-0-2-77.x' })
    expect(told(reply)).toBe('192.0.2.77')
    expect(reply.asked?.map(({ zone: origin, target, check }) => [origin, target, check.kind])).toEqual([
      ['example.com', '192.0.2.77', 'tcp'],
    ])
    expect(reply.trace).toContainEqual({ step: 'asked', call: 'ifportup', targets: 1 })
  })

  test('are those of the same check in a document', () => {
    const zone = luaZone(`${wildcard}\ny LUA A "ifportup(443, {'192.0.2.77'}, {backupSelector='empty'})"`)
    const [condition] = zone.conditions
    const states = (state: 'up' | 'down') =>
      new Health(
        [
          {
            name: 't',
            at: 9,
            targets: new Map([[condition?.probe.id ?? '', { ...UNPROBED, state, since: 1, at: 1 }]]),
          },
        ],
        [],
        9,
      )
    const records = wildcard.replace("'all'", "'empty'")
    const asking = luaZone(records)
    const get = (state: 'up' | 'down') =>
      told(replyFrom([asking], { name: '192-0-2-77.x', context: { health: states(state) } }))
    expect(get('up')).toBe('192.0.2.77')
    expect(get('down')).toBe('NOERROR')
  })

  test.each<[what: string, records: string, name: string, targets: string]>([
    [
      'a part of the name in a URL',
      "*.x LUA A \"ifurlup('http://' .. qname:getRawLabels()[1] .. '.example/', {'192.0.2.1'})\"",
      'shop.x',
      '192.0.2.1',
    ],
    [
      'a URL by address',
      "*.x LUA A \"ifurlextup({{['192.0.2.1'] = 'http://' .. qname:toStringNoDot() .. '/'}})\"",
      'shop.x',
      'shop.x.example.com',
    ],
    ['a port', '*.x LUA A "ifportup(8000 + tonumber(qname:getRawLabels()[1]), {\'192.0.2.1\'})"', '7.x', '192.0.2.1'],
    ['closestMagic', '*.x LUA A "ifportup(443, {closestMagic()})"', '192-0-2-5.x', '192.0.2.5'],
    ['the client', 'x LUA A "ifportup(443, {bestwho:toString()})"', 'x', '198.51.100.7'],
    [
      'one beside others that are known',
      "*.x LUA A \"ifportup(443, {'192.0.2.1', createForward()}, {selector='all', backupSelector='all'})\"",
      '192-0-2-5.x',
      '192.0.2.1 192.0.2.5',
    ],
    [
      'the page of an own weight',
      "*.x LUA A \"pickselfweighted('http://' .. qname:toStringNoDot() .. '/', {'192.0.2.1'})\"",
      'shop.x',
      '192.0.2.1',
    ],
  ])('%s', (_, records, name, targets) => {
    const zone = luaZone(records)
    expect(zone.asksTargets).toBe(true)
    expect(
      replyFrom([zone], { name })
        .asked?.map(({ target }) => target)
        .join(' '),
    ).toBe(targets)
  })

  test('what is known beside them is probed from the start', () => {
    const zone = luaZone('*.x LUA A "ifportup(443, {\'192.0.2.1\', createForward()})"')
    expect(targetsOf(zone)).toEqual(['192.0.2.1'])
  })

  test('arguments that are wrong are SERVFAIL with the reason', () => {
    const zone = luaZone('*.x LUA A "ifportup(443, {qname:toString()})"')
    expect(told(replyFrom([zone], { name: 'a.x' }))).toBe(
      "SERVFAIL: lua:1: ifportup: 'a.x.example.com.' is not an IP address; expected one like 192.0.2.1, 192.0.2.1:8080, 2001:db8::1 or [2001:db8::1]:8080",
    )
  })

  test('the same name in other letters finds what is known', () => {
    const zone = luaZone("x LUA A \"ifurlup('http://' .. qname:toStringNoDot() .. '/', {'192.0.2.1'})\"")
    expect(zone.asksTargets).toBe(false)
    expect(told(replyFrom([zone], { name: 'X' }))).toBe('192.0.2.1')
  })
})

describe('code that nobody can try in full', () => {
  test('is answered, with a warning, and every branch was seen', () => {
    const flags = Array.from(
      { length: 20 },
      (_, i) => `if netmask({'10.${i}.0.0/16'}) then ips[#ips + 1] = '192.0.2.${i + 1}' end`,
    )
    const { zone, warnings } = must(
      compileText(`${HEAD}x LUA A ";local ips = {'192.0.2.100'} ${flags.join(' ')} return ifportup(443, ips)"\n`),
    )
    expect(zone.asksTargets).toBe(true)
    expect(targetsOf(zone)).toHaveLength(21)
    expect(warnings.map(({ message }) => message)).toEqual([
      'too many ways through the script to try all, so that what ifportup probes may be known from the first query on only; expected fewer conditions',
    ])
    expect(told(replyFrom([zone], { client: '10.3.0.1' }))).toMatch(/^192\.0\.2\.(?:100|4)$/)
  })

  test.each<[what: string, code: string]>([
    ['an endless loop', 'while true do end return ifportup(443, {bestwho:toString()})'],
    [
      'an endless loop over the query',
      "while country('US') == netmask({'10.0.0.0/8'}) do end return ifportup(443, {qname:toString()})",
    ],
    ['a recursion without end', "local function f(x) return f(x .. qname:toString()) end return ifportup(443, f(''))"],
    ['a doubling text', "local s = '192.0.2.1' while true do s = s .. s end return ifportup(443, {s})"],
    ['a table of itself', 'local t = {} t[1] = t return ifportup(443, t)'],
    ['a table as a key', "local t = {} t[t] = '192.0.2.1' return ifportup(443, t)"],
    ['a function as an address', 'return ifportup(443, {ifportup})'],
    ['a deep table', "local t = {'192.0.2.1'} for i = 1, 50 do t = {t} end return ifportup(443, t)"],
    ['a text of a megabyte', "return ifportup(443, {('1'):rep(1000000)})"],
    ['many addresses', "local t = {} for i = 1, 5000 do t[i] = '192.0.2.1' end return ifportup(443, t)"],
    [
      'choices of choices',
      "local t = {} for i = 1, 300 do t[i] = math.random() > 0.5 and '192.0.2.1' or '192.0.2.2' end return ifportup(443, t)",
    ],
  ])('%s ends', (_, code) => {
    const compiled = compileText(`${HEAD}x LUA A ";${code}"\n`)
    const messages = compiled.ok ? [] : compiled.error.map(({ message }) => message)
    for (const message of messages) expect(message.length).toBeLessThanOrEqual(220)
    if (compiled.ok) expect(told(replyFrom([compiled.value.zone], {}))).toMatch(/SERVFAIL|192\.0\.2/)
  })
})

describe('calls that fail', () => {
  const diagnosed = (code: string): { errors: string[]; warnings: string[] } => {
    const compiled = compileText(`${HEAD}x LUA A ";${code}"\n`)
    const texts = (list: readonly { line: number; column: number; message: string }[]) =>
      list.map(({ line, column, message }) => `${line}:${column} ${message.replace(/;.*/, '')}`)
    if (compiled.ok)
      return { errors: [], warnings: texts(compiled.value.warnings).filter((text) => !/goes by place/.test(text)) }
    return { errors: texts(compiled.error), warnings: [] }
  }

  test.each<[code: string, errors: readonly string[], warnings: readonly string[]]>([
    // on every way
    ["local ips = {} ips[1] = 'bogus' return ifportup(443, ips)", ["4:50 'bogus' is not an IP address"], []],
    // on one of two
    [
      "local ips = {'192.0.2.1'} if country('US') then ips = {'bogus'} end return ifportup(443, ips)",
      [],
      ["4:86 the call fails for some queries: 'bogus' is not an IP address"],
    ],
    // caught
    [
      "local ok, up = pcall(ifportup, 443, {'bogus'}) return ok and up or '192.0.2.1'",
      [],
      ["4:26 the call fails for some queries: 'bogus' is not an IP address"],
    ],
    // suspect options of what is computed
    [
      "local ips = {} ips[1] = '192.0.2.1' return ifportup(443, ips, {wait=1})",
      [],
      ['4:54 ifportup ignores the option wait'],
    ],
    [
      "local ips = {} ips[1] = '192.0.2.1' return ifportup(443, ips, ips)",
      [],
      ['4:54 ifportup ignores a list in place of its options'],
    ],
    // a key that the query decides, of which the table has not every one
    [
      "local pools = {us = {'192.0.2.1'}} return ifportup(443, pools[countryCode()])",
      [],
      ['4:53 the call fails for some queries: nil is not a list of addresses'],
    ],
    ['local x = 1 return ifportup(443, nobody)', ['4:30 nil is not a list of addresses'], []],
  ])('%s', (code, errors, warnings) => {
    const found = diagnosed(code)
    expect(found.errors).toEqual(errors)
    expect(found.warnings.filter((text) => !/the global nobody|depends on the client's location/.test(text))).toEqual(
      warnings,
    )
  })
})
