import { expect, test } from 'vitest'
import { PAGES, pageAt } from '../../../src/console/pages.ts'
import { durationText, IslandData, pageOf } from '../../../src/console/parts/index.ts'
import { ownPath } from '../../../src/console/redirect.ts'

test('the data of an island cannot end its element, and is read back as it was', () => {
  const value = { text: '</script><script>alert(1)</script><!--', also: ' &<>' }
  const html = String(IslandData({ id: 'x', value }))
  expect(html.match(/<[^>]*>/g)).toEqual(['<script type="application/json" id="x">', '</script>'])
  expect(JSON.parse(html.replace(/<[^>]*>/g, ''))).toEqual(value)
})

test.each([
  [45_000, '45 s'],
  [59_999, '1 min'],
  [3 * 60_000, '3 min'],
  [7_200_000, '2 h'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '1 d 1 h'],
  [10 * 86_400_000, '10 d'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test('a page of a list is never outside of it, whatever the URL asks for', () => {
  const rows = Array.from({ length: 101 }, (_, i) => i)
  const at = (page: string) => pageOf(rows, new URL(`https://gslb.test/?page=${page}`), 50)
  expect(at('2')).toEqual({ page: 2, rows: rows.slice(50, 100) })
  expect(at('3').rows).toEqual([100])
  for (const odd of ['0', '-1', 'x', '1.5', 'NaN']) expect(at(odd).page).toBe(1)
  for (const late of ['4', '1e9']) expect(at(late).page).toBe(3)
  expect(pageOf([], new URL('https://gslb.test/'), 50)).toEqual({ page: 1, rows: [] })
})

test('each page is found at its own path, and nothing else is', () => {
  for (const page of PAGES) if (!page.path.includes(':')) expect(pageAt(page.path)?.page).toBe(page)
  for (const path of ['/console/', '/console/x', '/console/health/x', '/CONSOLE', '/console//health'])
    expect(pageAt(path)).toBeUndefined()
})

test.each([
  ['/console', '/console'],
  ['/console/health?q=a&page=2', '/console/health?q=a&page=2'],
  ['//evil.example/console', '/console'],
  ['https://evil.example/console', '/console'],
  ['/console\\@evil.example', '/console'],
  ['/consolex', '/console'],
  ['/console/\nSet-Cookie: x', '/console'],
  [null, '/console'],
])('a form that leads to %j leads to %s', (asked, path) => {
  expect(ownPath(asked)).toBe(path)
})
