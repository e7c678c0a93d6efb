import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FILES, ICON_PATH, SCRIPT_PATH, STYLE_PATH } from '../../../src/landing/files.ts'
import { filesModule } from '../../../tools/pages.ts'

test('the files that pages load are those of their sources: run "npm run pages" after a change', async () => {
  expect(await filesModule()).toBe(readFileSync('src/landing/files.ts', 'utf8'))
})

test('each file is there, small, and free of foreign addresses', () => {
  expect([...FILES.keys()]).toEqual([STYLE_PATH, SCRIPT_PATH, ICON_PATH])
  for (const [path, { text }] of FILES) {
    expect(path).toMatch(/^\/static\/[0-9a-f]{16}\.(css|js|svg)$/)
    expect(text.length).toBeLessThan(20_000)
    expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|@import|sourceMappingURL/)
  }
})

test('the script makes no HTML of texts, and stores nothing', () => {
  expect(FILES.get(SCRIPT_PATH)?.text).not.toMatch(
    /innerHTML|outerHTML|insertAdjacent|document\.write|localStorage|sessionStorage|cookie/,
  )
})
