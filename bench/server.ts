import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { KvServer } from './kv-server.ts'
import { queryMessage } from './messages.ts'
import { cpuTime } from './processes.ts'
import type { Cost } from './ratio.ts'
import { ROOT } from './root.ts'
import { runFolder } from './run-folder.ts'

export const COMPATIBILITY_DATE = '2026-10-20'
const CONNECTIONS = 4

/** Processes, one of which listens. */
export type Listening = { readonly children: readonly ChildProcess[]; readonly port: number }

export type Server = Listening & { readonly child: ChildProcess }

/** Ends a server, and waits until it has gone. */
export async function end({ child }: Server): Promise<void> {
  const gone = once(child, 'exit')
  if (child.kill()) await gone
}

function bundle(source: string, folder: string, name: string): string {
  const options = ['--dry-run', '--minify', '--outdir', join(folder, name)]
  // The other Workers have no bindings, so they need another configuration.
  const plain = join(folder, 'plain.toml')
  writeFileSync(plain, `name = "bench"\ncompatibility_date = "${COMPATIBILITY_DATE}"\n`)
  const named = source === '' ? [] : [join(ROOT, source), '--config', plain]
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' }
  execFileSync(process.execPath, [wrangler, 'deploy', ...named, ...options], { cwd: ROOT, env, stdio: 'pipe' })
  const built = source === '' ? 'worker.js' : `${source.split('/').at(-1)?.replace('.ts', '.js')}`
  copyFileSync(join(folder, name, built), join(folder, `${name}.js`))
  return `modules = [(name = "worker", esModule = embed "${name}.js")], compatibilityDate = "${COMPATIBILITY_DATE}"`
}

const bundled = new Map<string, string>()

/** Bundles a Worker once a run, in the folder of the run. */
function bundleOnce(source: string, name: string): string {
  const known = bundled.get(name) ?? bundle(source, runFolder(), name)
  bundled.set(name, known)
  return known
}

/** Our Worker, with a KV that another process has. @param settings further variables */
export function ourConfig(kv: KvServer, settings: Readonly<Record<string, string>> = {}): string {
  const variables = Object.entries({ REFRESH_SECONDS: '30', ...settings })
  const texts = variables.map(([name, text]) => `(name = "${name}", text = "${text}")`)
  const bindings = `bindings = [${['(name = "GSLB", kvNamespace = "kv")', ...texts].join(', ')}]`
  return `(name = "main", worker = (${bundleOnce('', 'ours')}, ${bindings})), ${kv.service}`
}

/** @param name `bare`, the Worker with Hono, or `fetch`, the one without */
export const bareConfig = (name: 'bare' | 'fetch' = 'bare'): string =>
  `(name = "main", worker = (${bundleOnce(`bench/workers/${name}.ts`, name)}))`

export async function start(name: string, services: string, pollMs = 100): Promise<Server> {
  const port = await freePort()
  const config = join(runFolder(), `${name}.capnp`)
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`,
  )
  const child = spawn(join(ROOT, 'node_modules/workerd/bin/workerd'), ['serve', config], {
    stdio: 'ignore',
  })
  for (let tries = 0; tries < 10_000 / pollMs; tries++) {
    const up = await open(port).then(
      (socket) => socket.destroy(),
      () => undefined,
    )
    if (up) return { child, children: [child], port }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  child.kill()
  throw new Error(`workerd does not listen: ${name}`)
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** A DoH request over HTTP/1.1. */
export function requestFor(name: string, method: 'GET' | 'POST' = 'GET'): Buffer {
  const message = queryMessage(name)
  const headers = 'Host: localhost\r\nAccept: application/dns-message\r\nCF-Connecting-IP: 192.168.4.5\r\n'
  if (method === 'GET') {
    return Buffer.from(`GET /dns-query?dns=${message.toString('base64url')} HTTP/1.1\r\n${headers}\r\n`)
  }
  const body = `Content-Type: application/dns-message\r\nContent-Length: ${message.length}\r\n`
  return Buffer.concat([Buffer.from(`POST /dns-query HTTP/1.1\r\n${headers}${body}\r\n`), message])
}

export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}

/** Sends a request and waits for its reply, which is small enough to arrive in one piece. */
export function exchange(socket: Socket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('data', (reply) => {
      if (reply.subarray(0, 12).toString() === 'HTTP/1.1 200') resolve()
      else reject(new Error(reply.toString()))
    })
    socket.write(request)
  })
}

/** Returns the CPU time of all processes, in nanoseconds, for requests over a few kept connections. */
export function cpuOf({ children, port }: Listening, request: Buffer): Cost {
  return async (times) => {
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)))
    const before = spentBy(children)
    let left = times
    await Promise.all(
      sockets.map(async (socket) => {
        while (left-- > 0) await exchange(socket, request)
      }),
    )
    const spent = spentBy(children) - before
    for (const socket of sockets) socket.destroy()
    return spent
  }
}

const spentBy = (children: readonly ChildProcess[]): number =>
  children.reduce((sum, { pid }) => sum + cpuTime(pid as number), 0)
