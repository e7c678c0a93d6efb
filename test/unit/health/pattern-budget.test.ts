import { describe, expect, test } from 'vitest'
import { octetsFor } from '../../../src/health/index.ts'
import { MAX_PATTERN_WORK } from '../../../src/limits.ts'
import { patternSize } from '../../../src/re2.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { documentOf, SOA } from '../support.ts'
import { issuesOf } from '../zone/support.ts'

const http = (matches: string, bytes?: number) => ({ kind: 'http', body: { matches }, ...(bytes && { bytes }) })
const tcp = (matches: string) => ({ kind: 'tcp', port: 25, expect: { matches } })

const issues = (checks: readonly object[]): string[] => {
  const records = Object.fromEntries(
    checks.map((check, i) => [`x${i}`, { A: { kind: 'pool', check, members: ['192.0.2.1', '192.0.2.2'] } }]),
  )
  return issuesOf({ origin: 'example.com', ttl: 60, soa: SOA, records })
}

test('a validated document is compiled without RE2, and its patterns are not checked again', () => {
  const records = { x: { A: { kind: 'pool', check: http('(?=x)'), members: ['192.0.2.1'] } } }
  const document = documentOf(records)
  expect(compileZone(document)).toMatchObject({ ok: true })
  expect(compileZone(document, { patternSize })).toMatchObject({ ok: false })
})

describe('instructions of a pattern times octets are bounded', () => {
  test.each<[string, object]>([
    ['a usual one', http('"status":\\s*"(up|ok)"')],
    ['a usual one over TCP', tcp('^220 ')],
    ['a long one on few octets', http('(?i)[xz].{500}[wz]', 16_384)],
    ['one of 250 characters', http('x'.repeat(250))],
  ])('%s is accepted', (_, check) => {
    expect(issues([check])).toEqual([])
  })

  test.each<[string, object]>([
    ['repetitions', http('(?i)[xz].{500}[wz]')],
    ['repetitions on the longest body', http('x.{50}x', 1_048_576)],
    ['repetitions over TCP', tcp('x.{500}x')],
  ])('%s: refused', (_, check) => {
    const [first] = issues([check])
    expect(first).toMatch(/the pattern has \d+ instructions for \d+ octets; expected at most \d+: fewer or smaller rep/)
    expect(first?.length).toBeLessThan(220)
  })

  test('a longer pattern may search fewer octets', () => {
    const size = patternSize('x.{500}x')
    expect(size).toEqual({ ok: true, value: 504 })
    expect(504 * octetsFor(504)).toBeLessThanOrEqual(MAX_PATTERN_WORK)
  })

  test('all patterns of a zone together are bounded', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => tcp(`${'x'.repeat(240)}${i}`))
    expect(issues(many(100))).toEqual([])
    expect(issues(many(300))[0]).toMatch(/with this one the patterns of the zone have more than 65536 instructions/)
  })
})
