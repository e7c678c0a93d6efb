import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Console } from '../../../src/cli/console.ts'

const folders: string[] = []

/** Removes all folders that were made. A hook of this module would run for the first file that imports it alone. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Creates a folder with files, which is removed after the last test of the file. */
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
