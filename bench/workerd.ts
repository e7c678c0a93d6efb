import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashText } from '../src/store/index.ts'
import { queryMessage, SOA } from './messages.ts'
import { type Cost, type Row, ratio } from './ratio.ts'

const LIMIT = 1.2
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMPATIBILITY_DATE = '2026-10-20'
const CONNECTIONS = 4

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

/** Compares workerd's CPU time of a DoH GET of our Worker and of a Hono Worker that returns a constant. */
export async function workerdRows(): Promise<Row[]> {
  if (!existsSync('/proc/self/task')) {
    console.log('skip  DoH GET on workerd: CPU time is read from /proc, which this system does not have')
    return []
  }
  const folder = mkdtempSync(join(tmpdir(), 'edge-gslb-bench-'))
  const servers: Server[] = []
  try {
    const ours = await start(folder, 'ours', await ourConfig(folder))
    servers.push(ours)
    const bare = await start(folder, 'bare', bareConfig(folder))
    servers.push(bare)
    const rows: Row[] = []
    for (const [what, name] of [
      ['a static A record', 'ns.example.com'],
      ['a view by the connecting address', 'src.example.com'],
    ] as const) {
      const row = `DoH GET on workerd, CPU / bare Hono Worker: ${what}`
      rows.push(
        await ratio(row, LIMIT, cpuOf(ours, name), cpuOf(bare, name), { times: 800, rounds: 75, warmUp: 20_000 }),
      )
    }
    return rows
  } finally {
    for (const { child } of servers) child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Server = { readonly child: ChildProcess; readonly port: number }

// --- servers --------------------------------------------------------------------------------------------------------

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

async function ourConfig(folder: string): Promise<string> {
  const text = JSON.stringify(ZONE)
  const catalog = JSON.stringify({ zones: { 'example.com': { serial: 1, hash: await hashText(text) } } })
  writeFileSync(join(folder, 'values.json'), JSON.stringify({ catalog, 'zone:example.com': text }))
  const kv = `(name = "kv", worker = (${bundle('bench/workers/kv.ts', folder, 'kv')}, bindings = [(name = "VALUES", json = embed "values.json")]))`
  const bindings = 'bindings = [(name = "GSLB", kvNamespace = "kv"), (name = "REFRESH_SECONDS", text = "30")]'
  return `(name = "main", worker = (${bundle('', folder, 'ours')}, ${bindings})), ${kv}`
}

const bareConfig = (folder: string): string =>
  `(name = "main", worker = (${bundle('bench/workers/bare.ts', folder, 'bare')}))`

async function start(folder: string, name: string, services: string): Promise<Server> {
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
  for (let tries = 0; tries < 100; tries++) {
    const up = await open(port).then(
      (socket) => socket.destroy(),
      () => undefined,
    )
    if (up) return { child, port }
    await new Promise((resolve) => setTimeout(resolve, 100))
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

// --- costs ----------------------------------------------------------------------------------------------------------

/** Returns the CPU time of all threads, in nanoseconds, for requests over a few kept connections. */
function cpuOf({ child, port }: Server, name: string): Cost {
  const dns = queryMessage(name).toString('base64url')
  const headers = 'Host: localhost\r\nAccept: application/dns-message\r\nCF-Connecting-IP: 192.168.4.5\r\n'
  const request = `GET /dns-query?dns=${dns} HTTP/1.1\r\n${headers}\r\n`
  return async (times) => {
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)))
    const before = cpuTime(child.pid as number)
    let left = times
    await Promise.all(
      sockets.map(async (socket) => {
        while (left-- > 0) await exchange(socket, request)
      }),
    )
    const spent = cpuTime(child.pid as number) - before
    for (const socket of sockets) socket.destroy()
    return spent
  }
}

function cpuTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
    return sum + Number(stat.split(' ')[0])
  }, 0)
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}

/** Sends a request and waits for its reply, which is small enough to arrive in one piece. */
function exchange(socket: Socket, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('data', (reply) => {
      if (reply.subarray(0, 12).toString() === 'HTTP/1.1 200') resolve()
      else reject(new Error(reply.toString()))
    })
    socket.write(request)
  })
}
