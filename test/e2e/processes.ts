import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Running = {
  readonly pid: number
  readonly output: () => string
  readonly running: () => boolean
  readonly stop: () => Promise<void>
}

/** The environment without proxies, which must not affect loopback. */
const environment = { ...process.env, NO_PROXY: '*', no_proxy: '*' }

/** The running process groups that this file has started. */
const groups = new Set<number>()
const endAll = (): void => {
  for (const group of groups) signalGroup(group, 'SIGTERM')
}
process.on('exit', endAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

type StartOptions = { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }

/** Starts a server in a separate process group, which `stop` ends: with SIGTERM, then with SIGKILL. */
export function start(command: string, args: readonly string[], { cwd, env }: StartOptions = {}): Running {
  const child = spawn(command, args, {
    ...(cwd && { cwd }),
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const output = collect(child)
  const group = child.pid
  if (group !== undefined) groups.add(group)
  let running = group !== undefined
  const gone = once(child, 'close')
    .catch(() => {})
    .then(() => {
      running = false
    })
  const stop = async (): Promise<void> => {
    if (group === undefined) return
    if (running) child.kill('SIGTERM')
    await Promise.race([gone, sleep(STOP_MS, undefined, { ref: false })])
    signalGroup(group, 'SIGKILL')
    groups.delete(group)
    await gone
  }
  return { pid: group ?? 0, output: () => output.text, running: () => running, stop }
}

const STOP_MS = 8000
const HANGS_MS = 900_000

function collect(child: ChildProcess): { text: string } {
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output.text += text
    })
  }
  return output
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // The group has no processes left.
  }
}

export type Finished = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a command to its end, with a limit that only a hanging command reaches. `bytes` is its raw standard output. */
export async function run(
  command: string,
  args: readonly string[],
  input: string | Buffer = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Finished & { readonly bytes: Buffer }> {
  const child = spawn(command, args, { env: { ...environment, ...env }, timeout: HANGS_MS, killSignal: 'SIGKILL' })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => {}).end(input)
  const [status] = (await once(child, 'close')) as [number | null]
  const bytes = Buffer.concat(out)
  return { status, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() }
}

/** Returns an unused port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Waits until `check` returns true; an exception counts as false. A slow machine does not fail it. */
export async function until(what: string, check: () => boolean | Promise<boolean>, looks = LOOKS): Promise<void> {
  for (let look = 0; look < looks; look++) {
    if (await Promise.resolve(check()).catch(() => false)) return
    await sleep(50)
  }
  throw new Error(`waited in vain: ${what}`)
}

/** The number of attempts, for at least a quarter of an hour. */
const LOOKS = 18_000

/** Waits until a started server answers. A failure prints its output. */
export async function ready(name: string, server: Running, check: () => Promise<boolean>): Promise<void> {
  try {
    await until(`${name} answers`, async () => !server.running() || (await check()))
    if (!server.running()) throw new Error(`${name} ended by itself`)
  } catch (error) {
    await server.stop()
    throw new Error(`${error instanceof Error ? error.message : error}\n${server.output()}`)
  }
}

export type Folder = { readonly path: string; readonly remove: () => void }

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'edge-gslb-e2e-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Maps items in order, with limited concurrency. */
export async function pooled<T, R>(items: readonly T[], work: (item: T) => Promise<R>, width = 16): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

export const times = <R>(count: number, work: (index: number) => Promise<R>): Promise<R[]> =>
  pooled(
    Array.from({ length: count }, (_, index) => index),
    work,
  )
