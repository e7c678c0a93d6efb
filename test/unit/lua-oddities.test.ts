import { expect, test } from 'vitest'
import { ask } from './lua-support.ts'

/** What PowerDNS does with what it was hardly meant for: test/e2e/scripts.test.ts asks it. */
test.each<[string, string | RegExp]>([
  // A weight without a text: two of the functions read it as an empty one.
  [";local n return '[' .. pickwhashed({{1, n}}) .. ']'", '[]'],
  [";local n return '[' .. picknamehashed({{1, n}}) .. ']'", '[]'],
  [";local n return '[' .. pickwrandom({{1, n}}) .. ']'", /^SERVFAIL: .*a weight stands for a nil/],
  [";local n return '[' .. pickchashed({{1, n}}) .. ']'", /^SERVFAIL: .*a weight stands for a nil/],
])('%s', (code, outcome) => {
  if (typeof outcome === 'string') expect(ask(code, 'TXT')).toBe(outcome)
  else expect(ask(code, 'TXT')).toMatch(outcome)
})
