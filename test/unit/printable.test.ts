import { expect, test } from 'vitest'
import { printable } from '../../src/printable.ts'

test.each([
  ['plain text, "quoted", ü 日本 🙂', 'plain text, "quoted", ü 日本 🙂'],
  ['\x1b[2J', '\\027[2J'],
  ['a\r\nb\t\x00', 'a\\013\\010b\\009\\000'],
  ['\x7f\x9b', '\\127\\155'],
  ['abc\u202edcba\u2066', 'abc\\u{202e}dcba\\u{2066}'],
  ['soft\u00adhyphen, zero\u200bwidth', 'soft\\173hyphen, zero\\u{200b}width'],
  ['line\u2028and paragraph\u2029', 'line\\u{2028}and paragraph\\u{2029}'],
  ['a b\u00a0c\u3000d', 'a b\\160c\\u{3000}d'],
  ['tag \u{e0041}', 'tag \\u{e0041}'],
  ['half \ud800', 'half \\u{d800}'],
])('%j is printed as %s', (text, printed) => {
  expect(printable(text)).toBe(printed)
})
