import { expect, test } from 'vitest'
import { compileSource, exportZone } from '../../../src/zonefile/index.ts'
import { documentOf } from '../support.ts'

/** A list of so many must not be spread into a call: deep in the stack, a call does not take so many arguments. */
const MANY = 30_000

/**
 * Calls `work` so deep in the stack that MANY arguments do not fit. At its top they would, and tests of four times as
 * many take four times as long.
 */
function deepDown<T>(work: () => T): T {
  const arguments_ = Array.from({ length: MANY }, () => 0)
  const frame = arguments_.slice(0, 1000)
  const doFit = (): boolean => {
    try {
      return Math.max(...arguments_) === 0
    } catch {
      return false
    }
  }
  const deeper = (..._: readonly number[]): T => (doFit() ? deeper(...frame) : work())
  return deeper()
}

const compile = (file: string, text: string) => deepDown(() => compileSource({ file, text }, none))

const none = () => ({ ok: false, error: 'no file' }) as const
const head = '$TTL 300\n@ SOA ns hostmaster 1 1h 15m 1w 60\n@ NS ns\nns A 192.0.2.53\n'
const lines = (line: (i: number) => string): string => head + Array.from({ length: MANY }, (_, i) => line(i)).join('')

test('an rrset with very many TTLs is refused for its size', () => {
  const text = lines((i) => `www ${i} A 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}\n`)
  const compiled = compile('example.com.zone', text)
  expect(compiled.ok ? [] : compiled.error).toMatchObject([
    {
      line: 5,
      message: `an answer may have ${MANY * 16} octets of data; expected at most 48000, to fit a DNS message`,
    },
  ])
})

test('very many warnings are counted', () => {
  const text = `${lines((i) => `h${i}.old TXT x\n`)}old DNAME example.net.\n`
  const compiled = compile('example.com.zone', text)
  const warnings = compiled.ok ? compiled.value.warnings : []
  expect(warnings[0]).toMatchObject({
    line: 5,
    message: expect.stringContaining('is below the DNAME old.example.com.'),
  })
  expect(warnings.at(-1)?.message).toBe(`${MANY - 99} more from here on; expected those above to be fixed first`)
})

test('very many errors end the reading', () => {
  const compiled = compile(
    'example.com.zone',
    lines(() => '?\n'),
  )
  const errors = compiled.ok ? [] : compiled.error
  expect(errors).toHaveLength(100)
  expect(errors.at(-1)?.message).toBe('9901 more from here on; expected those above to be fixed first')
})

test('a zone with very many records is exported', () => {
  const text = lines((i) => `h${i} A 192.0.2.${i % 250}\n`)
  const compiled = compile('example.com.zone', text)
  const exported = compiled.ok ? deepDown(() => exportZone(compiled.value.document).text) : ''
  expect(exported.split('\n')).toHaveLength(MANY + 6)
  expect(exported).toContain(`\nh${MANY - 1} IN A 192.0.2.${(MANY - 1) % 250}\n`)
})

test('very many networks with host bits are counted', () => {
  const networks = Array.from({ length: MANY }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/9`)
  const answer = { kind: 'view', rules: [{ networks, answer: '192.0.2.1' }], otherwise: '192.0.2.2' }
  const document = documentOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: answer } })
  const compiled = compile('example.com.json', JSON.stringify(document))
  const warnings = compiled.ok ? compiled.value.warnings : []
  expect(warnings).toHaveLength(100)
  expect(warnings[0]?.message).toContain('10.0.0.1/9')
})
