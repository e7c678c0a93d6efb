import { describe, expect, test } from 'vitest'
import { outcomeOf, scriptFixture } from './support.ts'

/** The results are those of LuaJIT: test/e2e/lua-oracle.test.ts asks it. */
describe.each(['language', 'library', 'errors'])('%s', (name) => {
  test.each(scriptFixture(name))('$code', ({ code, expected }) => {
    expect(outcomeOf(code)).toBe(expected)
  })
})
