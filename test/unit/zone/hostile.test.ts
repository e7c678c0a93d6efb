import { describe, expect, onTestFinished, test, vi } from 'vitest'
import * as dns from '../../../src/dns/index.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { documentOf, must, zoneOf } from '../support.ts'
import { issuesOf } from './support.ts'

type Json = unknown

describe('nothing is dropped silently', () => {
  test.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'])(
    'a host may be called %s',
    (name) => {
      const zone = zoneOf({ [name]: { A: '192.0.2.1' } })
      const found = zone.names.lookup(must(dns.parseName(`${name}.example.com.`)).key)
      expect(found.kind).toBe('exact')
    },
  )
  test('a host called __proto__ is served, or refused by name', () => {
    const compiled = compileZone(documentOf(JSON.parse('{"__proto__":{"A":"192.0.2.1"}}')))
    if (!compiled.ok) expect(compiled.error[0]?.path).toEqual(['records', '__proto__'])
    else expect(compiled.value.zone.names.lookup(must(dns.parseName('__proto__.example.com.')).key).kind).toBe('exact')
  })
  test.each(['constructor', 'prototype', '__proto__'])('%s is no record type', (type) => {
    const issues = issuesOf(documentOf(JSON.parse(`{"www":{"${type}":"192.0.2.1"}}`)))
    expect(issues).toEqual([expect.stringMatching(new RegExp(`^records / www / ${type}: .*is not a record type`))])
  })
  test.each(['constructor', '__proto__'])('%s is no network', (network) => {
    const issues = issuesOf(
      documentOf({
        www: { A: { kind: 'networks', networks: JSON.parse(`{"${network}":"192.0.2.1"}`), otherwise: '192.0.2.2' } },
      }),
    )
    expect(issues).toEqual([expect.stringMatching(/is not a network/)])
  })
  test.each(['__proto__', 'constructor'])('%s is no field of a document', (field) => {
    expect(issuesOf(JSON.parse(JSON.stringify(documentOf({})).replace(/^\{/, `{"${field}":1,`)))).toEqual([
      expect.stringMatching(/unknown field/),
    ])
  })
})

describe('hostile documents are refused, never thrown at', () => {
  const nested = (depth: number, wrap: (inner: Json) => Json, innermost: Json = '192.0.2.1'): Json => {
    let inner = innermost
    for (let i = 0; i < depth; i++) inner = wrap(inner)
    return inner
  }
  const wraps: readonly [string, (inner: Json) => Json][] = [
    ['lists', (inner) => [inner]],
    ['random', (inner) => ({ kind: 'random', of: [inner, '192.0.2.2'] })],
    [
      'weighted',
      (inner) => ({
        kind: 'weighted',
        members: [
          { weight: 1, answer: inner },
          { weight: 1, answer: '192.0.2.2' },
        ],
      }),
    ],
    [
      'views',
      (inner) => ({ kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: inner }], otherwise: '192.0.2.2' }),
    ],
    ['networks', (inner) => ({ kind: 'networks', networks: { '10.0.0.0/8': inner }, otherwise: '192.0.2.2' })],
  ]
  const values: readonly Json[] = [
    null,
    undefined,
    true,
    0,
    Number.NaN,
    '',
    'zone',
    [],
    [[]],
    {},
    { origin: null },
    new Date(0),
    () => 1,
    Symbol('x'),
    1n,
    new Map(),
    Object.create(null),
  ]
  test.each(values.map((value) => [value]))('%o', (value) => {
    expect(issuesOf(value).length).toBeGreaterThan(0)
  })
  test.each(values.map((value) => [value]))('%o for the records, an owner, a type, an answer', (value) => {
    for (const records of [
      value,
      { www: value },
      { www: { A: value } },
      { www: { A: { kind: value } } },
      { www: { A: { kind: 'view', rules: value } } },
    ]) {
      expect(() => issuesOf(documentOf(records))).not.toThrow()
    }
  })
  test.each(wraps)(
    '%s: the innermost of 60 levels is read and compiled no more often than that of 3',
    (_what, wrap) => {
      const parsed = vi.spyOn(dns, 'parseRdata')
      onTestFinished(() => parsed.mockRestore())
      const workAt = (depth: number) => {
        let reads = 0
        const counted = Object.defineProperty({ of: ['192.0.2.77', '192.0.2.2'] }, 'kind', {
          enumerable: true,
          get: () => ++reads && 'random',
        })
        parsed.mockClear()
        expect(issuesOf(documentOf({ www: { A: nested(depth, wrap, counted) } }))).toEqual([])
        return { reads, parsed: parsed.mock.calls.filter(([, [field]]) => field?.text === '192.0.2.77').length }
      }
      const usual = workAt(3)
      expect(Math.min(...Object.values(usual))).toBeGreaterThan(0)
      // Work that doubles with each level is seen at 12, and has no end at 60.
      for (const depth of [12, 60]) expect(workAt(depth)).toEqual(usual)
    },
  )
  test.each(wraps)('%s: 100,000 levels are an issue, no stack overflow', (_what, wrap) => {
    expect(issuesOf(documentOf({ www: { A: nested(100_000, wrap) } }))).toEqual([expect.stringMatching(/too deep/)])
  })
  test('a document that holds itself', () => {
    const list: Json[] = []
    list.push(list)
    expect(issuesOf(documentOf({ www: { A: list } }))).toEqual([expect.stringMatching(/too deep/)])
  })
})
