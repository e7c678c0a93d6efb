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
