import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rcodeName } from '../../../src/dns/index.ts'
import { Health, type TargetState, UNPROBED } from '../../../src/health/index.ts'
import { type Address, addressBits, formatAddress } from '../../../src/net/index.ts'
import { loadedZones, type Zone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes, resolve } from '../both-forms.ts'
import { address, documentOf, must, questionOf, seeded, zoneOf } from '../support.ts'
import { summary } from '../zone/support.ts'
import { brief, compileText } from '../zonefile/support.ts'
import { type Asking, ask, HEAD, luaZone, places, replyFrom, told } from './support.ts'

/** Code that runs though nothing in it depends on the query: the condition is not folded. */
const running = (code: string): string => `;if tcp then return ${code} end`

/** Code whose values are seen only when it runs: a value that is known is looked at when the zone is compiled. */
const hidden = (code: string): string => `;return (function(...) return ... end)(${code})`

const EXPECTED = 'expected text, or a list of texts'

describe('what is returned becomes records', () => {
  test.each<[string, string, string]>([
    ['A', "'192.0.2.1'", '192.0.2.1'],
    ['A', "'192.0.2.1', '192.0.2.2'", '192.0.2.1'],
    ['A', "('192.0.2.8'):gsub('8', '1')", '192.0.2.1'],
    ['A', "{'192.0.2.1', '192.0.2.2'}", '192.0.2.1 192.0.2.2'],
    ['A', "{'192.0.2.1', '192.0.2.1'}", '192.0.2.1'],
    ['A', "{'192.0.2.1', nil, '192.0.2.3'}", '192.0.2.1 192.0.2.3'],
    ['A', "{[7] = '192.0.2.1', [-1] = '192.0.2.2'}", '192.0.2.1 192.0.2.2'],
    ['A', "'192.000.02.010'", '192.0.2.10'],
    ['A', '{}', 'NOERROR'],
    ['A', 'nil', `SERVFAIL: the script returned nil; ${EXPECTED}`],
    ['A', 'true', `SERVFAIL: the script returned true; ${EXPECTED}`],
    ['A', 'bestwho', `SERVFAIL: the script returned a ComboAddress; ${EXPECTED}`],
    ['A', 'tostring', `SERVFAIL: the script returned a function; ${EXPECTED}`],
    ['A', "{'192.0.2.1', true}", 'SERVFAIL: the script returned a list with true in it; expected texts'],
    ['A', "{{'192.0.2.1'}}", 'SERVFAIL: the script returned a list with a table in it; expected texts'],
    ['A', '{qname}', 'SERVFAIL: the script returned a list with a DNSName in it; expected texts'],
    ['A', "{a = '192.0.2.1'}", "SERVFAIL: the script returned a table with 'a' as a key; expected a list"],
    ['A', "{[0.5] = '192.0.2.1'}", 'SERVFAIL: the script returned a table with 0.5 as a key; expected a list'],
    ['A', "''", "SERVFAIL: the script returned '': the text is empty; expected A data"],
    [
      'A',
      "{'192.0.2.1', 'www'}",
      'SERVFAIL: the script returned \'www\': "www" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1',
    ],
    [
      'AAAA',
      "'192.0.2.1'",
      'SERVFAIL: the script returned \'192.0.2.1\': "192.0.2.1" is the wrong family for AAAA; expected an IPv6 address like 2001:db8::1',
    ],
    ['AAAA', "'2001:DB8::1'", '2001:db8::1'],
    ['TXT', "''", ''],
    ['TXT', '1/3', '0.33333333333333'],
    ['TXT', '0.1 + 0.2', '0.3'],
    ['TXT', "'a\\34 \\34b'", '"a" "b"'],
    ['TXT', "'a\\\\065b'", 'aAb'],
    [
      'TXT',
      "'a \\34hi\\34 b'",
      `SERVFAIL: the script returned 'a "hi" b': the quotes inside 'a "hi" b' do not pair up; expected \\\\ before each quote, as in '\\\\\\34'`,
    ],
    ['TXT', "('x'):rep(300)", `"${'x'.repeat(255)}" "${'x'.repeat(45)}"`],
    ['TXT', "'\\195\\169'", '\\195\\169'],
    ['MX', "{'10 mail.example.net', '20 mail2'}", '10 mail.example.net. 20 mail2.'],
    ['SRV', "'1 2 3 sip.example.net.'", '1 2 3 sip.example.net.'],
    ['PTR', "'www'", 'www.'],
    ['CAA', "'0 issue \\34ca.example\\34'", '0 issue "ca.example"'],
    ['TYPE65280', "'\\\\# 2 ABCD'", '\\# 2 abcd'],
    ['TXT', "('x'):rep(1048577)", 'SERVFAIL: the script was stopped: it made too much text or too large tables'],
  ])('%s %s', (type, code, outcome) => {
    expect(ask(hidden(code), type)).toBe(outcome)
  })

  test('Lua errors are SERVFAIL with their message, cut short', () => {
    expect(ask(";error('no ' .. qname:toString())")).toBe('SERVFAIL: lua:1: no x.example.com.')
    expect(ask(";error(('y'):rep(1000))")).toBe(`SERVFAIL: lua:1: ${'y'.repeat(193)}…`)
    expect(ask(';error({})')).toBe('SERVFAIL: (the error is a table value)')
    expect(ask(';local t = nobody.there return t')).toBe(
      "SERVFAIL: lua:1: attempt to index global 'nobody' (a nil value)",
    )
  })

  test('an answer that does not fit a message is SERVFAIL', () => {
    const code = ";local t = {} for i = 1, 200 do t[i] = ('x'):rep(248) .. string.format('%03d', i) end return t"
    expect(ask(code, 'TXT')).toBe(
      'SERVFAIL: the script returned texts of more than 48000 octets, which fit no DNS message',
    )
    expect(ask(code.replace('200', '150'), 'TXT')).toMatch(/001.*150$/)
  })
})

describe('a budget ends every script', () => {
  test.each([
    [';while true do end', 'it took too many steps'],
    [';local function f() return f() end return f()', 'its calls nest deeper than 180'],
    [";local s = 'x' while true do s = s .. s end", 'it made too much text or too large tables'],
    [';local t = {} while true do t[#t + 1] = {} end', 'it'],
    [';while true do pcall(error) end', 'it took too many steps'],
    [";return pcall(function() while true do end end) and '192.0.2.1'", 'it took too many steps'],
    [";include('loop') return '192.0.2.1'", 'it took too many steps'],
    [";include('self') return '192.0.2.1'", 'its calls nest deeper than 180'],
    [';local t = {} for i = 1, 100 do t[i] = {1000, tostring(i)} end return pickchashed(t)', 'it took too many steps'],
  ])('%s', (code, why) => {
    const zone = luaZone(`loop LUA LUA "while true do end"\nself LUA LUA "include('self')"\nx LUA A "${code}"`)
    expect(told(replyFrom([zone], {}))).toContain(`SERVFAIL: the script was stopped: ${why}`)
  })
})

