import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forbiddenImports, readRooms } from '../../tools/rooms.ts'

const ROOMS = readRooms('.')
const names = Object.keys(ROOMS)

test('rooms: src imports along the arrows alone', () => {
  expect(forbiddenImports('.', ROOMS)).toEqual([])
})

test('rooms: every import against the arrows, past an index.ts or of a platform is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'))
  try {
    const expected: string[] = []
    mkdirSync(join(folder, 'src'))
    const write = (file: string, from: string, isRefused: boolean) => {
      writeFileSync(join(folder, 'src', file), `/** import 'hono' */\nexport { x } from '${from}'\n`)
      if (isRefused) expected.push(`src/${file}:2`)
    }
    for (const name of names) {
      mkdirSync(join(folder, 'src', name, 'inner'), { recursive: true })
      for (const other of names.filter((one) => one !== name)) {
        const isAllowed = ROOMS[name]?.imports.includes(other) ?? false
        write(`${name}/to-${other}.ts`, `../${other}/index.ts`, !isAllowed)
        write(`${name}/inner/to-${other}.ts`, `../../${other}/index.ts`, !isAllowed)
        write(`${name}/query-to-${other}.ts`, `../${other}/query-path.ts`, !isAllowed)
        write(`${name}/into-${other}.ts`, `../${other}/inner.ts`, true)
      }
      write(`${name}/to-result.ts`, '../result.ts', false)
      write(`${name}/to-entry.ts`, '../worker.ts', true)
      write(`${name}/to-platform.ts`, 'node:fs', name !== 'cli')
      write(`${name}/to-router.ts`, 'hono', !['http', 'api', 'landing', 'console', 'cli'].includes(name))
      write(`${name}/to-runtime.ts`, 'cloudflare:workers', !['worker', 'cli'].includes(name))
      write(`${name}/to-package.ts`, 'valibot', false)
    }
    write('worker/lazily.ts', '../lua/health-call.ts', false)
    write('outside.ts', './net/index.ts', true)
    write('worker.ts', './net/index.ts', false)
    const found = forbiddenImports(folder, ROOMS).map((fault) => /^[^:]+:\d+/.exec(fault)?.[0])
    expect(found.sort()).toEqual(expected.sort())
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('rooms: the arrows lead one way', () => {
  const above = (name: string, path: readonly string[]): void => {
    expect(path).not.toContain(name)
    for (const other of ROOMS[name]?.imports ?? []) above(other, [...path, name])
  }
  for (const name of names) above(name, [])
})

test('rooms: the folders of src are the rooms', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map((entry) => entry.name).sort()).toEqual([...names].sort())
})

test('rooms: the table in docs/architecture.md has the arrows of rooms.json', () => {
  const rows = [...readFileSync('docs/architecture.md', 'utf8').matchAll(/^\| `([\w-]+)\/` \|.*\| ([^|]*) \|$/gm)]
  const written = rows.map(([, name, imports]) => [name, (imports as string).split(', ').filter(Boolean)])
  expect(written).toEqual(Object.entries(ROOMS).map(([name, { imports }]) => [name, imports]))
})
