/** A LUA record whose code runs: its type and code. PowerDNS 4.7 and the newer ones agree about each. */
export type ScriptCase = readonly [type: string, code: string]

/** Code whose values are unknown before it runs. A constant that is not a record would be an error of the compiler. */
const hidden = (code: string): string => `;return (function(...) return ... end)(${code})`

/** Code that returns each value. */
const returned: readonly ScriptCase[] = [
  ...["'192.0.2.1'", "{'192.0.2.1', '192.0.2.2'}", '{}', 'nil', 'true', 'bestwho', 'tostring'].map(a),
  ...["{'192.0.2.1', true}", "{{'192.0.2.1'}}", "{'192.0.2.1', nil, '192.0.2.3'}", "{a = '192.0.2.1'}"].map(a),
  ...["''", "'www.example'", "{'192.0.2.1', 'www'}", "'2001:db8::1'", "'192.0.2.1', '192.0.2.2'"].map(a),
  ...["('192.0.2.8'):gsub('8', '1')", "error('no')", "('x')()", 'nobody.there', 'nobody()', '{qname}'].map(a),
  ...["''", "'a b; c'", '42', '1/3', '0.1 + 0.2', '6/2', '1e15', '2^53', '-0.5', "'a\\34 \\34b'"].map(txt),
  ...["'a \\34hi\\34 b'", "{'one', 'two', 3}", "('x'):rep(300)", '1 == 1', "'a' .. 1 .. 'b'", "#'abc'"].map(txt),
  ...["'www.example'", "'www.example.'", "'a b'", "''"].map((code): ScriptCase => ['CNAME', hidden(code)]),
  ...["'10 mail.example'", "'10'", "{'10 a.example', '20 b.example.'}"].map((code): ScriptCase => ['MX', hidden(code)]),
  ['SRV', hidden("'1 2 3 sip.example'")],
  ...["'192.0.2.003'", "'010.008.000.255'", "'192.0.2.256'", "'192.0.2'", "'0.0.0.0'", "'192.0.2.1x'"].map(a),
  ['AAAA', hidden("'2001:DB8:0::1'")],
  ['PTR', hidden("'host.example'")],
  ...["'v=spf1 -all'", "'\\034v=spf1 -all\\034'", "'one'", "'a \\034b\\034'", "'\\034a\\034 \\034b\\034'"].map(
    (code): ScriptCase => ['SPF', hidden(code)],
  ),
]

function a(code: string): ScriptCase {
  return ['A', hidden(code)]
}
function txt(code: string): ScriptCase {
  return ['TXT', hidden(code)]
}

/** Objects, and the functions over the query. */
const objects: readonly string[] = [
  ...['qname:toString()', 'qname:toStringNoDot()', 'tostring(qname)', 'qname:countLabels()', 'zone:toString()'],
  ...['qname:getRawLabels()', 'qname:wirelength()', 'tostring(qname:isPartOf(zone))', 'tostring(zone:isPartOf(qname))'],
  ...['qname:makeRelative(zone):toString()', "tostring(qname == newDN('x.example'))", "newDN('A.b'):toString()"],
  ...["tostring(newDN('a.example'):equal('A.EXAMPLE'))", "newDN('a..b'):toString()", "newDN('.'):toString()"],
  ...["tostring(newDN('b.a'):canonCompare(newDN('a.b')))", 'bestwho:toString()', 'bestwho:getPort()'],
  ...['tostring(bestwho:isIPv4())', 'tostring(bestwho:isIPv6())', "newCA('192.0.2.1:53'):toStringWithPort()"],
  ...["newCA('192.0.2.1'):getPort()", "newCA('x'):toString()", "newCA('2001:DB8::1'):toString()"],
  ...["tostring(newCA('::ffff:192.0.2.1'):isMappedIPv4())", "newCA('::ffff:192.0.2.1'):mapToIPv4():toString()"],
  ...["newCAFromRaw('abc'):toStringWithPort()", "newDN(''):toString()", "newDN('www'):equal('') and 'yes' or 'no'"],
  ...["newCAFromRaw('abcd'):toString()", "#newCA('::1'):getRaw()", "newNetmask('192.0.2.77/24'):toString()"],
  ...["newNetmask('192.0.2.77/24'):getNetwork():toString()", "newNetmask('192.0.2.0/24'):getBits()"],
  ...["tostring(newNetmask('192.0.2.0/24'):match('192.0.2.9'))", "tostring(newNMG({'192.0.2.0/24'}):match(bestwho))"],
  ...["tostring(newNMG({'0.0.0.0/0', '!192.0.2.0/24'}):match(bestwho))", "tostring(netmask({'192.0.2.0/25'}))"],
  ...[
    "tostring(netmask({'10.0.0.0/8', '192.0.2.9/24'}))",
    'tostring(netmask({}))',
    "tostring(netmask({tostring('nonsense')}))",
  ],
  ...[
    "newQType('AAAA'):getCode()",
    'pdns.AAAA',
    'pdns.NXDOMAIN',
    'type(ecswho)',
    'ecswho:toString()',
    'ecswho:getBits()',
  ],
  ...['countryCode()', 'continentCode()', 'regionCode()', "tostring(country('unknown'))", "tostring(country('US'))"],
  ...["tostring(continent({'EU', 'unknown'}))", 'latlon()', 'latlonloc()', "geoiplookup('192.0.2.1', 4)"],
  ...["filterForward('192.0.2.1', newNMG({'192.0.2.0/24'}))", "filterForward('192.0.3.1', newNMG({'192.0.2.0/24'}))"],
  ...["filterForward('192.0.3.1', newNMG({'192.0.2.0/24'}), '192.0.2.7')", "filterForward('::1', newNMG({'::1/128'}))"],
  ...[
    "createReverse('%5%')",
    "createReverse6('%33%')",
    'tostring(dnssecOK)',
    'dh:getQDCOUNT()',
    'tostring(dh:getRD())',
  ],
]