describe('CNAMEs', () => {
  const zone = luaZone(`
a LUA CNAME "{}"
b LUA CNAME "{}"
b A 192.0.2.1
c LUA CNAME "all({'www.example.com', 'other.example.com'})"
d LUA CNAME ";if netmask({'10.0.0.0/8'}) then return 'www.example.com' end return {}"
d LUA A "'192.0.2.2'"
d TXT "beside"
e LUA CNAME "pickrandom({'www.example.com'})"
e LUA A "'192.0.2.3'"
f LUA CNAME "'www.example.com'"
f LUA CNAME "'other.example.com'"
g LUA CNAME "('x'):rep(0)"
h CNAME g
*.w LUA CNAME "{'www.example.com', 'other.example.com'}"
i LUA CNAME "qname:makeRelative(zone):toString() .. 'example.net'"
j LUA CNAME "qname:toString()"
www A 192.0.2.9`)
  const get = (name: string, type: string, client = '192.0.2.77') => {
    const { response } = replyFrom([zone], { name, type, client })
    return summary({ response } as Parameters<typeof summary>[0]).filter((line) => !line.startsWith('!'))
  }

  test.each<[string, string, string[]]>([
    ['a', 'A', ['NOERROR aa']],
    ['a', 'CNAME', ['NOERROR aa']],
    ['b', 'A', ['NOERROR aa', '= b.example.com. 60 A 192.0.2.1']],
    ['b', 'TXT', ['NOERROR aa']],
    ['b', 'CNAME', ['NOERROR aa']],
    ['c', 'A', ['NOERROR aa', '= c.example.com. 60 CNAME www.example.com.', '= www.example.com. 60 A 192.0.2.9']],
    [
      'c',
      'CNAME',
      ['NOERROR aa', '= c.example.com. 60 CNAME other.example.com.', '= c.example.com. 60 CNAME www.example.com.'],
    ],
    ['d', 'A', ['NOERROR aa', '= d.example.com. 60 A 192.0.2.2']],
    ['d', 'TXT', ['NOERROR aa', '= d.example.com. 60 TXT "beside"']],
    ['e', 'A', ['NOERROR aa', '= e.example.com. 60 CNAME www.example.com.', '= www.example.com. 60 A 192.0.2.9']],
    ['f', 'A', ['NOERROR aa', '= f.example.com. 60 CNAME www.example.com.', '= www.example.com. 60 A 192.0.2.9']],
    [
      'f',
      'CNAME',
      ['NOERROR aa', '= f.example.com. 60 CNAME other.example.com.', '= f.example.com. 60 CNAME www.example.com.'],
    ],
    ['g', 'A', ['SERVFAIL ede0']],
    ['h', 'A', ['SERVFAIL ede0']],
    ['x.w', 'A', ['NOERROR aa', '= x.w.example.com. 60 CNAME www.example.com.', '= www.example.com. 60 A 192.0.2.9']],
    ['i', 'A', ['NOERROR aa', '= i.example.com. 60 CNAME i.example.net.']],
    ['j', 'A', ['SERVFAIL ede0']],
    ['a', 'ANY', ['NOERROR aa']],
    ['b', 'ANY', ['NOERROR aa', '= b.example.com. 3600 HINFO "RFC8482" ""']],
    ['e', 'ANY', ['NOERROR aa', '= e.example.com. 60 CNAME www.example.com.']],
  ])('%s %s', (name, type, lines) => {
    expect(get(name, type)).toEqual(lines)
  })

  test('d A for 10.0.0.1', () => {
    expect(get('d', 'A', '10.0.0.1')[1]).toBe('= d.example.com. 60 CNAME www.example.com.')
  })

  test('stand alone where they are no LUA', () => {
    const beside = compileText(`${HEAD}x CNAME www\nx LUA A "'192.0.2.1'"\n`)
    expect(beside.ok ? [] : beside.error.map(brief)).toEqual([
      '5:3: CNAME beside A at x.example.com.; expected the CNAME alone (RFC 1034 §3.6.2)',
    ])
  })
})

describe('names', () => {
  test('with LUA records of other types have no data; their code is told to nobody', () => {
    const zone = luaZone(`config LUA LUA "a = 1"\nx LUA A "qname:toString()"`)
    for (const [name, type] of [
      ['config', 'A'],
      ['config', 'TYPE65402'],
      ['config', 'type65402'],
      ['config', 'LUA'],
      ['x', 'TXT'],
      ['x', 'TYPE65402'],
    ] as const) {
      const { response } = replyFrom([zone], { name, type })
      expect([rcodeName(response.rcode), response.answer, response.authority.length]).toEqual(['NOERROR', [], 1])
    }
  })

  test('with several LUA records of a type, and static ones, have all; one that fails is SERVFAIL', () => {
    const zone = luaZone(`
x LUA A "bestwho:toString()"
x LUA A "pickrandom({'192.0.2.1'})"
x A 192.0.2.2
y LUA A "bestwho:toString()"
y LUA A ";return ('no'):lower()"`)
    expect(told(replyFrom([zone], {}))).toBe('192.0.2.1 192.0.2.2 198.51.100.7')
    expect(told(replyFrom([zone], { name: 'y' }))).toContain('SERVFAIL')
  })

  test('NS by LUA is an answer at the zone itself', () => {
    const zone = luaZone(`@ LUA NS ";if tcp then return {'ns1.example.net', 'ns2.example.net'} end"`)
    expect(told(replyFrom([zone], { name: 'example.com.', type: 'NS' }))).toBe(
      'ns.example.com. ns1.example.net. ns2.example.net.',
    )
  })

  test('nothing is kept between queries', () => {
    const zone = luaZone(
      `x LUA TXT ";count = (count or 0) + 1 string.count = (string.count or 0) + 1 return count .. string.count"`,
    )
    for (let i = 0; i < 3; i++) expect(told(replyFrom([zone], { type: 'TXT' }))).toBe('11')
  })
})

