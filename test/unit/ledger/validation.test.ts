import { expect, test } from 'vitest'
import { validDocument, validText } from '../../../src/ledger/validation.ts'
import { must } from '../must.ts'

const DOCUMENT = {
  ...{ origin: 'example.com.', ttl: 300 },
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
  records: { www: { A: '192.0.2.1' }, b: { A: '192.0.2.2' } },
}

test.each([
  ['document', JSON.stringify(DOCUMENT)],
  ['zone-file', '$TTL 300\n@ SOA ns root 1 1 1 1 1\nwww A 192.0.2.1\nb A 192.0.2.2\n'],
] as const)('the version after a %s takes over the names that did not change', (kind, text) => {
  const given = must(validText(kind, text, 'example.com.'))
  const { document } = given
  // Compiling the same object again would not see that its text is not valid any more: it is not looked at.
  const broken = document.records.b as { A: unknown }
  broken.A = 'no address'
  const records = { ...document.records, www: { A: '192.0.2.9' } }
  expect(validDocument({ ...document, records }, given).ok).toBe(true)
  expect(validDocument({ ...document, records }).ok).toBe(false)
})
