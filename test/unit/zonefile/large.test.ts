import { expect, test } from 'vitest'
import { compileSource } from '../../../src/zonefile/index.ts'

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
  expect(warnings[0]?.message).toMatch(/^130004 records take an isolate about/)
  expect(warnings[1]).toMatchObject({
    line: 5,
    message: expect.stringContaining('is below the DNAME old.example.com.'),
  })
  expect(warnings.at(-1)?.message).toBe(`${MANY - 98} more from here on; expected those above to be fixed first`)
})