describe('dblookup', () => {
  const asker = {
    client: address('192.0.2.1'),
    health: replyFrom([luaZone('')], {}).asker?.health as never,
    random: seeded(1),
    identity: '',
  }
  const zone = luaZone(
    `x LUA TXT "dblookup('www.example.net', pdns.A)[1] or 'none'"\nlua LUA TXT "#dblookup('x.example.com', pdns.TXT)"`,
  )
  const other = zoneOf(
    { www: { A: ['192.0.2.7', { kind: 'random', of: ['192.0.2.8', '192.0.2.9'] }] } },
    { origin: 'example.net' },
  )

  test('finds static data in other zones, and no LUA', () => {
    expect(told(replyFrom([zone, other], { type: 'TXT' }))).toBe('192.0.2.7')
    expect(told(replyFrom([zone], { type: 'TXT' }))).toBe('none')
    expect(told(replyFrom([zone], { name: 'lua', type: 'TXT' }))).toBe('0')
  })

  test('has a zone loaded that is published and not there', () => {
    const zones = {
      find: (name: string) =>
        name.endsWith('\x03net\0')
          ? ({ kind: 'unloaded', origin: '\x07example\x03net\0' } as const)
          : ({ kind: 'loaded', zone } as const),
    }
    expect(resolve(questionOf('x.example.com.', 'TXT'), zones, asker)).toEqual({
      kind: 'needs-zone',
      origin: '\x07example\x03net\0',
    })
  })
})

describe('the scope of a script', () => {
  test.each<[string, string, number]>([
    [running("'192.0.2.1'"), '192.0.2.0/24', 0],
    ["'192.0.2.' .. #zone:toString()", '192.0.2.0/24', 0],
    ['createForward()', '192.0.2.0/24', 0],
    [running("bestwho:isIPv4() and '192.0.2.1'"), '192.0.2.0/24', 0],
    ['bestwho:toString()', '192.0.2.0/24', 32],
    ['ecswho:getNetwork():toString()', '192.0.2.0/24', 24],
    [running("tostring(ecswho) and '192.0.2.1'"), '192.0.2.0/24', 32],
    ['who:toString()', '192.0.2.0/24', 0],
    [running("netmask({'192.0.2.0/25'}) and '192.0.2.1' or '192.0.2.2'"), '192.0.2.0/24', 25],
    [running("netmask({'10.0.0.0/8'}) and '192.0.2.1' or '192.0.2.2'"), '192.0.2.0/24', 1],
    [running("netmask({'10.0.0.0/8', '192.0.2.0/20'}) and '192.0.2.1' or '192.0.2.2'"), '192.0.2.0/24', 20],
    [
      running("netmask({'192.0.2.0/20', '10.0.0.0/8', '192.0.2.0/30'}) and '192.0.2.1' or '192.0.2.2'"),
      '192.0.2.0/24',
      20,
    ],
    [running("netmask({'2001:db8::/32'}) and '192.0.2.1' or '192.0.2.2'"), '192.0.2.0/24', 0],
    // Only who is in none of the networks comes to the one that is none.
    [running("pcall(netmask, {'10.0.0.0/8', 'none'}) and '192.0.2.1' or '192.0.2.2'"), '192.0.2.0/24', 1],
    ["filterForward(bestwho, newNMG({'192.0.0.0/16'}))", '192.0.2.0/24', 32],
    ["filterForward(newCA('192.0.2.9'), newNMG({'192.0.0.0/16'}))", '192.0.2.0/24', 0],
    [running("pickrandom({'192.0.2.1', '192.0.2.2'})"), '192.0.2.0/24', 0],
    [running("pickhashed({'192.0.2.1', '192.0.2.2'})"), '192.0.2.0/24', 32],
    [running("picknamehashed({{1, '192.0.2.1'}, {1, '192.0.2.2'}})"), '192.0.2.0/24', 0],
    [running("view({{{'192.0.0.0/16'}, {'192.0.2.1'}}, {{'0.0.0.0/0'}, {'192.0.2.2'}}})"), '192.0.2.0/24', 16],
    [";local r = {} r[1] = {{'192.0.0.0/16'}, {'192.0.2.1'}} return view(r)", '192.0.2.0/24', 16],
    [running('bestwho:truncate(20) or bestwho:toString()'), '192.0.2.0/24', 20],
    [running("country('NL') and '192.0.2.1' or '192.0.2.2'"), '192.0.2.0/28', 24],
    [running("country('NL') and '192.0.2.1' or '192.0.2.2'"), '198.51.100.0/24', 22],
    [running("country('NL') and '192.0.2.1' or '192.0.2.2'"), '2001:db8::/56', 32],
    [running("geoiplookup(bestwho:toString(), 4) == 'nl' and '192.0.2.1' or '192.0.2.2'"), '192.0.2.0/24', 32],
  ])('%s for %s is %i', (code, ecs, scope) => {
    const { response } = replyFrom([luaZone(`x LUA A "${code}"`)], { ecs, context: { database: places } })
    expect([rcodeName(response.rcode), response.scope]).toEqual(['NOERROR', scope])
  })

  test('the place of a connection counts for it alone, and only a Client Subnet is placed by the database', () => {
    const zone = luaZone(`x LUA TXT "countryCode() .. ' ' .. regionCode()"\ny LUA TXT "qname:toString()"`)
    const context = { place: { country: 'DE', region: 'BY' }, database: places } as const
    const asked = { type: 'TXT', client: '192.0.2.1', context }
    const own = replyFrom([zone], asked)
    expect([told(own), own.response.scope, own.shareable]).toEqual(['de by', 0, false])
    const placed = replyFrom([zone], { ...asked, ecs: '192.0.2.0/28' })
    expect([told(placed), placed.response.scope, placed.shareable]).toEqual(['nl nh', 24, true])
    expect(told(replyFrom([zone], { ...asked, context: { place: {}, database: places } }))).toBe('nl nh')
    expect(zone.usesPlaces).toBe(true)
    expect(luaZone('y LUA TXT "qname:toString()"').usesPlaces).toBe(false)
    // The text of explain is about the same place.
    const question = questionOf('x.example.com.', 'TXT')
    const found = outcomes(question, loadedZones([zone]), placed.asker as never)
    expect(found?.records.map(({ text }) => text)).toEqual(['"nl nh"'])
  })

  test('an answer by who asks over the connection is for it alone', () => {
    const shareable = (code: string, ecs?: string) =>
      replyFrom([luaZone(`x LUA TXT "${code}"`)], { type: 'TXT', ...(ecs && { ecs }) }).shareable
    expect(shareable('qname:toString()')).toBe(true)
    expect(shareable('bestwho:toString()')).toBe(false)
    expect(shareable('bestwho:toString()', '192.0.2.0/24')).toBe(true)
    expect(shareable('who:toString()', '192.0.2.0/24')).toBe(false)
    expect(shareable('pdnsrandom(2)')).toBe(false)
    expect(shareable(running("pickrandom({'x', 'x'})"))).toBe(false)
    expect(shareable(running("'x'"))).toBe(true)
  })

  /** Conditions on the client, and functions that look at it, in all orders. */
  const network = fc
    .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }))
    .map(([length, b, c]) => `10.${b & 3}.${c & 0xc0}.0/${length + 1}`)
  const test_ = fc.oneof(
    network.map((one) => `netmask({'${one}'})`),
    fc.tuple(network, network).map(([a, b]) => `newNMG({'${a}', '!${b}'}):match(bestwho)`),
    network.map((one) => `newNetmask('${one}'):match(bestwho)`),
    fc.tuple(network, network).map(([a, b]) => `netmask({'${a}', '${b}'})`),
    fc
      .integer({ min: 0, max: 24 })
      .map(
        (bits) =>
          `(function() local b = newCA('10.1.0.0') local c = bestwho c:truncate(${bits}) return c:equal(b) end)()`,
      ),
    fc.constant("pickhashed({'a', 'b'}) == 'a'"),
    fc.constant('qname:countLabels() == 3'),
    fc.constant("country('NL')"),
  )
  const code = fc
    .array(fc.tuple(test_, fc.boolean()), { minLength: 1, maxLength: 4 })
    .map((tests) =>
      [
        ';',
        ...tests.map(
          ([one, or], i) => `if ${one}${or ? " or netmask({'10.2.0.0/16'})" : ''} then return 'branch ${i}' end`,
        ),
        "return view({{{'10.3.0.0/16'}, {'last'}}, {{'0.0.0.0/0'}, {'none'}}})",
      ].join(' '),
    )
  const octets = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat(255), fc.nat(255)).map(([b, c, d]) => [10, b, c, d])

  test('holds whoever else is in it', () => {
    fc.assert(
      fc.property(code, octets, fc.array(fc.nat(0xffffffff), { minLength: 4, maxLength: 4 }), (lua, client, others) => {
        const zone = luaZone(`x LUA TXT "${lua}"`)
        const get = (bytes: Uint8Array) => {
          const who: Address = { family: 1, bytes }
          const reply = replyFrom([zone], { type: 'TXT', ecs: `${formatAddress(who)}/32` })
          return { text: told(reply), scope: reply.response.scope ?? 0 }
        }
        const first = get(Uint8Array.from(client))
        for (const other of others) {
          const bytes = Uint8Array.from(client)
          for (let bit = first.scope; bit < addressBits(1); bit++) {
            const at = bit >> 3
            if ((other >>> (31 - bit)) & 1) bytes[at] = (bytes[at] as number) ^ (0x80 >> (bit & 7))
          }
          expect(get(bytes)).toEqual(first)
        }
      }),
      { numRuns: runCount(100) },
    )
  })
})

