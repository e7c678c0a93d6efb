import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { err, ok, type Result } from '../result.ts'

/** Turns off wrangler's questions, its statistics, and network requests that local work does not need. */
export const quietWrangler = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
} as const

/**
 * Finds wrangler's folder: beside edge-gslb, as in a clone, or in the project of the current folder, as under `npx`.
 * The package does not depend on wrangler: commands that only read zones do not need its 200 MB.
 */
function findWrangler(): Result<string> {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      const manifest = createRequire(from).resolve('wrangler/package.json')
      return nodeIsNewEnough(manifest, dirname(manifest))
    } catch {
      // Not in this folder: try the next.
    }
  }
  return err('wrangler is not installed; expected it in this project: npm install --save-dev wrangler')
}

function nodeIsNewEnough(manifest: string, folder: string): Result<string> {
  const { version, engines = {} } = JSON.parse(readFileSync(manifest, 'utf8'))
  const [major = '0'] = /\d+/.exec(engines.node ?? '') ?? []
  if (Number.parseInt(process.versions.node, 10) >= Number(major)) return ok(folder)
  return err(`wrangler ${version} does not run on Node ${process.versions.node}; expected Node ${major} or later`)
}

/** Loads wrangler as a library, which takes a second: only commands that open local KV wait for it. */
export async function loadWrangler(): Promise<Result<typeof import('wrangler')>> {
  const folder = findWrangler()
  if (!folder.ok) return folder
  const entry = createRequire(join(folder.value, 'package.json')).resolve('wrangler')
  return ok(await import(pathToFileURL(entry).href))
}

/**
 * Starts the wrangler of node_modules under this process's Node, and without input, so that it cannot ask. It ends if
 * this process disappears: the hook is loaded into wrangler's launcher and into its child process. It leads a process
 * group, so that the processes that it leaves behind can be ended, too.
 */
export function startWrangler(args: readonly string[], cwd: string): Result<ChildProcess> {
  const folder = findWrangler()
  if (!folder.ok) return folder
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'ipc']
  return ok(spawnWrangler(folder.value, ['--import', END_WITH_PARENT], args, cwd, stdio, true))
}

const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  "process.on('disconnect', () => process.kill(process.pid, 'SIGTERM')); process.channel?.unref()",
)}`

/**
 * Waits until a process that leads a group has exited and its output is read. Ends the processes that it leaves behind:
 * if wrangler is stopped while it starts, its esbuild or workerd may keep the output open for ever.
 */
export async function untilGone(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  await Promise.race([closed, once(child, 'exit').then(() => sleep(LEFT_MS, undefined, { ref: false }))])
  endGroup(child)
  await closed
}

const LEFT_MS = 3000

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is empty.
  }
}

function spawnWrangler(
  folder: string,
  nodeOptions: readonly string[],
  args: readonly string[],
  cwd: string,
  stdio: StdioOptions,
  detached = false,
): ChildProcess {
  const env = { ...process.env, ...quietWrangler }
  const launcher = join(folder, 'bin/wrangler.js')
  return spawn(process.execPath, [...nodeOptions, launcher, ...args], { cwd, env, stdio, detached })
}

export type Finished = { readonly status: number; readonly stdout: string; readonly stderr: string }

/**
 * Runs a wrangler command to its end. It loads no hook and has no channel: wrangler closes the channel when it fails,
 * and its launcher would then report the signal as status 0.
 */
export function runWrangler(
  args: readonly string[],
  cwd: string,
  encoding: BufferEncoding = 'utf8',
): Promise<Finished> {
  const folder = findWrangler()
  if (!folder.ok) return Promise.resolve({ status: 1, stdout: '', stderr: folder.error })
  return new Promise((resolve) => {
    const child = spawnWrangler(folder.value, [], args, cwd, ['ignore', 'pipe', 'pipe'])
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding(encoding).on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error) => resolve({ status: 1, stdout, stderr: error.message }))
    child.on('close', (status) => resolve({ status: status ?? 1, stdout, stderr }))
  })
}

/**
 * Runs `work`, and removes the signal handlers that wrangler installs meanwhile. They would end the whole process,
 * while the command has to stop its servers in order.
 */
export async function withOwnSignals<T>(work: () => Promise<T>): Promise<T> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const before = new Map(signals.map((signal) => [signal, new Set(process.listeners(signal))]))
  const result = await work()
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.get(signal)?.has(listener)) process.off(signal, listener)
    }
  }
  return result
}
