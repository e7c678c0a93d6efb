import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cost, type Row, ratio } from './ratio.ts'
import { bareConfig, exchange, open, ourConfig, requestFor, type Server, start } from './server.ts'

const LIMIT = 1.2
const CONNECTIONS = 4

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

/** Returns the CPU time of all threads, in nanoseconds, for requests over a few kept connections. */
function cpuOf({ child, port }: Server, name: string): Cost {
  const request = requestFor(name)
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