/** Realistic scripts. */
const scripts: readonly ScriptCase[] = [
  [
    'A',
    ";if netmask({'10.0.0.0/8'}) then return '192.0.2.1' elseif netmask({'2001:db8::/32'}) then return '192.0.2.2' end return '192.0.2.3'",
  ],
  ['A', ";local t = {} for i = 1, 5 do t[i] = '192.0.2.' .. i end return pickhashed(t)"],
  ['A', ";local w = {} for i = 1, 5 do w[i] = {i, '192.0.2.' .. i} end return pickwhashed(w)"],
  ['A', ";local w = {} for i = 1, 20 do w[i] = {i % 3 + 1, '192.0.2.' .. i} end return pickwhashed(w)"],
  ['A', ";local ips = {'192.0.2.1', '192.0.2.2'} table.insert(ips, '192.0.2.3') return all(ips)"],
  ['A', ";local ips = {} table.insert(ips, '192.0.2.3') return pickrandom(ips)"],
  ['A', ';local ips = {} return pickrandom((function() return ips end)())'],
  ['A', ";include('config') return configured"],
  ['A', ";include('config') return pickhashed(configured)"],
  ['A', ";include('nothing') return '192.0.2.5'"],
  ['A', ";include('broken') return '192.0.2.6'"],
  [
    'A',
    ";local r = {} r[1] = {{'10.0.0.0/8'}, {'192.0.2.1'}} r[2] = {{'0.0.0.0/0', '::/0'}, {'192.0.2.2'}} return view(r)",
  ],
  ['A', ";local r = {} r[1] = {{'172.16.0.0/12'}, {'192.0.2.1'}} return view(r)"],
  ['TXT', ";local r = {} r[1] = {{'172.16.0.0/12'}, {'192.0.2.1'}} return 'x' .. view(r)"],
  ['A', ";local labels = qname:getRawLabels() return '192.0.2.' .. #labels"],
  ['TXT', ";local s = '' for i, l in ipairs(qname:getRawLabels()) do s = s .. i .. l end return s"],
  ['TXT', ";local t = {} for k, v in pairs({a = 1}) do t[#t + 1] = k .. v end return table.concat(t, ',')"],
  ['TXT', ';local n = 0 while n < 10 do n = n + 3 end return n'],
  ['TXT', ';local n = 0 repeat n = n + 1 until n * n > 50 return n'],
  ['TXT', ';local function fact(n) if n < 2 then return 1 end return n * fact(n - 1) end return fact(10)'],
  ['TXT', ";return select('#', 1, nil, nil) .. select(2, 'a', 'b')"],
  ['TXT', ";local ok, why = pcall(error, 'no') return tostring(ok) .. why"],
  ['TXT', ';local ok = pcall(function() return nobody.there end) return tostring(ok)'],
  ['TXT', ";local t = setmetatable({}, {__index = function(_, k) return k .. '!' end}) return t.hello"],
  ['TXT', ";return string.format('%05d %x %s %q %5.2f', 42, 255, 'a', 'b', 3.14159)"],
  ['TXT', ";return ('ip-192-0-2-1'):match('^ip%-(%d+)%-(%d+)')"],
  ['TXT', ";return (('a,b,c'):gsub(',', ';'))"],
  ['TXT', ";return tostring(tonumber('0x10')) .. tostring(tonumber('z', 36)) .. tostring(tonumber('x'))"],
  ['TXT', ';return math.floor(3.7) .. math.max(1, 5, 3) .. math.abs(-2)'],
  ['TXT', ";return table.concat({1, 2, 3}, '-') .. #{1, 2, 3}"],
  ['TXT', ';return bit.band(12, 10) .. bit.lshift(1, 4)'],
  ['TXT', ';local a = {3, 1, 2} table.sort(a) return table.concat(a)'],
]

