import { type Asking, places as PLACES } from './support.ts'

/**
 * The functions, objects and variables of PowerDNS, each with what comes of it in a record: the function, the type,
 * the code, the outcome, and who asks. Every name that docs/lua.md lists is here.
 */
export type LuaCase = readonly [name: string, type: string, code: string, outcome: string, asking?: Asking]

const W = "{{15, '1.2.3.4'}, {42, '4.3.2.1'}}"
/** The same list, made when the code runs. */
const RUN = "local w = {{15, string.format('%d.2.3.4', 1)}} table.insert(w, {42, '4.3.2.1'})"
const LIST3 = "{'192.0.2.1', '192.0.2.2', '192.0.2.3'}"
const RUN3 = "local t = {} for i = 1, 3 do t[i] = '192.0.2.' .. i end"
const by = (client: string): Asking => ({ client })
const named = (name: string): Asking => ({ name: `${name}.example.com.` })
const PTR = '9.113.0.203.in-addr.arpa.'
const EMPTY = 'NOERROR'

/** Each hash over the literal list, which is folded, and over the same one that is made when the code runs. */
const hashes: readonly LuaCase[] = (
  [
    ['127.0.0.1', 0, 48, '4.3.2.1'],
    ['127.0.0.2', 0, 51, '4.3.2.1'],
    ['192.0.2.0', 2, 14, '4.3.2.1'],
    ['1.2.3.0', 2, 47, '4.3.2.1'],
    ['203.0.113.7', 2, 20, '4.3.2.1'],
    ['198.51.100.77', 0, 18, '4.3.2.1'],
    ['2001:db8::', 2, 2, '4.3.2.1'],
    ['2001:db8:1234::1', 2, 44, '4.3.2.1'],
    ['192.0.2.6', undefined, undefined, '1.2.3.4'],
    ['192.0.2.8', undefined, undefined, '1.2.3.4'],
    ['192.0.2.11', undefined, undefined, '1.2.3.4'],
    ['192.0.2.14', undefined, undefined, '1.2.3.4'],
  ] as const
).flatMap(([client, of3, of57, ring]): LuaCase[] => {
  const cases: LuaCase[] = [
    ['pickchashed', 'A', `pickchashed(${W})`, ring, by(client)],
    ['pickchashed', 'A', `;${RUN} return pickchashed(w)`, ring, by(client)],
  ]
  if (of3 === undefined || of57 === undefined) return cases
  // The weights are walked from the last entry: 0 to 41 are its, 42 to 56 the first one's.
  const weighted = of57 < 42 ? '4.3.2.1' : '1.2.3.4'
  return [
    ...cases,
    ['pickhashed', 'A', `pickhashed(${LIST3})`, `192.0.2.${of3 + 1}`, by(client)],
    ['pickhashed', 'A', `;${RUN3} return pickhashed(t)`, `192.0.2.${of3 + 1}`, by(client)],
    ['pickwhashed', 'A', `pickwhashed(${W})`, weighted, by(client)],
    ['pickwhashed', 'A', `;${RUN} return pickwhashed(w)`, weighted, by(client)],
  ]
})

