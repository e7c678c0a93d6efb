import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'
import type { Console } from '../../../src/cli/console.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Creates a folder with files, which is removed after the test. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-gslb-test-'))
  folders.push(folder)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

export type Recorded = Console & { readonly stdout: string[]; readonly stderr: string[] }

/** Records the output of a command. */
export function recorder(): Recorded {
  const stdout: string[] = []
  const stderr: string[] = []
  return { stdout, stderr, out: (line) => stdout.push(line), err: (line) => stderr.push(line), rewrite: undefined }
}

export const zoneFile = (serial: number, more = ''): string =>
  ['$TTL 300', `@ IN SOA ns root ${serial} 3600 900 604800 60`, '@ IN NS ns', 'ns IN A 192.0.2.53', more, ''].join('\n')
