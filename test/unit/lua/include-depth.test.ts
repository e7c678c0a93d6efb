import { expect, test } from 'vitest'
import { compileSource } from '../../../src/zonefile/index.ts'

/** A zone whose script includes a chain of so many names. */
function zoneOf(length: number): string {
  const links = Array.from({ length }, (_, i) => `c${i} LUA LUA "include('c${i + 1}') x = 1"`)
  const www = `www LUA A ";include('c0') return '192.0.2.1'"`
  return [
    '$TTL 60',
    '@ SOA ns h 1 2 3 4 5',
    '@ NS ns',
    'ns A 192.0.2.53',
    ...links,
    `c${length} LUA LUA "x = 2"`,
    www,
  ].join('\n')
}

const messagesOf = (length: number): readonly string[] | 'ok' => {
  const none = { ok: false, error: 'no file' } as const
  const made = compileSource({ file: 'chain.example.zone', text: zoneOf(length) }, () => none)
  return made.ok ? 'ok' : [...new Set(made.error.map(({ message }) => message))]
}

test('a chain of includes within the limit compiles', () => {
  expect(messagesOf(100)).toBe('ok')
})

test('a longer chain is an error, and does not overflow the stack', () => {
  expect(messagesOf(3000)).toEqual([
    'in what it includes, c0.chain.example.: names include each other more than 180 levels deep; expected fewer',
  ])
})
