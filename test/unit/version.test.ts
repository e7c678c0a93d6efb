import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as limits from '../../src/limits.ts'
import { VERSION } from '../../src/version.ts'

test('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(VERSION).toBe(version)
})

test('every limit has its reason above it', () => {
  const source = readFileSync(new URL('../../src/limits.ts', import.meta.url), 'utf8')
  const blocks = source.split(/\n\n/).filter((block) => block.includes('export const'))
  for (const block of blocks) expect(block).toMatch(/^\/\*\*\s.+[.:].*\*\//s)
  expect(source.match(/export const/g)?.length).toBe(Object.keys(limits).length)
})
