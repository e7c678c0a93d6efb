import { expect, test } from 'vitest'
import { compileSource, exportZone } from '../../../src/zonefile/index.ts'
import { documentOf } from '../support.ts'

/** More than a call of a function takes as arguments: a list of so many must not be spread into one. */
const MANY = 130_000

const none = () => ({ ok: false, error: 'no file' }) as const
const head = '$TTL 300\n@ SOA ns hostmaster 1 1h 15m 1w 60\n@ NS ns\nns A 192.0.2.53\n'
const lines = (line: (i: number) => string): string => head + Array.from({ length: MANY }, (_, i) => line(i)).join('')

test('an rrset with very many TTLs is refused for its size', () => {
  const text = lines((i) => `www ${i} A 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}\n`)
  const compiled = compileSource({ file: 'example.com.zone', text }, none)
  expect(compiled.ok ? [] : compiled.error).toMatchObject([
    {
      line: 5,
      message: `an answer may have ${MANY * 16} octets of data; expected at most 48000, to fit a DNS message`,
    },
  ])
})

test('very many warnings are counted', () => {
  const text = `${lines((i) => `h${i}.old TXT x\n`)}old DNAME example.net.\n`
  const compiled = compileSource({ file: 'example.com.zone', text }, none)
  const warnings = compiled.ok ? compiled.value.warnings : []
  expect(warnings[0]).toMatchObject({
    line: 5,
    message: expect.stringContaining('is below the DNAME old.example.com.'),
  })
  expect(warnings.at(-1)?.message).toBe(`${MANY - 99} more from here on; expected those above to be fixed first`)
})

test('very many errors end the reading', () => {
  const compiled = compileSource({ file: 'example.com.zone', text: lines(() => '?\n') }, none)
  const errors = compiled.ok ? [] : compiled.error
  expect(errors).toHaveLength(100)
  expect(errors.at(-1)?.message).toBe('9901 more from here on; expected those above to be fixed first')
})

test('a zone with very many records is exported', () => {
  const text = lines((i) => `h${i} A 192.0.2.${i % 250}\n`)
  const compiled = compileSource({ file: 'example.com.zone', text }, none)
  const exported = compiled.ok ? exportZone(compiled.value.document).text : ''
  expect(exported.split('\n')).toHaveLength(MANY + 6)
  expect(exported).toContain('\nh129999 IN A 192.0.2.249\n')
})

test('very many networks with host bits are counted', () => {
  const networks = Array.from({ length: MANY }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/9`)
  const answer = { kind: 'view', rules: [{ networks, answer: '192.0.2.1' }], otherwise: '192.0.2.2' }
  const document = documentOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: answer } })
  const compiled = compileSource({ file: 'example.com.json', text: JSON.stringify(document) }, none)
  const warnings = compiled.ok ? compiled.value.warnings : []
  expect(warnings).toHaveLength(100)
  expect(warnings[0]?.message).toContain('10.0.0.1/9')
})