test('a static LUA record is the same document as the policy in JSON, so that it costs the same', () => {
  const members = [
    { weight: 1, answer: '1.2.3.4' },
    { weight: 2, answer: '4.3.2.1' },
  ]
  const lua = compileText(`${HEAD}x LUA A "pickwrandom({{1, '1.2.3.4'}, {2, '4.3.2.1'}})"\n`)
  expect(lua.ok && lua.value.document.records.x).toEqual({ A: { kind: 'weighted', members } })
})

test('explain follows no way through a script that calls what draws very often', () => {
  const zone = luaZone(`x LUA TXT ";for i = 1, 1500 do pickrandom({'1', '2'}) end return 'x'"`)
  const { asker } = replyFrom([zone], { type: 'TXT' })
  const found = outcomes(questionOf('x.example.com.', 'TXT'), loadedZones([zone]), asker as never)
  expect(found?.records.map(({ text, chance }) => [text, chance])).toEqual([['"x"', null]])
})

describe('JSON documents', () => {
  const jsonZone = (records: unknown, more: Parameters<typeof documentOf>[1] = {}) => {
    const text = JSON.stringify(documentOf(records, more))
    const compiled = compileText(text, 'example.com.json')
    return compiled.ok ? compiled.value.zone : compiled.error.map(brief)
  }
  const lua = (code: string) => ({ kind: 'lua', code })

  test.each<[string, number]>([
    ["qname:countLabels() == 3 and '192.0.2.1'", 0],
    [";if tcp then return pickrandom({'192.0.2.1', '192.0.2.2'}) end", 0],
    [";if tcp then return view({{{'10.1.0.0/16'}, {'192.0.2.1'}}, {{'0.0.0.0/0'}, {'192.0.2.2'}}}) end", 16],
    [";if tcp then return pickhashed({'192.0.2.1', '192.0.2.2'}) end", 32],
    [";include('names') return '192.0.2.' .. n", 0],
    [";include('clients') return '192.0.2.' .. n", 32],
    ["netmask({'10.0.0.0/8'}) and '192.0.2.1' or '192.0.2.2'", 32],
    [";local t = {} t[1] = {{'10.0.0.0/8'}, {'192.0.2.1'}} return view(t)", 32],
    [";local t = {} t[1] = '192.0.2.1' return pickhashed(t)", 32],
    [";local t = {} t[1] = {1, '192.0.2.1'} return pickwhashed(t)", 32],
    [";local t = {} t[1] = {1, '192.0.2.1'} return pickchashed(t)", 32],
    [";local t = {} t[1] = {1, '192.0.2.1'} return picknamehashed(t)", 0],
    ['who:toString()', 32],
    ['ecswho:getNetwork():toString()', 32],
    [";if country('NL') then return '192.0.2.1' end return '192.0.2.2'", 32],
  ])('a script that health may choose, %s, has the scope of all that it may look at: %i', (code, scope) => {
    const members = ['192.0.2.9', lua(code)]
    const scripts = { names: [lua('n = #qname:toString()')], clients: [lua('n = bestwho:isIPv4() and 1 or 2')] }
    const answer = { kind: 'pool', members, select: 'first' }
    const zone = jsonZone(
      { x: { A: answer }, y: { A: { kind: 'pool', members: members.toReversed(), select: 'first' } } },
      { scripts },
    )
    for (const name of ['x', 'y']) {
      expect(replyFrom([zone as Zone], { name, ecs: '10.1.2.0/24' }).response.scope).toBe(scope)
    }
  })

  test('have Lua wherever an expression stands, and what it includes', () => {
    const zone = jsonZone(
      {
        x: {
          A: {
            kind: 'view',
            rules: [{ networks: ['10.0.0.0/8'], answer: lua(";include('config') return pickhashed(servers)") }],
            otherwise: [lua("'192.0.2.' .. qname:countLabels()"), '192.0.2.9'],
          },
        },
        y: {
          A: { kind: 'pool', members: [lua('bestwho:toString()'), lua("pickrandom({'192.0.2.1'})")], select: 'first' },
        },
      },
      { scripts: { config: [lua("servers = {'192.0.2.31', '192.0.2.32', '192.0.2.33'}")] } },
    ) as Zone
    const get = (name: string, ecs: string) => {
      const reply = replyFrom([zone], { name, ecs })
      return `${told(reply)}; scope ${reply.response.scope}`
    }
    expect(get('x', '192.0.2.0/24')).toBe('192.0.2.3 192.0.2.9; scope 1')
    expect(get('x', '10.1.2.0/24')).toBe('192.0.2.33; scope 32')
    expect(get('y', '192.0.2.0/24')).toBe('192.0.2.0; scope 32')
  })

  test('say which code nobody includes', () => {
    const scripts = { Used: [lua('a = 1')], unused: [lua('a = 1')] }
    const text = JSON.stringify(documentOf({ x: { TXT: lua(";include('used') return tostring(a)") } }, { scripts }))
    const { document, warnings } = must(compileText(text, 'example.com.json'))
    expect(Object.keys(document.scripts ?? {})).toEqual(['used.example.com.'])
    expect(warnings.map(brief).filter((warning) => warning.includes('script'))).toEqual([
      expect.stringMatching(
        /^example.com.json:1:\d+: no script includes this code, which is left out; expected include\('unused'\) in one$/,
      ),
    ])
  })

  test('say where code is wrong', () => {
    expect(jsonZone({ x: { A: lua(';local a = 1\nreturn os.time()') } })).toEqual([
      expect.stringMatching(/^example.com.json:1:\d+: line 2, character 8: os is not available: /),
    ])
    expect(jsonZone({ x: { A: lua("'192.0.2.300'") } })).toEqual([
      expect.stringMatching(/line 1, character 1: "192.0.2.300" is not an IP address/),
    ])
    expect(() => zoneOf({ x: { A: lua("'192.0.2.1'") } })).toThrow('the code is not compiled')
  })
})

