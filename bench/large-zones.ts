import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HEAD_KEY_PREFIX, partKey } from '../src/store/index.ts'
import { readHead } from '../src/zone/index.ts'
import type { KvValues } from './kv-server.ts'
import { runFolder } from './run-folder.ts'
import { must } from './stored.ts'

/**
 * Returns the folder that has KV's values of a large zone, each in a file named by its key. It is compiled once a run,
 * in a process of its own, whose memory goes with it.
 */
export function largeFolder(records: number, version = 1): string {
  const folder = join(runFolder(), `${records}-${version}`)
  if (mkdirSync(folder, { recursive: true }) === undefined) return folder
  const script = fileURLToPath(new URL('write-zone.ts', import.meta.url))
  execFileSync(process.execPath, ['--max-old-space-size=8192', script, `${records}`, `${version}`, folder])
  return folder
}

export const largeValues = (records: number, version = 1): Map<string, Buffer> =>
  valuesIn(largeFolder(records, version))

export function valuesIn(folder: string): Map<string, Buffer> {
  return new Map(readdirSync(folder).map((file) => [decodeURIComponent(file), readFileSync(join(folder, file))]))
}

/** Returns the head of the one zone that stands there, and its parts in order. */
export function zoneIn(values: KvValues): { readonly head: Uint8Array; readonly parts: readonly Uint8Array[] } {
  const head = values.get(headKeyIn(values)) as Uint8Array
  return { head, parts: Array.from(must(readHead(head)).parts, (hash) => values.get(partKey(hash)) as Uint8Array) }
}

/** The key of the one zone that stands there. */
export function headKeyIn(values: KvValues): string {
  const key = [...values.keys()].find((one) => one.startsWith(HEAD_KEY_PREFIX))
  if (key === undefined) throw new Error('there is no head')
  return key
}
