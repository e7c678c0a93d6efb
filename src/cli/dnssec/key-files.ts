import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_KEY_FILE_CHARS } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import type { KeyFile } from '../../zone-keys/index.ts'
import { readText } from '../zones/read-text.ts'

/** A private key as a file has it, and the DNSKEY record of the file beside it, as BIND writes them. */
type PrivateFile = { readonly text: string; readonly record?: string }

/** Reads a file with a private key. Of BIND's two files either may be named. */
export function readKeyFile(path: string): Result<PrivateFile> {
  const base = path.replace(/\.(private|key)$/, '')
  const [secret, record] = base === path ? [path, undefined] : [`${base}.private`, `${base}.key`]
  const text = read(existsSync(secret) ? secret : path)
  if (!text.ok) return text
  if (record === undefined || !existsSync(record)) return ok({ text: text.value })
  const beside = read(record)
  return beside.ok ? ok({ text: text.value, record: beside.value }) : beside
}

function read(file: string): Result<string> {
  const text = readText(file)
  if (!text.ok) return err(`the key file ${file} cannot be read: ${text.error}`)
  if (text.value.length <= MAX_KEY_FILE_CHARS) return text
  return err(`the key file ${file} has ${text.value.length} octets; expected at most ${MAX_KEY_FILE_CHARS}`)
}

/** Writes the files. Private keys are for the user alone; a file that is there is not replaced. */
export function writeKeyFiles(folder: string, files: readonly KeyFile[]): Result<readonly string[]> {
  try {
    mkdirSync(folder, { recursive: true })
    const paths: string[] = []
    for (const { name, text, isSecret } of files) {
      const path = join(folder, name.replaceAll('/', '_'))
      writeFileSync(path, text, { mode: isSecret ? 0o600 : 0o644, flag: 'wx' })
      paths.push(path)
    }
    return ok(paths)
  } catch (error) {
    return err(`the keys cannot be written: ${(error as Error).message}`)
  }
}
