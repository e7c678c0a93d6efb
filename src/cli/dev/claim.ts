import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../../result.ts'
import type { KvTarget } from '../kv/kv.ts'
import { stateFolder } from '../kv/local.ts'
import { HOST, isFree } from './server.ts'

type Claim = { readonly release: () => void }

/**
 * Claims a local KV for one server. A server removes the zones that are not in its folder, so two servers would remove
 * each other's. The process holds the claim by listening on a port, which closes when the process ends: a claim that a
 * killed server left behind does not count.
 */
export async function claimState(kvTarget: KvTarget, port: number): Promise<Result<Claim>> {
  const file = join(stateFolder(kvTarget), 'served-by.json')
  const guard = createServer((socket) => socket.destroy()).unref()
  guard.listen(0, HOST)
  await once(guard, 'listening')
  const server = { pid: process.pid, port, guard: (guard.address() as AddressInfo).port }
  const claimed = await write(file, server)
  if (!claimed.ok) {
    guard.close()
    return claimed
  }
  const release = (): void => {
    guard.close()
    if (read(file)?.guard === server.guard) rmSync(file, { force: true })
  }
  return ok({ release })
}

type Server = { readonly pid: number; readonly port: number; readonly guard: number }

/** Writes the file unless another server has a claim. If two start at once, only one can create the file. */
async function write(file: string, server: Server): Promise<Result<true>> {
  try {
    mkdirSync(dirname(file), { recursive: true })
    const other = read(file)
    if (other && (await isHeld(other))) return err(taken(other))
    if (read(file)?.guard === other?.guard) rmSync(file, { force: true })
    writeFileSync(file, JSON.stringify(server), { flag: 'wx' })
    return ok(true)
  } catch (error) {
    const other = read(file)
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && other) return err(taken(other))
    return err(`${file} cannot be written: ${(error as Error).message}`)
  }
}

const isHeld = async ({ pid, guard }: Server): Promise<boolean> => isRunning(pid) && !(await isFree(guard)).ok

const taken = ({ port, pid }: Server): string =>
  `port ${port} (process ${pid}) is served from the same local KV, and would lose its zones; stop that server, or use another local KV: npm start -- --persist-to FOLDER`

function read(file: string): Server | undefined {
  try {
    const { pid, port, guard } = JSON.parse(readFileSync(file, 'utf8'))
    return [pid, port, guard].every(Number.isInteger) ? { pid, port, guard } : undefined
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
