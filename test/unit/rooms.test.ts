import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Which room may import which: the lint rule is tried on a file for each pair. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  net: [],
  dns: ['net'],
  script: ['net', 'dns'],
  geo: ['net'],
  health: ['net', 'dns'],
  policy: ['net', 'dns', 'script', 'geo', 'health'],
  zone: ['net', 'dns', 'script', 'geo', 'health', 'policy'],
  explain: ['net', 'dns', 'geo', 'health', 'policy', 'zone'],
  lua: ['net', 'dns', 'script', 'geo', 'health', 'policy', 'zone'],
  zonefile: ['net', 'dns', 'script', 'geo', 'health', 'policy', 'zone', 'lua'],
  probe: ['net', 'health'],
  store: ['net', 'dns', 'geo', 'health', 'zone'],
  http: ['net', 'dns', 'geo', 'health', 'zone'],
  worker: ['geo', 'health', 'probe', 'store', 'http'],
  cli: ['net', 'dns', 'script', 'geo', 'health', 'policy', 'zone', 'explain', 'zonefile', 'lua', 'probe', 'store'],
}
const rooms = Object.keys(MAY_IMPORT)

test('the lint rule refuses every import against the arrows, and inner files of other rooms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'))
  try {
    copyFileSync('biome.json', join(folder, 'biome.json'))
    const expected: string[] = []
    for (const room of rooms) {
      mkdirSync(join(folder, 'src', room), { recursive: true })
      const write = (name: string, from: string, refused: boolean) => {
        writeFileSync(join(folder, 'src', room, `${name}.ts`), `import { x } from '${from}'\n\nexport const y = x\n`)
        if (refused) expected.push(`src/${room}/${name}.ts`)
      }
      for (const other of rooms.filter((name) => name !== room)) {
        write(`to-${other}`, `../${other}/index.ts`, !MAY_IMPORT[room]?.includes(other))
        write(`into-${other}`, `../${other}/inner.ts`, true)
      }
      write('to-result', '../result.ts', false)
      write('around', '../../src/net/index.ts', true)
      write('to-platform', 'node:fs', room !== 'cli')
      write('to-router', 'hono', !['http', 'cli'].includes(room))
    }
    expect(refusedFiles(folder)).toEqual(expected.sort())
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function refusedFiles(folder: string): string[] {
  const biome = join(process.cwd(), 'node_modules/.bin/biome')
  const options = [
    'lint',
    '--vcs-enabled=false',
    '--only=style/noRestrictedImports',
    '--reporter=github',
    '--max-diagnostics=none',
  ]
  let output = ''
  try {
    output = execFileSync(biome, [...options, 'src'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    output = (error as { stdout: string }).stdout
  }
  const files = [...output.matchAll(/file=[^,]*(src\/[^,]+)/g)].map(([, file]) => file as string)
  return [...new Set(files)].sort()
}

test('the rooms of the rule are the rooms there are', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map((entry) => entry.name).sort()).toEqual([...rooms].sort())
})
