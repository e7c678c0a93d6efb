import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cost, type Row, ratio } from './ratio.ts'
import { bareConfig, exchange, open, ourConfig, requestFor, type Server, start } from './server.ts'

const CONNECTIONS = 4

const STATIC = { name: 'ns.example.com', what: 'a static A record' } as const
const STEERED = { name: 'src.example.com', what: 'a view by the connecting address' } as const

/** The limits of our CPU time, as a ratio to that of a bare Worker with Hono, and of one that is a `fetch` handler alone. */
const ROWS = [
  { method: 'GET', ...STATIC, hono: 1, fetch: 1.15 },
  { method: 'GET', ...STEERED, hono: 1, fetch: 1.15 },
  { method: 'POST', ...STEERED, hono: 1.1, fetch: 1.25 },
] as const

const EFFORT = { times: 800, rounds: 75, warmUp: 20_000 }

/** Compares workerd's CPU time of a DoH request of our Worker and of two Workers that return a constant. */
export async function workerdRows(): Promise<Row[]> {
  if (!existsSync('/proc/self/task')) {
    console.log('skip  DoH on workerd: CPU time is read from /proc, which this system does not have')
    return []
  }
  const folder = mkdtempSync(join(tmpdir(), 'edge-gslb-bench-'))
  const servers: Server[] = []
  const begin = async (name: string, services: string): Promise<Server> => {
    const server = await start(folder, name, services)
    servers.push(server)
    return server
  }
  try {
    const ours = await begin('ours', await ourConfig(folder))
    const hono = await begin('bare', bareConfig(folder))
    const fetch = await begin('fetch', bareConfig(folder, 'fetch'))
    const rows: Row[] = []
    for (const { method, name, what, ...limits } of ROWS) {
      const request = requestFor(name, method)
      const of = (bare: string) => `DoH ${method} on workerd, CPU / ${bare}: ${what}`
      const cost = cpuOf(ours, request)
      rows.push(await ratio(of('bare Hono Worker'), limits.hono, cost, cpuOf(hono, request), EFFORT))
      rows.push(await ratio(of('bare fetch handler'), limits.fetch, cost, cpuOf(fetch, request), EFFORT))
    }
    return rows
  } finally {
    for (const { child } of servers) child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Returns the CPU time of all threads, in nanoseconds, for requests over a few kept connections. */
function cpuOf({ child, port }: Server, request: Buffer): Cost {
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
