import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_REPORTED_ISSUES } from '../../../src/limits.ts'
import { formatDiagnostic } from '../../../src/zonefile/index.ts'
import { runCount } from '../../effort.ts'
import { compileText, fixtureNames, readFixture } from './support.ts'

/** One change of a text: some characters at a place give way to others. */
type Edit = { readonly at: number; readonly remove: number; readonly insert: string }

const PIECES = [
  '(',
  ')',
  '"',
  "'",
  ';',
  '\\',
  '\\1',
  '\\300',
  '$',
  '${',
  '$$',
  '@',
  '.',
  '..',
  '*',
  ' ',
  '\n',
  '\n ',
  '\r\n',
]
const WORDS = [
  'IN',
  'CH',
  'A',
  'SOA',
  'LUA',
  'TXT',
  'CNAME',
  'NS',
  'TYPE1',
  '\\# 4 00',
  '$INCLUDE',
  '$ORIGIN a',
  '$TTL 1',
]
const CODE = [
  '{',
  '}',
  ',',
  '0',
  '-1',
  'nil',
  'true',
  '..',
  'view',
  'all(',
  'x()',
  '[[',
  '--',
  '[1]=',
  '\u00e9',
  '\ud800',
  '{{',
]

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(4000),
  remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(200)),
  insert: fc.oneof(fc.constantFrom(...PIECES, ...WORDS, ...CODE), fc.string({ maxLength: 4 })),
})

const apply = (text: string, { at, remove, insert }: Edit): string => {
  const place = at % (text.length + 1)
  return text.slice(0, place) + insert + text.slice(place + remove)
}

const texts = fixtureNames.map((name) => readFixture(`${name}.zone`))
const json = readFixture('../../../zones/example.net.json')

function check(text: string, file: string): void {
  const compiled = compileText(text, file)
  const diagnostics = compiled.ok ? compiled.value.warnings : compiled.error
  if (!compiled.ok) expect(diagnostics.length).toBeGreaterThan(0)
  expect(diagnostics.length).toBeLessThanOrEqual(MAX_REPORTED_ISSUES)
  const lines = text.replace(/^\ufeff/, '').split('\n')
  for (const diagnostic of diagnostics) {
    expect(diagnostic.message).toMatch(/expected|not supported yet|is not valid|goes by place/)
    if (diagnostic.file !== file) continue
    const line = lines[diagnostic.line - 1]
    expect(line, formatDiagnostic(diagnostic)).toBeDefined()
    expect(diagnostic.column, formatDiagnostic(diagnostic)).toBeGreaterThanOrEqual(1)
    expect(diagnostic.column, formatDiagnostic(diagnostic)).toBeLessThanOrEqual([...(line as string)].length + 1)
  }
}

test('a zone file with random mistakes is a zone, or an error with a position', () => {
  const mutated = fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 5 }))
  fc.assert(
    fc.property(mutated, ([text, edits]) => check(edits.reduce(apply, text), 'example.com.zone')),
    { numRuns: runCount(250) },
  )
})

test('so is a JSON document', () => {
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(edits, (changes) => check(changes.reduce(apply, json), 'example.net.json')),
    { numRuns: runCount(150) },
  )
})
