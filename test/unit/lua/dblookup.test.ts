import { expect, test } from 'vitest'
import { zoneOf } from '../support.ts'
import { documentOfText, exportedOf } from './export-support.ts'
import { luaZone, replyFrom, told } from './support.ts'

const RECORDS = `
l LUA A "'192.0.2.4'"
list LUA A "{'192.0.2.4', '192.0.2.5'}"
mixed A 192.0.2.6
mixed LUA A "'192.0.2.7'"
mixed LUA A "{'192.0.2.8', '192.0.2.9'}"
mixed LUA A "pickrandom({'192.0.2.10', '192.0.2.11'})"
both LUA A "'192.0.2.12'"
both A 192.0.2.12
one LUA A "pickrandom({'192.0.2.13'})"
view LUA A "view({{{'0.0.0.0/0', '::/0'}, {'192.0.2.14'}}})"
run LUA A "'192.0.2.' .. #qname:getRawLabels()"
luatxt LUA TXT "'text'"
luaname LUA CNAME "'ns.example.com'"
alias ALIAS ns
name CNAME ns
*.wild A 192.0.2.20
txt TXT "a b" "c"
a.b.ent A 192.0.2.21
cut NS ns.cut
ns.cut A 192.0.2.22
cut DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000
mx MX 10 mail
`

/** As PowerDNS has it: what its database holds at exactly this name, of exactly this type, and never LUA. */
test.each<[call: string, expected: string]>([
  ["dblookup('l.example.com', pdns.A)", ''],
  ["dblookup('l.example.com', pdns.ANY)", ''],
  ["dblookup('l.example.com', pdns.LUA)", ''],
  ["dblookup('list.example.com', pdns.A)", ''],
  ["dblookup('mixed.example.com', pdns.A)", '192.0.2.6'],
  ["dblookup('both.example.com', pdns.A)", '192.0.2.12'],
  ["dblookup('one.example.com', pdns.A)", ''],
  ["dblookup('view.example.com', pdns.A)", ''],
  ["dblookup('run.example.com', pdns.A)", ''],
  ["dblookup('luatxt.example.com', pdns.TXT)", ''],
  ["dblookup('luaname.example.com', pdns.CNAME)", ''],
  ["dblookup('luaname.example.com', pdns.A)", ''],
  ["dblookup('alias.example.com', pdns.ALIAS)", 'ns.example.com.'],
  ["dblookup('alias.example.com', pdns.A)", ''],
  ["dblookup('name.example.com', pdns.CNAME)", 'ns.example.com.'],
  ["dblookup('name.example.com', pdns.A)", ''],
  ["dblookup('x.wild.example.com', pdns.A)", ''],
  ["dblookup('*.wild.example.com', pdns.A)", '192.0.2.20'],
  ["dblookup('b.ent.example.com', pdns.A)", ''],
  ["dblookup('ent.example.com', pdns.ANY)", ''],
  ["dblookup('cut.example.com', pdns.NS)", 'ns.cut.example.com.'],
  ["dblookup('ns.cut.example.com', pdns.A)", '192.0.2.22'],
  ["dblookup('x.cut.example.com', pdns.A)", ''],
  ["dblookup('MX.Example.COM', 15)", '10 mail.example.com.'],
  ["dblookup('mx.example.com', '15')", '10 mail.example.com.'],
  ["dblookup('mx.example.com', 15.9)", '10 mail.example.com.'],
  ["dblookup('mx.example.com', 65536 + 15)", '10 mail.example.com.'],
  ["dblookup('mx.example.com', newQType('mx'):getCode())", '10 mail.example.com.'],
  ["dblookup('example.com', pdns.SOA)", 'ns.example.com. hostmaster.example.com. 1 2 3 4 5'],
  ["dblookup('sub.example.com', pdns.DS)", '7 8 2 0000000000000000000000000000000000000000000000000000000000000000'],
  ["dblookup('sub.example.com', pdns.A)", '192.0.2.30'],
  ["dblookup('elsewhere.example', pdns.A)", ''],
  ["dblookup('', pdns.A)", ''],
  ["dblookup('a..b', pdns.A)", ''],
])('%s gives "%s"', (call, expected) => {
  const parent = luaZone(`${RECORDS}
sub NS ns.sub
sub DS 7 8 2 0000000000000000000000000000000000000000000000000000000000000000
ns.sub A 192.0.2.31
x LUA TXT ";local t = ${call} table.sort(t) return '[' .. table.concat(t, ' ') .. ']'"`)
  const child = zoneOf({ '@': { NS: 'ns', A: '192.0.2.30' }, ns: { A: '192.0.2.31' } }, { origin: 'sub.example.com' })
  expect(told(replyFrom([parent, child], { type: 'TXT' }))).toBe(`[${expected}]`)
})

test.each(["dblookup('mx.example.com', 'MX')", "dblookup('mx.example.com')", 'dblookup(qname, pdns.A)', 'dblookup()'])(
  '%s fails',
  (call) => {
    expect(told(replyFrom([luaZone(`x LUA TXT "#${call}"`)], { type: 'TXT' }))).toMatch(
      /^SERVFAIL: lua:1: bad argument/,
    )
  },
)

test('a record that LUA gives is one of LUA in the document, and exported as such', () => {
  const text = `
x LUA A "'192.0.2.4'"
x A 192.0.2.5
`
  const document = documentOfText(text)
  expect(document.records.x).toEqual({ A: [{ kind: 'computed', records: '192.0.2.4' }, '192.0.2.5'] })
  expect(exportedOf(document)).toMatch(/x +IN LUA A "'192\.0\.2\.4'"\nx +IN A 192\.0\.2\.5\n/)
  expect(documentOfText(exportedOf(document))).toEqual(document)
})