/** Calls with one argument too many: PowerDNS fails. */
export const TOO_MANY: readonly string[] = [
  ";return table.concat(pickrandomsample(1, {'a'}, 1))",
  ";return table.concat(all({'a'}, 1))",
  ";return pickclosest({'192.0.2.1'}, 1)",
  ";return tostring(netmask({'192.0.2.1'}, 1))",
  ";return tostring(country('us', 1))",
  ";return tostring(continent({'us'}, 1))",
  ";return tostring(region('us', 1))",
  ';return tostring(asnum(1, 1))',
  ';return countryCode(1)',
  ';return continentCode(1)',
  ';return regionCode(1)',
  ';return latlon(1)',
  ';return latlonloc(1)',
  ';return latlonMagic(1)',
  ";return geoiplookup('192.0.2.1', 1, 1)",
  ';return createForward(1)',
  ';return createForward6(1)',
  ";return createReverse('%1%', {}, 1)",
  ";return createReverse6('%1%', {}, 1)",
  ";return filterForward('192.0.2.1', newNMG({'192.0.2.0/24'}), '', 1)",
  ";return newDN('a', 1):toString()",
  ";return newCA('192.0.2.1', 1):toString()",
  ";return newCAFromRaw('abcd', 1, 1):toString()",
  ';return type(newCAS(1))',
  ";return newNetmask('192.0.2.1', 1):toString()",
  ';return type(newNMG({}, 1))',
  ";return newQType('A', 1):getName()",
  ';return tostring(pdnsrandom(1, 1))',
  ";pdnslog('a', 1, 1) return 'a'",
  ';return qname:toString(1)',
  ';return qname:toStringNoDot(1)',
  ';return tostring(qname:countLabels(1))',
  ';return tostring(qname:wirelength(1))',
  ';return tostring(qname:chopOff(1))',
  ";return tostring(qname:equal('a', 1))",
  ';return tostring(qname:isPartOf(zone, 1))',
  ';return qname:makeRelative(zone, 1):toString()',
  ';return tostring(qname:canonCompare(zone, 1))',
  ';return table.concat(qname:getRawLabels(1))',
  ';return bestwho:toString(1)',
  ';return tostring(bestwho:getPort(1))',
  ';return tostring(bestwho:isIPv4(1))',
  ';return tostring(bestwho:isMappedIPv4(1))',
  ";return newCA('::ffff:1.2.3.4'):mapToIPv4(1):toString()",
  ";bestwho:truncate(8, 1) return 'a'",
  ';return bestwho:toStringWithPort(1)',
  ';return tostring(#bestwho:getRaw(1))',
  ';return tostring(bestwho:equal(bestwho, 1))',
  ";local s = newCAS() s:add('192.0.2.1', 1) return 'a'",
  ';local s = newCAS() return tostring(s:check(bestwho, 1))',
  ';return ecswho:toString(1)',
  ';return tostring(ecswho:getBits(1))',
  ';return ecswho:getNetwork(1):toString()',
  ';return ecswho:getMaskedNetwork(1):toString()',
  ';return tostring(ecswho:isIPv4(1))',
  ';return tostring(ecswho:empty(1))',
  ";return tostring(ecswho:match('192.0.2.1', 1))",
  ";local g = newNMG() g:addMask('192.0.2.1', 1) return 'a'",
  ";local g = newNMG() g:addMasks({'192.0.2.1'}, 1) return 'a'",
  ';local g = newNMG() return tostring(g:match(bestwho, 1))',
  ';return tostring(dh:getRD(1))',
  ";return tostring(newQType('A'):getCode(1))",
]

