import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../result.ts'
import { isFree } from './dev-server.ts'
import type { KvPlace } from './kv.ts'
import { stateFolder } from './kv-local.ts'

export type Claim = { readonly release: () => void }

/**
 * One server to a local KV: each takes the zones out that its own folder does not have, so that of two each would undo
 * the other's. What a server that was killed left behind does not count.
 */
export async function claimState(place: KvPlace, port: number): Promise<Result<Claim>> {
  const file = join(stateFolder(place), 'served-by.json')
  const other = read(file)
  if (other && isRunning(other.pid) && !(await isFree(other.port)).ok) {
    const own = 'a local KV of its own: npm start -- --persist-to FOLDER'
    return err(
      `port ${other.port} (process ${other.pid}) is served from the same local KV, and its zones would go; expected it to be stopped, or ${own}`,
    )
  }
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify({ pid: process.pid, port }))
  } catch (error) {
    return err(`${file} cannot be written: ${(error as Error).message}`)
  }
  return ok({ release: () => void (read(file)?.pid === process.pid && rmSync(file, { force: true })) })
}

type Server = { readonly pid: number; readonly port: number }

function read(file: string): Server | undefined {
  try {
    const { pid, port } = JSON.parse(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && Number.isInteger(port) ? { pid, port } : undefined
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