describe('what explain says', () => {
  const stepsOf = (records: string, asking: Asking = {}) => replyFrom([luaZone(records)], asking).trace.slice(3)

  test('which inputs were read, and what the calls decided', () => {
    const asking = { client: '10.0.0.1', seed: 7 }
    const code = ";if netmask({'10.0.0.0/8'}) then return pickrandom({'192.0.2.1', '192.0.2.2'}) end return '192.0.2.3'"
    expect(stepsOf(`x LUA A "${code}"`, asking)).toEqual([
      { step: 'script', read: ['bestwho'], steps: expect.any(Number), returned: "'192.0.2.1'" },
      { step: 'random', picked: [0], of: 2 },
    ])
    expect(stepsOf(`x LUA TXT "qname:toString() .. countryCode()"`, { type: 'TXT' })).toMatchObject([
      { step: 'script', read: ['qname', 'geo'], returned: "'x.example.com.--'" },
      { step: 'place', by: 'country', place: {}, from: 'connection', scope: 0 },
    ])
    const context = { database: places }
    const asked = ";return tostring(country({'DE', 'NL'})) .. tostring(asnum(1)) .. tostring(country('BE'))"
    expect(stepsOf(`x LUA TXT "${asked}"`, { type: 'TXT', ecs: '192.0.2.0/28', context })).toMatchObject([
      { step: 'script', read: ['geo'] },
      { step: 'place', by: 'country', place: { country: 'NL', city: 'Amsterdam' }, from: 'database', scope: 24 },
      { step: 'country', value: 'nl', wanted: ['DE', 'NL'], holds: true },
      { step: 'place', by: 'asn', from: 'database', scope: 24 },
      { step: 'asnum', value: '64500', wanted: ['1'], holds: false },
      { step: 'country', value: 'nl', wanted: ['BE'], holds: false },
    ])
    expect(stepsOf(`x LUA A ";error('no')"`)).toMatchObject([
      { step: 'script', read: [], returned: 'an error' },
      { step: 'fail', why: 'lua:1: no' },
    ])
  })

  test('a call costs some steps for each record that it gives', () => {
    const stepsFor = (count: number) => {
      const list = Array.from({ length: count }, (_, i) => `'192.0.2.${i}'`)
      const [step] = stepsOf(`x LUA A ";local t = ifportup(443, {${list}}, {backupSelector='all'}) return t[1]"`)
      return step?.step === 'script' ? step.steps : 0
    }
    // For the member of the pool, its values, the record, and the list that is made.
    const each = (stepsFor(99) - stepsFor(9)) / 90
    expect(each).toBeGreaterThanOrEqual(2)
    expect(each).toBeLessThan(5)
  })

  test('a loop tells its first hundred decisions', () => {
    const code = ";local t = {'a'} t[2] = 'b' for i = 1, 500 do pickrandom(t) end return 'x'"
    expect(stepsOf(`x LUA TXT "${code}"`, { type: 'TXT' })).toHaveLength(101)
  })

  const chancesOf = (records: string, name = 'x', type = 'A', seed = 1): Record<string, string> => {
    const zone = luaZone(records)
    const reply = replyFrom([zone], { name, type, seed })
    const found = outcomes(questionOf(`${name}.example.com.`, type), loadedZones([zone]), reply.asker as never)
    const rows = [
      ...(found?.records ?? []).map(({ text, chance }) => [text, chance] as const),
      ...(found?.endings ?? [])
        .filter(({ ending }) => ending !== 'records')
        .map(({ ending, chance }) => [ending, chance] as const),
    ]
    return Object.fromEntries(rows.map(([what, chance]) => [what, chance?.toFraction() ?? '?']))
  }

  const DRAWN = "local t = {} for i = 1, n do t[i] = tostring(i) end return '192.0.2.' .. pickrandom(t) % 2 + 1"
  test.each<[string, Record<string, string>]>([
    ['x LUA A "bestwho:toString()"', { '198.51.100.7': '1' }],
    [`x LUA A "${running("pickrandom({'192.0.2.1', '192.0.2.2'})")}"`, { '192.0.2.1': '1/2', '192.0.2.2': '1/2' }],
    [
      `x LUA A "${running("{pickwrandom({{1, '192.0.2.1'}, {2, '192.0.2.2'}}), '192.0.2.9'}")}"`,
      { '192.0.2.1': '1/3', '192.0.2.2': '2/3', '192.0.2.9': '1' },
    ],
    [
      `x LUA A ";local n = pickrandom({'1', '2'}) if n == '1' then return '192.0.2.' .. pickrandom({'1', '3'}) end error('two')"`,
      { '192.0.2.1': '1/4', '192.0.2.3': '1/4', failure: '1/2' },
    ],
    [
      `x LUA A ";local n = pickrandom({'1', '2'}) if n == '1' then return {} end return '192.0.2.1'"`,
      { '192.0.2.1': '1/2', 'no data': '1/2' },
    ],
    // As many ways as there are tries are gone one by one; of more, some are tried.
    [`x LUA A ";local n = 64 ${DRAWN}"`, { '192.0.2.1': '1/2', '192.0.2.2': '1/2' }],
    [`x LUA A ";local n = 65 ${DRAWN}"`, { '192.0.2.1': '?', '192.0.2.2': '?' }],
    ['x LUA A "\'192.0.2.\' .. pdnsrandom(2)"', { '192.0.2.0': '?', '192.0.2.1': '?' }],
    ['x LUA A "\'192.0.2.\' .. pdnsrandom(1)"', { '192.0.2.0': '?' }],
    // A record that every sampled run gave is not certain.
    [`x LUA A "${running("pdnsrandom(1e6) == 7 and '192.0.2.1' or '192.0.2.2'")}"`, { '192.0.2.2': '?' }],
    [
      `x LUA A "${running("{'192.0.2.9', '192.0.2.' .. pdnsrandom(2)}")}"`,
      { '192.0.2.0': '?', '192.0.2.1': '?', '192.0.2.9': '?' },
    ],
    [
      `x LUA CNAME ";return pickrandom({'a.example.com', 'b.example.com'}) .. '.'"\na LUA A ";if tcp then error('no') end"\nb A 192.0.2.7`,
      { 'b.example.com.': '1/2', '192.0.2.7': '1/2', failure: '1/2' },
    ],
    [
      `x LUA CNAME ";if pickrandom({'1', '2'}) == '1' then return {} end return {'a.example.com', 'b.example.com'}"\nx A 192.0.2.8\na A 192.0.2.7`,
      { 'a.example.com.': '1/2', '192.0.2.7': '1/2', '192.0.2.8': '1/2' },
    ],
  ])('%s can give %o', (records, chances) => {
    expect(chancesOf(records)).toEqual(chances)
  })

  test('what resolve gives is among it, about as often', () => {
    const records = `x LUA A ";local a = pickwrandom({{3, '192.0.2.1'}, {1, '192.0.2.2'}}) if a == '192.0.2.2' then return pickrandom({a, '192.0.2.3'}) end return a"`
    expect(chancesOf(records)).toEqual({ '192.0.2.1': '3/4', '192.0.2.2': '1/8', '192.0.2.3': '1/8' })
    const zone = luaZone(records)
    const random = seeded(3)
    const counts = new Map<string, number>()
    for (let i = 0; i < 4000; i++) {
      const text = told(replyFrom([zone], { context: { random } }))
      counts.set(text, (counts.get(text) ?? 0) + 1)
    }
    expect(counts.get('192.0.2.1')).toBeGreaterThan(2900)
    expect(counts.get('192.0.2.1')).toBeLessThan(3100)
    expect(counts.get('192.0.2.3')).toBeGreaterThan(420)
    expect(counts.get('192.0.2.3')).toBeLessThan(580)
  })
})