/** Unusual uses. */
const oddities: readonly string[] = [
  ";local n return '[' .. pickwhashed({{1, n}}) .. ']'",
  ";local n return '[' .. pickwrandom({{1, n}}) .. ']'",
  ...[
    ...['2', "'2'", '2.5', "'1.2'", "'1.2.3'", "'0x7F.0X1'", "'010.0.0.1'", '16909060', '4294967296', '-1', "''"],
    ...["'1.256'", "'1.16777216'", "'192.0.2.1 '", "'08.1'", "'0x'", "'1..2'", "'1:53'", "'[::1]:'", "'[192.0.2.1]'"],
    ...["'192.0.2.1:'", "'0'"],
  ].map((value) => `newCA(${value}):toStringWithPort()`),
  ...["'[::1]:53'", "'[::1]'", "'[2001:db8::1]:53/32'", "'[192.0.2.1]'", "'192.0.2.1:53'", "'[::1'", '2', "'2/8'"].map(
    // Literals that are not networks are errors of the compiler.
    (value) => `newNetmask((tostring(${value}))):toString()`,
  ),
  "tostring(netmask({'[::1]:53', '192.0.2.0/24'}))",
  ...['2', "'2'", "'192.0.2.1:53'", "'1.2.3'", "'x'"].map((value) => `;local a = ${value} return pickclosest({a})`),
  ...['2', '{2}', "'0.2'", "{'0.2', '1.1'}"].map(
    (value) => `;local s = newCAS() s:add(${value}) return tostring(s:check(newCA('0.0.0.2')))`,
  ),
  ...['A6', 'ADDR', 'EUI48', 'CSYNC', 'MB', 'TYPE65280', 'nobody'].map(
    (type) => `;local t = newQType('${type}') return t:getCode() .. t:getName()`,
  ),
  // The attributes of 4.7.3; later versions have more.
  `;return ${'A6 ADDR APL CSYNC DHCID DLV DROP EUI48 EUI64 IPSECKEY KEY KX L32 L64 LP MB MG MINFO MR NID RKEY'
    .split(' ')
    .map((type) => `pdns.${type}`)
    .join(" .. ' ' .. ")}`,
  ";local s = newCAS() return tostring(s:check('192.0.2.1'))",
  ";return filterForward('1.2', newNMG({'1.0.0.0/8'}))",
  ";return filterForward('2001:DB8:0::1', newNMG({'2001:db8::/32'}))",
  ";local t = {} for _, l in ipairs(qname:getRawLabels()) do if l == 'script' then goto continue end t[#t + 1] = l ::continue:: end return table.concat(t)",
]

export const SCRIPT_CASES: readonly ScriptCase[] = [
  ...returned,
  ...objects.map((code): ScriptCase => ['TXT', code]),
  ...scripts,
  ...[...TOO_MANY, ...oddities].map((code): ScriptCase => ['TXT', code]),
]

/** The included code. */
export const SCRIPT_CONFIG = `
config LUA LUA "configured = {'192.0.2.31', '192.0.2.32', '192.0.2.33'}"
broken LUA LUA "this is no Lua"
none LUA CNAME "{}"
none A 192.0.2.41
none LUA TXT "qname:toString()"
alone LUA CNAME "{}"
several LUA CNAME ";local t = {} t[1] = 'target.script.example' t[2] = 'none.script.example' return t"
beside LUA CNAME ";if netmask({'10.0.0.0/8'}) then return 'target.script.example' end return {}"
beside LUA A "qname:isPartOf(zone) and '192.0.2.43'"
target A 192.0.2.42
target TXT "target"
*.wild LUA TXT "qname:toString()"
*.wild LUA A ";return (function() return {} end)()"
both LUA A "'192.0.2.' .. qname:countLabels()"
both LUA A "'192.0.2.' .. zone:countLabels()"
fails LUA A "'192.0.2.' .. qname:countLabels()"
fails LUA A ";local t = {} return t.x.y"
to-fails CNAME fails
to-wild CNAME x.wild
`

/** Their names, which are queried for every type. */
export const SCRIPT_NAMES: readonly string[] = [
  ...['none', 'alone', 'several', 'beside', 'X.wild', 'y.x.wild', 'both', 'fails', 'to-fails', 'to-wild'],
]
