import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EMPTY_CATALOG, planPublish } from '../src/store/index.ts'
import { queryMessage, SOA } from './messages.ts'
import { publicationOf } from './publication.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const COMPATIBILITY_DATE = '2026-10-20'

const ZONE = {
  origin: 'example.com',
  ttl: 300,
  soa: SOA,
  records: {
    ns: { A: '192.0.2.1' },
    src: {
      A: { kind: 'view', rules: [{ networks: ['192.168.0.0/16'], answer: '192.168.1.54' }], otherwise: '192.0.2.1' },
    },
  },
}

export type Server = { readonly child: ChildProcess; readonly port: number }

export function bundle(source: string, folder: string, name: string): string {
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

export async function ourConfig(folder: string): Promise<string> {
  const plan = await planPublish([publicationOf(ZONE)], EMPTY_CATALOG)
  if (!plan.ok) throw new Error(plan.error)
  const values = plan.value.puts.map(({ key, value }) => [key, Buffer.from(value).toString('base64')])
  writeFileSync(join(folder, 'values.json'), JSON.stringify(Object.fromEntries(values)))
  const kv = `(name = "kv", worker = (${bundle('bench/workers/kv.ts', folder, 'kv')}, bindings = [(name = "VALUES", json = embed "values.json")]))`
  const bindings = 'bindings = [(name = "GSLB", kvNamespace = "kv"), (name = "REFRESH_SECONDS", text = "30")]'
  return `(name = "main", worker = (${bundle('', folder, 'ours')}, ${bindings})), ${kv}`
}

/** @param name `bare`, the Worker with Hono, or `fetch`, the one without */
export const bareConfig = (folder: string, name: 'bare' | 'fetch' = 'bare'): string =>
  `(name = "main", worker = (${bundle(`bench/workers/${name}.ts`, folder, name)}))`

export async function start(folder: string, name: string, services: string, pollMs = 100): Promise<Server> {
  const port = await freePort()
  const config = join(folder, `${name}.capnp`)
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`,
  )
  const child = spawn(join(ROOT, 'node_modules/workerd/bin/workerd'), ['serve', config], { stdio: 'ignore' })
  for (let tries = 0; tries < 10_000 / pollMs; tries++) {
    const up = await open(port).then(
      (socket) => socket.destroy(),
      () => undefined,
    )
    if (up) return { child, port }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  child.kill()
  throw new Error(`workerd does not listen: ${name}`)
}

function freePort(): Promise<number> {
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