describe('health in scripts', () => {
  const CONFIG = `config LUA LUA "EU = {'192.0.2.1', '192.0.2.2'} function up(x) return ifportup(8443, {'192.0.2.3'}, {backupSelector='empty'}) end"`
  const zone = luaZone(`${CONFIG}
a 60 LUA A ";if tcp then return ifportup(443, {'192.0.2.1', '192.0.2.2'}) end"
b LUA A ";include('config') local us = {'198.51.100.1'} local all = {EU, us} return ifportup(443, all)"
c LUA A ";include('config') return up()"
d LUA TXT ";local n = #ifportup(443, {'192.0.2.1', '192.0.2.2'}, {selector='all'}) return n .. ' up'"`)
  const probes = new Map(zone.conditions.map(({ target, probe }) => [target, probe.id]))
  const get = (name: string, up: readonly string[], type = 'A') => {
    const targets = new Map(
      [...probes].map(([target, id]): [string, TargetState] => {
        return [id, { ...UNPROBED, state: up.includes(target) ? 'up' : 'down', since: 1, at: 1 }]
      }),
    )
    const health = new Health([{ name: 'test', at: 1000, targets }], [], 1000)
    return [1, 2, 7, 8].map((seed) => told(replyFrom([zone], { name, type, seed, context: { health } })))
  }
  const only = (list: readonly string[]) => [...new Set(list)].sort()

  test('what is probed is known when the zone is published', () => {
    expect([...probes.keys()].sort()).toEqual(['192.0.2.1:443', '192.0.2.2:443', '192.0.2.3:8443', '198.51.100.1:443'])
    expect(zone.usesHealth).toBe(true)
  })

  test('its calls follow what is up', () => {
    expect(only(get('a', ['192.0.2.2:443']))).toEqual(['192.0.2.2'])
    expect(only(get('a', []))).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(only(get('b', ['198.51.100.1:443']))).toEqual(['198.51.100.1'])
    expect(only(get('b', ['198.51.100.1:443', '192.0.2.1:443']))).toEqual(['192.0.2.1'])
    expect(only(get('c', []))).toEqual(['NOERROR'])
    expect(only(get('c', ['192.0.2.3:8443']))).toEqual(['192.0.2.3'])
    expect(only(get('d', ['192.0.2.1:443', '192.0.2.2:443'], 'TXT'))).toEqual(['2 up'])
  })

  test.each<[code: string, targets: string]>([
    ['f(443)', '192.0.2.1'],
    [
      "(function() local ips = {'192.0.2.1'} ips[2] = '192.0.2.2' return ifportup(443, ips) end)()",
      '192.0.2.1 192.0.2.2',
    ],
    ["(function() local ips = {'192.0.2.1'} local also = ips return ifportup(443, ips) end)()", '192.0.2.1'],
    ["(function() local ips if tcp then ips = {'192.0.2.1'} end return ifportup(443, ips) end)()", '192.0.2.1'],
    ["(function() local ips = {'192.0.2.1'} change(ips) return ifportup(443, ips) end)()", ''],
    [
      "(function() local ips = {pickrandom({'192.0.2.1', '192.0.2.2'})} return ifportup(443, ips) end)()",
      '192.0.2.1 192.0.2.2',
    ],
    ["(function() for _, ips in pairs({{'192.0.2.1'}}) do return ifportup(443, ips) end end)()", '192.0.2.1'],
    [
      "(function() local ips = {'192.0.2.1'} local all = {ips} all[1][1] = 'x' return ifportup(443, ips) end)()",
      "'x' is not an IP address",
    ],
    [
      "(function() local ips = {'192.0.2.1'} local all = {ips} local a = all[1] a[1] = 'x' return ifportup(443, ips) end)()",
      "'x' is not an IP address",
    ],
    ["(function() goto over ips = {'192.0.2.1'} ::over:: return ifportup(443, ips) end)()", 'nil is not a list'],
    [
      "(function() local ips if tcp then goto over end ips = {'192.0.2.1'} ::over:: return ifportup(443, ips) end)()",
      'nil is not a list',
    ],
    [
      "(function() local ips goto over do ::over:: end ips = {'192.0.2.1'} ::over:: return ifportup(443, ips) end)()",
      'nil is not a list',
    ],
    [
      "(function() local i, ips = 0 ::top:: if i == 1 then return ifportup(443, ips) end ips = {'192.0.2.1'} i = 1 goto top end)()",
      '192.0.2.1',
    ],
    ["ifportup(443, tcp and {'192.0.2.1'} or {'192.0.2.2'})", '192.0.2.1'],
    ["ifportup(443, {'192.0.2.1'}, {timeout = 1 + 1})", '192.0.2.1'],
    ['ifportup(443, lists())', ''],
    [
      "(function() local a = {'192.0.2.1'} local b = {a} local c = {b} c[1][1][1] = '192.0.2.9' return ifportup(443, a) end)()",
      '192.0.2.9',
    ],
  ])('what is computed is found by running it: %s', (code, targets) => {
    const functions = "local function f(port) return ifportup(port, {'192.0.2.1'}) end lists = nil change = nil"
    const compiled = compileText(
      `${HEAD}x LUA A ";${code.startsWith('f(') ? functions : 'lists = nil change = nil'} return ${code}"\n`,
    )
    const found = compiled.ok
      ? compiled.value.zone.conditions.map(({ target }) => target.replace(':443', ''))
      : compiled.error.map(({ message }) => message.replace(/ of addresses;.*|; expected.*/, ''))
    expect(found.join(' ')).toBe(targets)
  })

  test.each<string>([
    "local port, ips = 443, {'192.0.2.1'} return ifportup(port, ips)",
    "local ips = {'192.0.2.1'} for i = 1, 2 do if i == 1 then goto c end ips.x = nil ::c:: end return ifportup(443, {'192.0.2.1'})",
    "for i = 1, 2 do if i == 1 then goto c end local a = i ::c:: end ips = {'192.0.2.1'} return ifportup(443, ips)",
    "goto on ::on:: local ips = {'192.0.2.1'} do goto out ::out:: end return ifportup(443, ips)",
    "local function f() goto on ::on:: end ips = {'192.0.2.1'} f() return ifportup(443, ips)",
    "local ips = {'192.0.2.1'} for _, ip in ipairs(ips) do local x = ip end return #ips > 0 and ifportup(443, ips)",
    "ips = {'192.0.2.1'} return ifportup(443, {ips, {'192.0.2.2'}})",
    "local o = {selector = 'all'} return ifportup(443, {'192.0.2.1'}, o)",
    "local a = '192.0.2.' return ifportup(443, {a .. '1', a .. 2})",
    "local a = {'192.0.2.1'} if a[1] == bestwho:toString() then return a end return ifportup(443, a)",
    "local function f() return ifportup(443, {'192.0.2.1'}) end return f()",
    "local a, b = {'192.0.2.1'}, {'192.0.2.2'} local both = {a, b} return ifportup(443, both)",
    "return (ifportup(443, {'192.0.2.1'}))[1]",
  ])('what is: %s', (code) => {
    expect(told(replyFrom([luaZone(`x LUA A ";${code}"`)], { seed: 7 }))).toBe('192.0.2.1')
  })

  const SHARED = 'shared LUA LUA "EU = {\'192.0.2.1\'} function up() return ifportup(443, EU) end"\n'
  test.each<[what: string, records: string, known: boolean]>([
    ['by nobody', 'x LUA A ";include(\'shared\') return up()"', true],
    ['by who includes it', "x LUA A \";include('shared') EU[1] = '192.0.2.9' return up()\"", false],
    [
      'by what is included beside it',
      "x LUA A \";include('shared') include('more') return up()\"\nmore LUA LUA \"EU[1] = '192.0.2.9'\"",
      false,
    ],
    [
      'in a script that includes nothing',
      'x LUA A ";include(\'shared\') return up()"\ny LUA A ";EU = {} return \'192.0.2.9\'"',
      true,
    ],
  ])('a list of included code that is changed %s', (_, records, known) => {
    const zone = luaZone(`${SHARED}${records}`)
    const expected = known ? '192.0.2.1' : '192.0.2.9'
    expect(zone.conditions.map(({ target }) => target)).toEqual([`${expected}:443`])
    expect(told(replyFrom([zone], {}))).toBe(expected)
  })

  test("a function that has the name of one of PowerDNS's is what the script says", () => {
    expect(ask(";function country() return '192.0.2.1' end return country('DE')")).toBe('192.0.2.1')
    expect(ask(";function newDN() return '192.0.2.1' end return newDN()")).toBe('192.0.2.1')
  })

  test('scripts have globals of their own: what others do with theirs is nothing to them', () => {
    const script = (n: number) => `;include('none') EU = {'192.0.2.${n}'} return ifportup(443, EU)`
    const zone = luaZone(`none LUA LUA "a = 1"\nx LUA A "${script(1)}"\ny LUA A "${script(2)}"`)
    expect(['x', 'y'].map((name) => told(replyFrom([zone], { name })))).toEqual(['192.0.2.1', '192.0.2.2'])
  })
})

