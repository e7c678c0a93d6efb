import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importCircles } from '../../tools/rooms.ts'

/** A reader can hold three files at once. */
const MAX_FILES = 3

test('circles: at most three files of src import each other in a circle, imports of types included', () => {
  expect(importCircles('.').filter((circle) => circle.length > MAX_FILES)).toEqual([])
})

test('circles: found through types and dynamic imports, and each circle by itself', () => {
  const root = mkdtempSync(join(tmpdir(), 'circles-'))
  try {
    mkdirSync(join(root, 'src/room'), { recursive: true })
    const write = (name: string, code: string) => writeFileSync(join(root, 'src/room', `${name}.ts`), code)
    write('a', "import { b } from './b.ts'\n")
    write('b', "import type { C } from './c.ts'\nimport { x } from './x.ts'\n")
    write('c', "const a = () => import('./a.ts')\n/** from './d.ts' */\n")
    write('d', "import './c.ts'\n")
    write('x', "export { y } from './y.ts'\n")
    write('y', "export { x } from './x.ts'\n")
    expect(importCircles(root)).toEqual([
      ['src/room/x.ts', 'src/room/y.ts'],
      ['src/room/a.ts', 'src/room/b.ts', 'src/room/c.ts'],
    ])
  } finally {
    rmSync(root, { recursive: true })
  }
})
