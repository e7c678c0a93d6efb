import { expect, test } from 'vitest'
import { EMPTY_CATALOG, parseCatalog, planPublish } from '../../../src/store/index.ts'
import { formatDiagnostic } from '../../../src/zonefile/index.ts'
import { publication } from '../store/kv-memory.ts'
import { must } from '../support.ts'
import { compileText } from './support.ts'

const found = (text: string, file: string): string[] => {
  const compiled = compileText(text, file)
  return (compiled.ok ? compiled.value.warnings : compiled.error).map(formatDiagnostic)
}
const SOA = { mname: 'ns.example.net.', rname: 'host', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
const zone = (www: unknown, soa: object = SOA): string =>
  JSON.stringify({
    ...{ origin: 'zone.test', ttl: 300, soa },
    records: { '@': { NS: 'ns.example.net.' }, www: { A: www } },
  })
const half = { kind: 'weighted', members: [{ weight: 0.5, answer: '192.0.2.1' }] }

test.each<[string, string]>([
  ['', 'JSON: the file is empty; expected a zone document'],
  ['[]', 'the document is not an object; expected {'],
  ['{"origin":"a.test"', 'JSON: a "}" is missing; expected'],
  ['{"origin":"a.test" "ttl":5}', 'JSON: a "," is missing; expected'],
  [zone(half), '0.5 is not valid here; expected a whole number from 0'],
  [zone({ of: ['192.0.2.1'] }), 'the field "kind" is missing; expected one of "random", "hashed"'],
  [zone({ rules: [] }), 'the field "kind" is missing; expected "view"'],
  [
    zone('192.0.2.1', { ...SOA, rname: 'root@example.com.' }),
    'warning: the mailbox of the SOA has an "@"; expected a dot',
  ],
])('%s is reported once: %s', (text, message) => {
  expect(found(text, 'zone.test.json')).toEqual([expect.stringContaining(message)])
})

test.each<[string, string]>([
  [`"pickrandm({'192.0.2.1'})"`, '4:12: unknown function pickrandm; expected pickrandom'],
  [
    `";return netmsk({'10.0.0.0/8'}) and '192.0.2.1' or '192.0.2.2'"`,
    'netmsk is set nowhere, so that it is nil; expected netmask',
  ],
  [`";return countrycode() == 'de' and '192.0.2.1' or '192.0.2.2'"`, 'so that it is nil; expected countryCode'],
  [`";servers = '192.0.2.1' return server"`, 'so that it is nil; expected servers'],
  [`";return strng.format('192.0.2.1')"`, '4:20: unknown function strng.format; expected string'],
])('%s: %s', (code, message) => {
  const head = '$TTL 300\n@ IN SOA ns.example.net. root 1 1 1 1 1\n@ IN NS ns.example.net.\n'
  expect(found(`${head}www LUA A ${code}\n`, 'zone.test.zone')).toEqual([expect.stringContaining(message)])
})

test.each<[string, string]>([
  ['www TXT v=spf1 include:_spf.example.com -all', '4:9: warning: words without quotes are strings of their own'],
  ['www TXT v=DKIM1; k=rsa; p=AAAA', '4:9: warning: the text ends here: a ";" without quotes begins a comment'],
  ['www TXT “v=spf1”', '4:9: warning: “ is part of the text; expected a plain "'],
  [
    'www CAA 0 isue "ca.example"',
    '4:5: warning: certification authorities ignore the tag "isue"; expected one of issue',
  ],
  ['www 192.0.2.1', '4:5: "192.0.2.1" is not a record type; expected A or AAAA in front of it'],
  ['www CNMAE ns.example.net.', '4:5: "CNMAE" is not a record type; expected CNAME'],
  ['www AA 2001:db8::1', '"AA" is not a record type; expected AAAA'],
  ['www 1y A 192.0.2.1', '4:5: "1y" is not a TTL or a record type; expected a TTL like 300 or 1h30m, then a type'],
  ['# a comment', '4:1: "#" does not begin a comment in a zone file; expected ";"'],
  ['  // a comment', '4:3: "//" does not begin a comment in a zone file; expected ";"'],
  ['www A 192.0.2.1\u00a0', '4:7: "192.0.2.1\\160" is not an IP address'],
])('%s: %s', (line, message) => {
  const head = '$TTL 300\n@ IN SOA ns.example.net. root 1 1 1 1 1\n@ IN NS ns.example.net.\n'
  expect(found(`${head}${line}\n`, 'zone.test.zone')).toEqual([expect.stringContaining(message)])
})

test('strings in quotes, a word behind one, and registered tags in any case are fine', () => {
  const head = '$TTL 300\n@ IN SOA ns.example.net. root 1 1 1 1 1\n@ IN NS ns.example.net.\n'
  const records = [
    'a TXT "v=spf1 -all"',
    'b TXT "p=AAAA" BBBB\\;',
    'c TXT word',
    'd CAA 128 IssueWild ";"',
    'e TXT \\# 2 0161',
  ]
  expect(found(`${head}${records.join('\n')}\n#hash A 192.0.2.1\n`, 'zone.test.zone')).toEqual([])
})

test('a zone that was removed and returns unchanged has its earlier document as the previous one', async () => {
  const version = (serial: number) => publication('a.example', serial)
  const after = (plan: { readonly puts: readonly { readonly value: unknown }[] }) =>
    must(parseCatalog(plan.puts.at(-1)?.value as string))
  const first = after(must(await planPublish([version(1)], EMPTY_CATALOG)))
  const second = after(must(await planPublish([version(2)], first)))
  const removed = after(must(await planPublish([], second, { prunes: () => true })))
  const plan = must(await planPublish([version(2)], removed))
  const before = first.zones.get('a.example')
  const { previous, previousZone } = after(plan).zones.get('a.example') ?? {}
  expect([previous, previousZone]).toEqual([before?.hash, before?.zone])
  expect(after(plan).dropped.size).toBe(0)
})