describe('what is included may end on the way', () => {
  const errorsOf = (config: string, use = 'ifportup(443, EU)'): string[] => {
    const text = `${HEAD}config LUA LUA "${config}"\nx LUA A ";include('config') return ${use}"\n`
    const compiled = compileText(text)
    return compiled.ok ? [] : compiled.error.map(({ message }) => message)
  }
  const EU = "EU = {'192.0.2.1'}"

  test.each<string>([
    `nobody() ${EU}`,
    `nobody.there = 1 ${EU}`,
    `x = nobody.there ${EU}`,
    `x = 1 + nobody ${EU}`,
    `x = 'a' .. nobody ${EU}`,
    `x = -nobody ${EU}`,
    `x = 1 < nobody ${EU}`,
    `x = {[nobody] = 1} ${EU}`,
    `x = {y = {nobody()}} ${EU}`,
    `t = {} t[nobody] = 1 ${EU}`,
    `t = {} t = nil t.x = 1 ${EU}`,
    `for i = 1, nobody do end ${EU}`,
    `for i in nobody do end ${EU}`,
    `if tcp then nobody() end ${EU}`,
    `do nobody() end ${EU}`,
    `local x = nobody:there() ${EU}`,
    "EU, nobody.there = {'192.0.2.1'}, 1",
    `include = nobody include('config') ${EU}`,
  ])('so that a variable may be nil: %s', (config) => {
    expect(errorsOf(config)[0]).toMatch(/^nil is not a list of addresses; expected|include is not available/)
  })

  test.each<string>([
    EU,
    `${EU} nobody()`,
    `a, b = 'x', {1, {y = 'z'}} local c = a function f() return nobody() end d = tcp and qname or nil ${EU}`,
    `t = {} t.x = 1 t['y'] = 2 x = t.x s = 'a' .. 1 e = tcp == 1 n = not tcp ${EU}`,
    `include('other') include 'nobody' ${EU}`,
    `for i = 1, 3 do x = i end ${EU}`,
    `local function g() nobody() end ${EU}`,
  ])('but not behind what cannot fail: %s', (config) => {
    expect(errorsOf(config)).toEqual([])
  })

  test.each<[what: string, records: string, known: boolean]>([
    ['code that it includes behind that', 'config LUA LUA "nobody() include(\'more\')"\nmore LUA LUA "EU"', false],
    ['or behind a return', 'config LUA LUA "if tcp then return end include(\'more\')"\nmore LUA LUA "EU"', false],
    ['code behind it at the same name', 'config LUA LUA "nobody()"\nconfig LUA LUA "EU"', false],
    ['but not in front of it', 'config LUA LUA "EU"\nconfig LUA LUA "nobody()"', true],
    ['nor behind a return there', 'config LUA LUA "if tcp then return end"\nconfig LUA LUA "EU"', true],
    ['what it includes ends by itself', 'config LUA LUA "include(\'more\') EU"\nmore LUA LUA "nobody()"', true],
    ['also at a name of two', 'config LUA LUA "include(\'more\')"\nconfig LUA LUA "EU"\nmore LUA LUA "nobody()"', true],
  ])('and with it %s', (_, records, known) => {
    const shared = records.replaceAll('EU', EU)
    const compiled = compileText(`${HEAD}${shared}\nx LUA A ";include('config') return ifportup(443, EU)"\n`)
    expect(compiled.ok ? '' : compiled.error[0]?.message).toMatch(known ? /^$/ : /^nil is not a list of addresses/)
    const texts = shared.replaceAll(EU, "EU = 'there'")
    const zone = luaZone(`${texts}\nx LUA TXT ";include('config') return EU or 'nil'"`)
    expect(told(replyFrom([zone], { type: 'TXT' }))).toBe(known ? 'there' : 'nil')
  })

  test('and PowerDNS has nil there', () => {
    const zone = luaZone(`config LUA LUA "nobody() EU = '192.0.2.1'"\nx LUA TXT ";include('config') return type(EU)"`)
    expect(told(replyFrom([zone], { type: 'TXT' }))).toBe('nil')
    const picked = luaZone(`config LUA LUA "nobody() EU = {'a'}"\nx LUA TXT ";include('config') return pickrandom(EU)"`)
    expect(told(replyFrom([picked], { type: 'TXT' }))).toMatch(/^SERVFAIL: .*table expected, got nil/)
  })
})

