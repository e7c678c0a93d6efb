import { expect, onTestFinished, test, vi } from 'vitest'
import { Source } from '../../../src/zonefile/source.ts'

test.each([
  ['abc', 2, 3],
  ['é€c', 2, 3],
  // A character of two places in the text is one column.
  ['😀b', 2, 2],
  ['😀b😀c', 5, 4],
  ['a\n😀\n😀😀x', 9, 3],
  // Behind the end, as where something is missing.
  ['abc', 3, 4],
])('in %j offset %i is column %i', (text, at, column) => {
  expect(new Source('f', text).positionAt(at).column).toBe(column)
})

test('positions in one long line do not copy it', () => {
  const source = new Source('f', `www LUA A "${'nobody() '.repeat(1000)}"`)
  source.positionAt(0)
  const slice = vi.spyOn(String.prototype, 'slice')
  onTestFinished(() => slice.mockRestore())
  for (let at = 11; at < source.text.length; at += 9) source.positionAt(at)
  const copied = slice.mock.results.reduce((sum, { value }) => sum + value.length, 0)
  expect(copied).toBe(0)
})
