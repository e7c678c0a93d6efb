import { expect, test } from 'vitest'
import { must } from '../support.ts'
import { compileText } from './support.ts'

const SOA = '$TTL 60\n@ SOA ns.example.net. hostmaster 1 1h 15m 1w 5m\n'

/** LUA CNAMEs that are not alone, whose code folds where it is alone. */
test.each([
  [
    'beside NS and MX at the apex',
    "@ NS ns.example.net.\n@ MX 10 mail.example.net.\n@ LUA CNAME \"pickhashed({'a.b', 'c.d'})\"\n",
  ],
  ['beside the SOA alone', "@ LUA CNAME \"pickhashed({'a.b', 'c.d'})\"\n"],
  ['beside a TXT', '@ NS ns.example.net.\nw TXT "x"\nw 5 LUA CNAME "pickrandom({\'a.b\', \'c.d\'})"\n'],
  ['beside another', "@ NS ns.example.net.\nw LUA CNAME \"'a.b'\"\nw LUA CNAME \"pickrandom({'a.b', 'c.d'})\"\n"],
])('a LUA CNAME %s: the document of the zone file is a valid document', (_, records) => {
  const { document } = must(compileText(`${SOA}${records}`))
  const again = must(compileText(JSON.stringify(document), 'example.com.json'))
  expect(again.document).toEqual(document)
})

test('a LUA CNAME at the origin: a warning, as it answers for what is beside it, too', () => {
  const { warnings } = must(compileText(`${SOA}@ NS ns.example.net.\n@ MX 10 mail.example.net.\n@ LUA CNAME "'a.b'"\n`))
  expect(warnings.map(({ line, message, severity }) => [line, severity, message])).toEqual([
    [5, 'warning', 'the LUA CNAME answers for NS, MX here, too; expected LUA A and AAAA, or an ALIAS'],
  ])
  const elsewhere = must(compileText(`${SOA}@ NS ns.example.net.\nw LUA CNAME "'a.b'"\nw TXT x\n`))
  expect(elsewhere.warnings).toEqual([])
})

const view = {
  kind: 'view',
  rules: [
    { networks: ['192.0.2.0/24'], answer: { kind: 'lua', code: "pickhashed({'a.b', 'c.d'})" } },
    { networks: ['198.51.100.0/24'], answer: 'e.f' },
  ],
  otherwise: 'g.h',
}

test.each([
  ['a view', view],
  ['a view with a TTL', { ttl: 5, answer: view }],
])('Lua code of a CNAME in %s is folded, and a TXT beside it is an error', (_, CNAME) => {
  const compiled = (others: object) => {
    const soa = { mname: 'ns', rname: 'h', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 }
    const records = { '@': { NS: 'ns.example.net.' }, w: { CNAME, ...others } }
    return compileText(JSON.stringify({ origin: 'example.com', ttl: 60, soa, records }), 'example.com.json')
  }
  expect(JSON.stringify(must(compiled({})).document.records.w)).toContain('"kind":"hashed"')
  const beside = compiled({ TXT: '"x"' })
  expect(beside).toMatchObject({ ok: false, error: [{ message: expect.stringMatching(/^CNAME beside TXT/) }] })
})
