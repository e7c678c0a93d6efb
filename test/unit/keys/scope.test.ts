import { expect, test } from 'vitest'
import { formatScope, parseScope, parseScopes } from '../../../src/keys/index.ts'
import { MAX_SCOPES } from '../../../src/limits.ts'
import { must } from '../support.ts'

test.each([
  ['everything', 'everything'],
  ['read', 'read'],
  ['health', 'health'],
  ['zone:example.com', 'zone:example.com'],
  ['zone:Example.COM.', 'zone:example.com'],
  ['zone:.', 'zone:.'],
  ['name:*.example.com', 'name:*.example.com'],
  ['name:_dmarc.example.com', 'name:_dmarc.example.com'],
  ['suffix:münchen.example', 'suffix:xn--mnchen-3ya.example'],
  ['name:a\\.b.example.com', 'name:a\\.b.example.com'],
  ['acme:www.example.com', 'acme:www.example.com'],
])('%s is read, and written as %s', (text, written) => {
  const scope = must(parseScope(text))
  expect(formatScope(scope)).toBe(written)
  expect(must(parseScope(written))).toEqual(scope)
})

test.each([
  ['', 'is not a scope; expected everything, read'],
  ['Everything', 'is not a scope'],
  ['all', 'is not a scope'],
  ['zone', 'is not a scope'],
  ['zone:', 'has no name; expected one like zone:www.example.com'],
  ['suffix:', 'has no name'],
  ['zone:a..b', 'no valid name'],
  ['read:example.com', 'is not a scope'],
  ['constructor:example.com', 'is not a scope'],
  ['__proto__', 'is not a scope'],
  ['acme:*.example.com', 'names a wildcard; expected acme:example.com, which covers it'],
  [`zone:${'a'.repeat(64)}.example`, 'no valid name'],
  [`zone:${'a.'.repeat(600)}`, 'a scope has 1205 characters'],
])('%s is refused', (text, why) => {
  expect(parseScope(text)).toEqual({ ok: false, error: expect.stringContaining(why) })
})

test('a key has at least one scope, and at most as many as the limit; doubles count once', () => {
  expect(parseScopes([])).toEqual({ ok: false, error: expect.stringContaining('a key without a scope') })
  expect(parseScopes(Array(MAX_SCOPES + 1).fill('read'))).toEqual({
    ...{ ok: false, error: expect.stringContaining(`expected at most ${MAX_SCOPES}`) },
  })
  expect(must(parseScopes(['read', 'zone:a.example', 'read', 'zone:A.example.']))).toHaveLength(2)
})
