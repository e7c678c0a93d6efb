import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { byRoom, MAX_QUERY_PATH_GZIP, type StaticGraph, staticGraphOf, tableOf } from '../../tools/query-path.ts'

/** Returns the files of which something is in the graph. */
const filesOf = ({ files }: StaticGraph) => [...files].flatMap(([file, bytes]) => (bytes > 0 ? [file] : [])).sort()

let graph: StaticGraph
beforeAll(async () => {
  graph = await staticGraphOf(resolve('.'), 'src/worker.ts')
})

test(`query path: its static graph has at most ${MAX_QUERY_PATH_GZIP} octets, minified, by gzip`, () => {
  expect(graph.gzip, tableOf(graph)).toBeLessThanOrEqual(MAX_QUERY_PATH_GZIP)
})

test('Worker: its code is ASCII, so that V8 keeps one octet for each character in place of two', () => {
  expect(graph.beyondAscii).toEqual([])
})

test('query path: what few queries need is loaded at its first use', () => {
  const rooms = byRoom(graph).map(([room]) => room)
  expect(rooms).toEqual(expect.arrayContaining(['src/dns', 'src/zone', 'src/policy', 'src/store', 'src/http']))
  const lazy = [
    ...[
      'src/explain',
      'src/expectations',
      'src/lua',
      'src/lua-vm',
      'src/powerdns',
      'src/probe',
      'src/zonefile',
      'src/cli',
    ],
    ...['@noble/hashes', 'fastest-levenshtein', 'fraction.js', 'http-parser-js', 're2js', 'valibot'],
  ]
  expect(rooms.filter((room) => lazy.includes(room))).toEqual([])
})

test('query path: the database of locations is loaded with the first one', () => {
  const lazy = ['database', 'format', 'table', 'scope-cache', 'uniform-range', 'range-overlay', 'build']
  expect(filesOf(graph).filter((file) => lazy.some((name) => file === `src/geo/${name}.ts`))).toEqual([])
  expect(filesOf(graph)).toContain('src/geo/no-database.ts')
})

test('query path: what kinds are compiled with is passed in, and loaded with the first compilation', () => {
  const compilers = filesOf(graph).filter((file) => /^src\/(policy|zone|health)\/(compil|build)[^/]*$/.test(file))
  expect(compilers).toEqual([])
  expect(existsSync('src/policy/compilers.ts')).toBe(true)
})

test('query path: rooms with a face for queries are imported through it', () => {
  const faces = [...graph.files.keys()].filter((file) => /^src\/[^/]+\/index\.ts$/.test(file))
  expect(faces.filter((file) => existsSync(file.replace('index.ts', 'query-path.ts')))).toEqual([])
})

test('query path: measured is what is imported statically, and not dynamically', async () => {
  const root = mkdtempSync(join(tmpdir(), 'query-path-'))
  try {
    const write = (name: string, code: string) => writeFileSync(join(root, name), code)
    write('entry.ts', "import { a } from './face.ts'\nexport const b = () => [a, import('./lazy.ts')]\n")
    write('face.ts', "export { a } from './a.ts'\nexport { c } from './c.ts'\n")
    write('a.ts', "export const a = ['a']\n")
    write('c.ts', `export const c = ['${'c'.repeat(1000)}']\n`)
    write('lazy.ts', "export { d } from './d.ts'\n")
    write('d.ts', `export const d = ['${'d'.repeat(1000)}']\n`)
    const light = await staticGraphOf(root, 'entry.ts')
    expect(filesOf(light)).toEqual(['a.ts', 'entry.ts'])
    expect(light.bytes).toBeLessThan(500)
    // A second user of the face brings all of it into the static part.
    write('lazy.ts', "export { d } from './d.ts'\nexport { c } from './face.ts'\n")
    const heavy = await staticGraphOf(root, 'entry.ts')
    expect(filesOf(heavy)).toEqual(['a.ts', 'c.ts', 'entry.ts'])
    expect(heavy.bytes).toBeGreaterThan(1000)
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('query path: scripts that are stored run without the compiler', async () => {
  const scripts = await staticGraphOf(resolve('.'), 'src/powerdns/query-path.ts')
  const files = filesOf(scripts)
  expect(files).toEqual(expect.arrayContaining(['src/powerdns/load-script.ts', 'src/policy/load-policy.ts']))
  expect(
    files.filter((file) => /valibot|\/schema\.ts|\/author\/|\/compile(-[a-z]+)?\.ts|src\/lua\//.test(file)),
  ).toEqual([])
})
