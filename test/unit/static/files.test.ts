import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LOADERS } from '../../../src/static/files.ts'
import { builtFiles, filesModule } from '../../../tools/pages.ts'

const FOLDER = 'src/static/files'
const textOf = (path: string): string => readFileSync(`${FOLDER}/${path.replace('/static/', '')}.txt`, 'utf8')

test('the files that pages load are those of their sources: run "npm run pages" after a change', async () => {
  const built = await builtFiles()
  expect(filesModule(built)).toBe(readFileSync('src/static/files.ts', 'utf8'))
  expect(readdirSync(FOLDER).sort()).toEqual(built.map(({ file }) => file).sort())
  for (const { path, text } of built) expect(textOf(path)).toBe(text)
})

test('each path has a hash of its text, and no file loads anything from elsewhere', () => {
  for (const path of LOADERS.keys()) {
    expect(path).toMatch(/^\/static\/[a-z-]+-[0-9a-f]{16}\.(css|js|svg)$/)
    expect(textOf(path).replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /@import|sourceMappingURL|url\(["']?(https?:)?\/\/|fetch\(["'`]https?:/,
    )
  }
})

test('no script makes HTML of texts, or stores anything', () => {
  for (const path of LOADERS.keys())
    if (path.endsWith('.js'))
      expect(textOf(path)).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|localStorage|sessionStorage|document\.cookie/,
      )
})
