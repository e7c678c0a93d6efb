import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../result.ts'
import type { KeyFile } from '../../zone-keys/index.ts'

/** A private key as a file has it, and the DNSKEY record of the file beside it, as BIND writes them. */
export type PrivateFile = { readonly text: string; readonly record?: string }

/** Reads a file with a private key. Of BIND's two files either may be named. */
export function readKeyFile(path: string): Result<PrivateFile> {
  const base = path.replace(/\.(private|key)$/, '')
  const [secret, record] = base === path ? [path, undefined] : [`${base}.private`, `${base}.key`]
  const file = existsSync(secret) ? secret : path
  try {
    const text = readFileSync(file, 'utf8')
    return ok({ text, ...(record !== undefined && existsSync(record) && { record: readFileSync(record, 'utf8') }) })
  } catch (error) {
    return err(`the key file ${file} cannot be read: ${(error as Error).message}`)
  }
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
