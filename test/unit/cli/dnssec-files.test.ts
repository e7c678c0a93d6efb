import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readKeyFile } from '../../../src/cli/dnssec/key-files.ts'
import { MAX_KEY_FILE_CHARS } from '../../../src/limits.ts'

const folder = mkdtempSync(join(tmpdir(), 'keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a file that is no key is refused before it is read whole, and a device is not read at all', () => {
  const large = join(folder, 'large')
  writeFileSync(large, 'x'.repeat(MAX_KEY_FILE_CHARS + 1))
  expect(readKeyFile(large)).toEqual({
    ok: false,
    error: `the key file ${large} has ${MAX_KEY_FILE_CHARS + 1} octets; expected at most ${MAX_KEY_FILE_CHARS}`,
  })
  for (const [file, why] of [
    ['/dev/zero', 'not a regular file'],
    [folder, 'this is a folder'],
    [
      join(folder, 'missing.private'),
      'there is no such file; expected a private key, like Kexample.com.+013+12345.private',
    ],
  ]) {
    expect(readKeyFile(file as string)).toMatchObject({ ok: false, error: expect.stringContaining(why as string) })
  }
})

test("of BIND's two files either may be named, and the record beside is bounded, too", () => {
  const base = join(folder, 'Kexample.com.+013+00001')
  writeFileSync(`${base}.private`, 'the private key')
  writeFileSync(`${base}.key`, 'the record')
  for (const file of [`${base}.private`, `${base}.key`]) {
    expect(readKeyFile(file)).toEqual({ ok: true, value: { text: 'the private key', record: 'the record' } })
  }
  writeFileSync(`${base}.key`, 'x'.repeat(MAX_KEY_FILE_CHARS + 1))
  expect(readKeyFile(`${base}.private`)).toMatchObject({ ok: false, error: expect.stringContaining('.key has') })
})
