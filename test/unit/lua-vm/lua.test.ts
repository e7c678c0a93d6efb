import { describe, expect, test } from 'vitest'
import { outcomeOf, scriptFixture } from './support.ts'

/** What LuaJIT gives, by test/e2e/lua-oracle.test.ts, is what we give. */
describe.each(['language', 'library', 'errors'])('%s', (name) => {
  test.each(scriptFixture(name))('$code', ({ code, expected }) => {
    expect(outcomeOf(code)).toBe(expected)
  })
})
