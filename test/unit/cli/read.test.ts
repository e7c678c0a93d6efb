import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { includeBelow } from '../../../src/cli/zones/include.ts'
import { readText } from '../../../src/cli/zones/read-text.ts'
import { MAX_SOURCE_BYTES } from '../../../src/limits.ts'

const folder = mkdtempSync(join(tmpdir(), 'edge-gslb-read-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string | Uint8Array = ''): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const fifo = (name: string): string => {
  execFileSync('mkfifo', [join(folder, name)])
  return join(folder, name)
}
const device = (name: string): string => {
  symlinkSync('/dev/zero', join(folder, name))
  return join(folder, name)
}
const sparse = (name: string): string => {
  truncateSync(file(name), MAX_SOURCE_BYTES + 1)
  return join(folder, name)
}
const inner = (name: string): string => {
  mkdirSync(join(folder, name))
  return join(folder, name)
}

/**
 * A FIFO that nobody writes to keeps its reader for ever, and a device may never end: the test ends because neither is
 * read.
 */
describe('paths that are not readable files', () => {
  test.each<[string, () => string, string]>([
    ['a FIFO', () => fifo('fifo.zone'), 'this is not a regular file; expected one'],
    ['a device', () => device('device.zone'), 'this is not a regular file; expected one'],
    ['a folder', () => inner('folder.zone'), 'this is a folder; expected a file in it'],
    [
      'too large a file',
      () => sparse('large.zone'),
      `the file is too large; expected at most ${MAX_SOURCE_BYTES} octets`,
    ],
    [
      'UTF-16',
      () => file('utf16.zone', Uint8Array.from([0xff, 0xfe, 0x3b, 0])),
      'the file is UTF-16 text; expected UTF-8',
    ],
    [
      'UTF-16, big end first',
      () => file('utf16be.zone', Uint8Array.from([0xfe, 0xff, 0, 0x3b])),
      'the file is UTF-16 text; expected UTF-8',
    ],
    [
      'JSON that is not UTF-8',
      () => file('latin1.json', Uint8Array.from([0x22, 0xe9, 0x22])),
      'the file is not UTF-8 text: line 1 is the first that is not; expected JSON, in UTF-8',
    ],
  ])('%s', (_, make, error) => {
    expect(readText(make())).toEqual({ ok: false, error })
  })

  test('a FIFO is not included either', () => {
    fifo('included')
    expect(includeBelow(join(folder, 'example.com.zone'))('included', join(folder, 'example.com.zone'))).toEqual({
      ok: false,
      error: 'this is not a regular file; expected one',
    })
  })
})

test('a zone file may have octets that are not UTF-8', () => {
  expect(readText(file('latin1.zone', Uint8Array.from([0x3b, 0xe9, 0x0a])))).toEqual({ ok: true, value: ';\udce9\n' })
})

test('an empty file is an empty text', () => {
  expect(readText(file('empty.zone'))).toEqual({ ok: true, value: '' })
})