export const CASES: readonly LuaCase[] = [
  ...hashes,
  ['picknamehashed', 'A', `picknamehashed(${W})`, '1.2.3.4', { name: 'test.namehashed.example.org.' }],
  ['picknamehashed', 'A', `picknamehashed(${W})`, '4.3.2.1', { name: 'test2.namehashed.example.org.' }],
  ['picknamehashed', 'A', `;${RUN} return picknamehashed(w)`, '1.2.3.4', { name: 'TEST.namehashed.example.org.' }],
  ['picknamehashed', 'A', `;${RUN} return picknamehashed(w)`, '4.3.2.1', { name: 'test2.namehashed.example.org.' }],
  ['pickchashed', 'TXT', ';local w = {} w[1] = nil return pickchashed(w)', ''],
  [
    'pickchashed',
    'A',
    ';local w = {} w[1] = nil if tcp then return pickchashed(w) end',
    "SERVFAIL: the script returned '': the text is empty; expected A data",
  ],
  [
    'pickrandom',
    'A',
    ';local t = {} t[1] = nil return pickrandom(t)',
    'SERVFAIL: lua:1: pickrandom: the list is empty',
  ],
  [
    'pickrandom',
    'A',
    ';local n = dh return pickrandom(n)',
    "SERVFAIL: lua:1: bad argument #1 to 'pickrandom' (table expected, got userdata)",
  ],
  ['pickrandom', 'A', ";local t = {'192.0.2.1'} t[2] = '192.0.2.2' return pickrandom(t)", '192.0.2.2', { seed: 1 }],
  ['pickrandom', 'A', ";local t = {'192.0.2.1'} t[2] = '192.0.2.2' return pickrandom(t)", '192.0.2.1', { seed: 7 }],
  ['pickrandom', 'TXT', "'at ' .. pickrandom({'one'})", 'at one'],
  ['pickrandomsample', 'A', ";local n = 0 * qname:countLabels() return pickrandomsample(n, {'192.0.2.1'})", EMPTY],
  ['pickrandomsample', 'A', `;${RUN3} return pickrandomsample(-1, t)`, '192.0.2.1 192.0.2.2 192.0.2.3'],
  ['pickrandomsample', 'A', `;${RUN3} return pickrandomsample(9, t)`, '192.0.2.1 192.0.2.2 192.0.2.3'],
  ['pickrandomsample', 'TXT', `;${RUN3} return #pickrandomsample(2, t)`, '2'],
  [
    'pickrandomsample',
    'A',
    ';local t = {} t[1] = nil return pickrandomsample(2, t)',
    'SERVFAIL: lua:1: pickrandomsample: the list is empty',
  ],
  ['pickwrandom', 'A', `;${RUN} return pickwrandom(w)`, '4.3.2.1', { seed: 1 }],
  ['pickwrandom', 'A', ";local w = {{'15', '192.0.2.1'}} w[1][1] = '7' return pickwrandom(w)", '192.0.2.1'],
  [
    'pickwrandom',
    'A',
    ";local w = {{0, '192.0.2.1'}} w[2] = {1, '192.0.2.2'} return pickwrandom(w)",
    'SERVFAIL: lua:1: pickwrandom: 0 is not a weight',
  ],
  [
    'pickwrandom',
    'A',
    ";local w = {{2^32, '192.0.2.1'}} w[2] = {1, '192.0.2.2'} return pickwrandom(w)",
    'SERVFAIL: lua:1: pickwrandom: 4294967296 is not a weight',
  ],
  ['pickwrandom', 'A', ";local w = {{15.7, '192.0.2.1'}} w[2] = nil return pickwrandom(w)", '192.0.2.1'],
  ['all', 'A', `;${RUN3} return all(t)`, '192.0.2.1 192.0.2.2 192.0.2.3'],
  ['all', 'TXT', "table.concat(all({'a', 'b'}), '+')", 'a+b'],
  ['all', 'A', ';local t = {} t[1] = nil return all(t)', 'SERVFAIL: lua:1: all: the list is empty'],

  // who asks
  [
    'view',
    'A',
    ";local r = {{{'10.0.0.0/8'}, {'192.0.2.1'}}} r[2] = {{'10.1.0.0/16', '::/0'}, {'192.0.2.2'}} return view(r)",
    '192.0.2.1',
    by('10.1.2.3'),
  ],
  [
    'view',
    'A',
    ";local r = {{{'10.0.0.0/8'}, {'192.0.2.1'}}} r[2] = {{'10.1.0.0/16', '::/0'}, {'192.0.2.2'}} return view(r)",
    '192.0.2.2',
    by('2001:db8::1'),
  ],
  ['view', 'TXT', ";local r = {{{'10.0.0.0/8'}, {'a'}}} r[2] = nil return '[' .. view(r) .. ']'", '[]'],
  ['view', 'TXT', "'[' .. view({{{'10.0.0.0/8'}, {'a'}}}) .. ']'", '[]'],
  ['view', 'TXT', "'[' .. view({{{'10.0.0.0/8'}, {'a'}}}) .. ']'", '[a]', by('10.0.0.1')],
  [
    'view',
    'A',
    ";local r = {{{'10/8'}, {'a'}}} r[2] = nil return view(r)",
    'SERVFAIL: lua:1: view: "10/8" is not a network; expected one like 192.0.2.0/24 or 2001:db8::/32',
  ],
  [
    'view',
    'A',
    ";local r = {{{'10/8'}, {'a'}}} r[1] = {{'0.0.0.0/0'}, {}} return view(r)",
    'SERVFAIL: lua:1: view: the list of answers is empty',
  ],
  [
    'view',
    'A',
    ";local r = {{{'10.0.0.0/8'}}} r[2] = nil return view(r)",
    'SERVFAIL: lua:1: view: a rule is not a pair; expected {{networks}, {answers}}',
  ],
  ['netmask', 'TXT', "tostring(netmask({'10.0.0.0/8', '192.0.2.9/24'}))", 'true', by('192.0.2.77')],
  ['netmask', 'TXT', "tostring(netmask({'10.0.0.0/8', '192.0.2.9/24'}))", 'false', by('192.0.3.77')],
  ['netmask', 'TXT', "tostring(netmask({'192.0.2.77', '::/0'}))", 'true', by('192.0.2.77')],
  ['netmask', 'TXT', 'tostring(netmask({}))', 'false'],
  ['netmask', 'TXT', "tostring(netmask({'192.0.2.0/24'}))", 'false', by('::ffff:192.0.2.1')],
  [
    'netmask',
    'A',
    ";local is = netmask({'::/0'}) return is",
    'SERVFAIL: the script returned false; expected text, or a list of texts',
  ],

  // where they are: without geography all is unknown
  ...(
    [
      ['country', "tostring(country('NL'))", 'false', 'true'],
      ['country', "tostring(country({'BE', 'nl'}))", 'false', 'true'],
      ['country', "tostring(country('unknown'))", 'true', 'false'],
      ['countryCode', 'countryCode()', '--', 'nl'],
      ['continent', "tostring(continent('eu'))", 'false', 'true'],
      ['continentCode', 'continentCode()', '--', 'eu'],
      ['region', "tostring(region({'zh', 'NH'}))", 'false', 'true'],
      ['regionCode', 'regionCode()', '--', 'nh'],
      ['asnum', 'tostring(asnum(64500))', 'false', 'true'],
      ['asnum', 'tostring(asnum({1, 64500}))', 'false', 'true'],
      ['latlon', 'latlon()', '0.000000 0.000000', '52.374000 4.889700'],
      [
        'latlonloc',
        'latlonloc()',
        '0 0 -0 S 0 0 -0 W 0.00m 1.00m 10000.00m 10.00m',
        '52 22 26.4 N 4 53 22.92 E 0.00m 1.00m 10000.00m 10.00m',
      ],
      ['geoiplookup', "geoiplookup('192.0.2.9', GeoIPQueryAttribute.City)", 'unknown', 'amsterdam'],
      ['geoiplookup', "geoiplookup('192.0.2.9', GeoIPQueryAttribute.ASn)", 'unknown', '64500'],
      ['geoiplookup', "geoiplookup('192.0.2.9', GeoIPQueryAttribute.Country)", 'unknown', 'nl'],
      ['geoiplookup', "geoiplookup('192.0.2.9/24', 4)", 'unknown', 'nl'],
      ['geoiplookup', "geoiplookup('192.0.2.9/33', 4)", '', ''],
      ['geoiplookup', "geoiplookup('192.0.2.9', 5)", 'unknown', 'unknown'],
      ['geoiplookup', "geoiplookup('192.0.2.9', 7)", 'unknown', '52.374000 4.889700'],
      ['geoiplookup', "geoiplookup('x', 0)", '', ''],
      ['geoiplookup', "geoiplookup('10.0.0.1', GeoIPQueryAttribute.Country2)", 'unknown', 'unknown'],
      ['GeoIPQueryAttribute', 'GeoIPQueryAttribute.Location', '7', '7'],
      ['pickclosest', "pickclosest({'198.51.100.1'})", '198.51.100.1', '198.51.100.1'],
    ] as const
  ).flatMap(([name, code, unknown, known]): LuaCase[] => [
    [name, 'TXT', code, unknown, by('192.0.2.77')],
    [name, 'TXT', code, known, { client: '192.0.2.77', context: { database: PLACES } }],
  ]),
  [
    'pickclosest',
    'A',
    "pickclosest({'198.51.100.1', '203.0.113.1', '192.0.2.1'})",
    '192.0.2.1',
    { client: '192.0.2.77', context: { database: PLACES } },
  ],
  [
    'pickclosest',
    'A',
    "pickclosest({'192.0.2.1', '203.0.113.1'})",
    '203.0.113.1',
    { client: '2001:db8::1', context: { database: PLACES } },
  ],
  ['pickclosest', 'A', "pickclosest({'192.0.2.1', 'x'})", "SERVFAIL: lua:1: pickclosest: 'x' is not an address"],
  ['pickclosest', 'A', 'pickclosest((function() return {} end)())', 'SERVFAIL: lua:1: pickclosest: the list is empty'],
  ['pickclosest', 'A', "pickclosest({'10.0.0.1', '10.0.0.2'})", '10.0.0.2', { seed: 1 }],
  [
    'closestMagic',
    'A',
    'closestMagic()',
    '192.0.2.1',
    { ...named('198-51-100-1.192-0-2-1.x.198-51-100-2'), client: '192.0.2.77', context: { database: PLACES } },
  ],
  [
    'closestMagic',
    'A',
    'closestMagic()',
    'SERVFAIL: lua:1: closestMagic: the name begins with no address',
    named('none.x'),
  ],
  [
    'latlonMagic',
    'TXT',
    'latlonMagic()',
    '52.374000 4.889700',
    { ...named('77.2.0.192'), context: { database: PLACES } },
  ],
  ['latlonMagic', 'TXT', 'latlonMagic()', '0.000000 0.000000', named('a.b')],
  ['latlonMagic', 'TXT', 'latlonMagic()', 'unknown'],

  // names into addresses and back
  ...(
    [
      ['203.0.113.9.w', '203.0.113.9'],
      ['203.0.113.9.x.y.w', '203.0.113.9'],
      ['x.203.0.113.9.w', '0.0.0.0'],
      ['203-0-113-9.w', '203.0.113.9'],
      ['203-0-113-9.x.y.w', '203.0.113.9'],
      ['203-0-113-9.x.y.z.w', '0.0.0.0'],
      ['203-0-113-9a.w', '0.0.0.0'],
      ['ip-203-0-113-9.w', '203.0.113.9'],
      ['host203-0-113-9.w', '203.0.113.9'],
      ['ip-with-words-203-0-113-9.w', '203.0.113.9'],
      ['cb007109.w', '203.0.113.9'],
      ['pcb007109.w', '203.0.113.9'],
      ['ip-cb00719.w', '0.0.0.0'],
      ['only-words-with-many-dashes.w', '0.0.0.0'],
    ] as const
  ).map(([name, outcome]): LuaCase => ['createForward', 'A', 'createForward()', outcome, named(name)]),
  ...(
    [
      ['2001.db8.0.0.0.0.0.1.w', '2001:db8::1'],
      ['2001-db8--1.w', '2001:db8::1'],
      ['0aa--1.w', 'aa::1'],
      ['0--0.w', '::'],
      ['20010db8000000000000000000000007.w', '2001:db8::7'],
      ['ip20010db8000000000000000000000007.w', '2001:db8::7'],
      ['nothing.w', '::'],
      ['a.b.w', '::'],
    ] as const
  ).map(([name, outcome]): LuaCase => ['createForward6', 'AAAA', 'createForward6()', outcome, named(name)]),
  ['createForward', 'A', 'createForward()', '0.0.0.0', { name: 'x.example.com.' }],
  ['createReverse', 'PTR', "createReverse('%1%-%2%-%3%-%4%.example')", '203-0-113-9.example.', { name: PTR }],
  ['createReverse', 'PTR', "createReverse('%5%.example')", '203-0-113-9.example.', { name: PTR }],
  ['createReverse', 'PTR', "createReverse('ip%6%.example')", 'ipcb007109.example.', { name: PTR }],
  [
    'createReverse',
    'PTR',
    "createReverse('%5%', {['203.0.113.9'] = 'router.example'})",
    'router.example.',
    { name: PTR },
  ],
  ['createReverse', 'PTR', "createReverse('%5%')", 'error.', { name: '300.113.0.203.in-addr.arpa.' }],
  ['createReverse', 'PTR', "createReverse('%5%')", 'unknown.', { name: 'a.in-addr.arpa.' }],
  ...(
    [
      ['%33%', '1.'.padEnd(64, '0.'), '0--1'],
      ['%33%', '0.'.repeat(32), '0--0'],
      ['%33%', '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.', '2001-db8--7'],
      ['%34%:%41%', '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.', '2001:0007'],
      ['%1%%32%', '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.', '27'],
      ['%33%', 'x.'.repeat(32), 'error'],
      ['%33%', '1.2.', 'unknown'],
    ] as const
  ).map(
    ([format, labels, outcome]): LuaCase => [
      'createReverse6',
      'TXT',
      `createReverse6('${format}')`,
      outcome,
      { name: `${labels}ip6.arpa.` },
    ],
  ),
  [
    'filterForward',
    'A',
    "filterForward(createForward(), newNMG({'203.0.113.0/24'}))",
    '203.0.113.9',
    named('ip-203-0-113-9.w'),
  ],
  [
    'filterForward',
    'A',
    "filterForward(createForward(), newNMG({'203.0.113.0/24'}))",
    '0.0.0.0',
    named('ip-203-0-114-9.w'),
  ],
  [
    'filterForward',
    'A',
    "filterForward(createForward(), newNMG({'203.0.113.0/24'}), '192.0.2.1')",
    '192.0.2.1',
    named('ip-203-0-114-9.w'),
  ],
  [
    'filterForward',
    'A',
    "filterForward(createForward(), newNMG({'203.0.113.0/24'}), '')",
    EMPTY,
    named('ip-203-0-114-9.w'),
  ],
  ['filterForward', 'AAAA', "filterForward('2001:db8::1', newNMG({'203.0.113.0/24'}))", '::'],

  // data
  ['dblookup', 'A', "dblookup('ns.example.com', pdns.A)[1]", '192.0.2.53'],
  ['dblookup', 'TXT', "table.concat(dblookup('example.com.', 2), ' ')", 'ns.example.com.'],
  ['dblookup', 'TXT', "#dblookup('nobody.example.com', pdns.A)", '0'],
  ['dblookup', 'TXT', "#dblookup('a..b', pdns.A) + #dblookup('www.example.net', pdns.A)", '0'],
  ['dblookup', 'TXT', "#dblookup('x.example.com', pdns.TXT)", '0'],
  [
    'dblookup',
    'A',
    "dblookup('nobody.example.com', pdns.A)[1]",
    'SERVFAIL: the script returned nil; expected text, or a list of texts',
  ],
  ['include', 'A', ";include('config') return servers", '192.0.2.1 192.0.2.2'],
  ['include', 'A', ";include('config.') servers[2] = nil return servers", '192.0.2.1'],
  ['include', 'TXT', ";include('nothing') return type(servers)", 'nil'],
  ['include', 'TXT', ";include('broken') return type(servers)", 'nil'],
  ['include', 'TXT', ";include('failing') return servers", 'before the error'],
  ['include', 'TXT', ";include('again') return greeting('you')", 'hello you'],

  // health: no check has run yet, and what is unknown counts as down
  ['ifportup', 'A', ";if tcp then return ifportup(443, {'192.0.2.1'}) end", '192.0.2.1'],
  [
    'ifportup',
    'A',
    ";local up = {'192.0.2.1'} local port = 8443 return ifportup(port, {up}, {backupSelector='empty'})",
    EMPTY,
  ],
  ['ifportup', 'TXT', "#ifportup(443, {'192.0.2.1', '192.0.2.2'}, {backupSelector='all'})", '2'],
  [
    'ifportup',
    'TXT',
    ";local ok, why = pcall(function() return ifportup(443, {'192.0.2.1'}, {failOnIncompleteCheck='true'}) end) return why",
    'lua:1: ifportup: nothing is known of x.example.com/TXT yet',
  ],
  ['ifurlup', 'A', ";local t = ifurlup('https://www.example.com/', {'192.0.2.1'}) return t[1]", '192.0.2.1'],
  ['ifurlextup', 'A', ";local t = ifurlextup({{['192.0.2.1'] = 'https://www.example.com/'}}) return t", '192.0.2.1'],
  [
    'pickselfweighted',
    'A',
    ";if tcp then return pickselfweighted('https://www.example.com/', {'192.0.2.1', '192.0.2.2'}) end",
    'SERVFAIL: lua:1: pickselfweighted: nothing is known of x.example.com/A yet',
  ],

  // variables
  ['qname', 'TXT', 'qname:toString()', 'x.example.com.'],
  ['qname', 'TXT', 'qname:toString()', 'A.W.Example.Com.', { name: 'A.W.Example.Com.' }],
  ['zone', 'TXT', 'zone:toString()', 'example.com.'],
  ['zoneid', 'TXT', 'zoneid', '0'],
  ['who', 'TXT', 'who:toStringWithPort()', '198.51.100.7:0', { ecs: '192.0.2.0/24' }],
  ['bestwho', 'TXT', 'bestwho:toString()', '192.0.2.0', { ecs: '192.0.2.0/24' }],
  ['bestwho', 'TXT', 'bestwho:toString()', '198.51.100.7'],
  ['ecswho', 'TXT', 'ecswho:toString()', '192.0.2.0/24', { ecs: '192.0.2.0/24' }],
  ['ecswho', 'TXT', 'type(ecswho)', 'nil'],
  ['localwho', 'TXT', 'localwho:toStringWithPort()', '0.0.0.0:443'],
  [
    'dh',
    'TXT',
    "dh:getID() .. ' ' .. tostring(dh:getRD()) .. ' ' .. dh:getQDCOUNT() .. ' ' .. dh:getARCOUNT()",
    '0 true 1 1',
  ],
  ['dnssecOK', 'TXT', 'tostring(dnssecOK)', 'false'],
  ['tcp', 'TXT', 'tostring(tcp)', 'true'],
  ['ednsPKTSize', 'TXT', 'ednsPKTSize', '1232'],
  [
    'pdns',
    'TXT',
    "pdns.AAAA .. ' ' .. pdns.NXDOMAIN .. ' ' .. pdns.loglevels.Warning .. ' ' .. pdns.place.ANSWER",
    '28 3 4 1',
  ],
  ['pdns_features', 'TXT', 'type(pdns_features.anything)', 'nil'],

  // objects: their methods are script-powerdns.test.ts's
  ['newDN', 'TXT', "tostring(qname:isPartOf(newDN('example.com')))", 'true'],
  ['newCA', 'TXT', "newCA('192.0.2.1'):toStringReversed()", '1.2.0.192'],
  ['newCAFromRaw', 'A', "newCAFromRaw('abcd'):toString()", '97.98.99.100'],
  ['newCAS', 'TXT', ";local s = newCAS() s:add('198.51.100.7') return tostring(s:check(bestwho))", 'true'],
  ['newNetmask', 'TXT', "newNetmask('192.0.2.77/24'):toString()", '192.0.2.0/24'],
  ['newNMG', 'TXT', "tostring(newNMG{'198.51.100.0/24', '!198.51.100.7'}:match(bestwho))", 'false'],
  ['newQType', 'TXT', "newQType('AAAA'):getCode()", '28'],
  ['pdnslog', 'TXT', ";pdnslog('hello', pdns.loglevels.Warning) return 'logged'", 'logged'],
  ['pdnsrandom', 'TXT', 'pdnsrandom(1)', '0'],
  ['report', 'TXT', 'report()', 'SERVFAIL: lua:1: report is not supported by PowerDNS either'],
]