describe('code of any size ends in an answer or an error', () => {
  const compiles = (code: string): string => {
    const compiled = compileText(`${HEAD}x LUA TXT "${code}"\n`)
    if (!compiled.ok) return compiled.error[0]?.message ?? ''
    return told(replyFrom([compiled.value.zone as Zone], { type: 'TXT' }))
  }
  const nest = (open: string, inner: string, close: string, times: number) =>
    open.repeat(times) + inner + close.repeat(times)

  test.each<[string, string, RegExp]>([
    ['blocks', `;${nest('do ', "x = 'a'", ' end', 20_000)} return x`, /nests too deep/],
    ['functions', `;return ${nest('(function() return ', "'a'", ' end)()', 60)}`, /^a$/],
    ['many functions', `;return ${nest('(function() return ', "'a'", ' end)()', 5000)}`, /nests too deep/],
    ['calls', `;return ${nest('tostring(', "'a'", ')', 150)}`, /^a$/],
    ['picks of what runs', `;return ${nest('pickrandom({', 'qname:toStringNoDot()', '})', 60)}`, /^x.example.com$/],
    ['too many picks', `;return ${nest('pickrandom({', 'qname:toString()', '})', 300)}`, /nests? too deep/],
    ['a chain of joins', `;return 'a'${" .. 'b'".repeat(5000)}`, /^"ab+" "b+"/],
    ['a chain of sums', `;return 1${' + 1'.repeat(5000)}`, /nests too deep/],
    ['a chain of ors', `;return nil${' or nil'.repeat(5000)} or 'a'`, /^a$/],
    ['64 KB of statements', `;${"x = 'a' ".repeat(8000)} return x`, /^a$/],
    ['64 KB of ifs', `;${"if tcp then x = 'a' end ".repeat(2700)} return x`, /^a$/],
    ['a long elseif', `;if false then x = 1 ${"elseif tcp then x = 'a' ".repeat(2500)} end return x`, /^a$/],
    [
      'constants that double',
      `;local a0 = {'a'} ${Array.from({ length: 60 }, (_, i) => `local a${i + 1} = {a${i}, a${i}}`).join(' ')} return pickrandom(a60)`,
      /SERVFAIL|too large|is not a text/,
    ],
    ['a variable of itself', ';a = {a} return pickrandom(a)', /SERVFAIL/],
    ['a table that is large', `;local t = {${"'a', ".repeat(6000)}} return pickrandom(t)`, /^a$/],
  ])('%s', (_, code, outcome) => {
    expect(compiles(code)).toMatch(outcome)
  })

  test('5,000 records', () => {
    const records = Array.from({ length: 5000 }, (_, i) => {
      return `n${i} LUA A ";include('config') if country('US') then return pickrandom(US) end return '192.0.2.' .. ${i % 256}"`
    })
    const zone = luaZone(`config LUA LUA "US = {'198.51.100.1'}"\n${records.join('\n')}`)
    expect(told(replyFrom([zone], { name: 'n4999' }))).toBe('192.0.2.135')
  })

  test('a document that was meddled with is refused', () => {
    const { value } = compileText(`${HEAD}x LUA A "bestwho:toString()"\n`) as { value: { document: unknown } }
    const text = JSON.stringify(value.document)
    for (const [from, to] of [
      ['"version":1', '"version":2'],
      ['"global"', '"globe"'],
      ['["return"', '["jump"'],
      ['"tree":', '"forest":'],
    ] as const) {
      expect(text).toContain(from)
      expect(() => zoneOf(JSON.parse(text.replace(from, to)).records, { scripts: undefined })).toThrow()
    }
  })
})
