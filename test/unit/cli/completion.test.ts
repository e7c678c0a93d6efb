import { afterEach, describe, expect, test, vi } from 'vitest'
import { foldersFor, pathsFor, zoneNames } from '../../../src/cli/completion/values.ts'
import { createProgram } from '../../../src/cli/main.ts'
import { folderWith } from './support.ts'

afterEach(() => void vi.restoreAllMocks())

/** Returns what the command answers a shell that completes the last word of a line. */
async function completed(words: readonly string[]): Promise<string[]> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line).split('\t')[0] as string))
  const argv = vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'edge-gslb', 'complete', '--', ...words])
  await createProgram().parseAsync(['complete', '--', ...words], { from: 'user' })
  argv.mockRestore()
  // The last line tells the shell to add no file names.
  expect(lines.pop()).toBe(':4')
  return lines
}

describe('complete', () => {
  test.each([
    ['exp', 'explain export'],
    ['hi', 'history'],
    ['roll', 'rollback'],
    ['geo |', 'help put remove show'],
    ['key |', 'create help list revoke'],
    ['override add --fo', '--for --force'],
    ['override add --state |', 'down drained up weight'],
    ['publish --pr', '--prune'],
    ['publish --to https://dns.example.com --re', '--reason --remote'],
    ['init --task |', 'canary failover geo powerdns split-horizon'],
    ['plan --mark', '--markdown'],
    ['completion |', 'bash fish powershell zsh'],
    ['status --to |', 'http://127.0.0.1:8787 https://'],
    ['history |', 'example.com example.net'],
    ['history example.n', 'example.net'],
    ['history example.com --to https://dns.example.com --di', '--diff'],
    ['rollback |', 'example.com example.net'],
    ['export --to https://dns.example.com |', 'example.com example.net'],
    ['check zones/example.n', 'zones/example.net.json'],
    ['publish zo', 'zones/'],
    ['export --zones lo', 'local'],
  ])('%s → %s', async (line, expected) => {
    const words = line.split(' ').map((word) => (word === '|' ? '' : word))
    expect((await completed(words)).toSorted().join(' ')).toBe(expected)
  })
})

test('zones are those of the folder ZONES, by the names of its files', () => {
  const ZONES = folderWith({
    ...{ 'a.example.zone': '', 'a.example.test.json': '[]', 'b.example.json': '{}' },
    ...{ 'README.md': '', 'more/c.example.zone': '' },
  })
  expect(zoneNames({ ZONES })).toEqual(['a.example', 'b.example'])
  expect(zoneNames({ ZONES: `${ZONES}/none` })).toEqual([])
})

test('paths go on from what is typed; hidden files show when a dot is', () => {
  const folder = folderWith({ 'a.zone': '', 'more/b.zone': '', '.hidden/c.zone': '' })
  expect(pathsFor(`${folder}/`)).toEqual([`${folder}/a.zone`, `${folder}/more/`])
  expect(pathsFor(`${folder}/.`)).toEqual([`${folder}/.hidden/`, `${folder}/a.zone`, `${folder}/more/`])
  expect(foldersFor(`${folder}/a`)).toEqual([`${folder}/more/`])
  expect(pathsFor(`${folder}/none/x`)).toEqual([])
})
