import { KvServer } from './kv-server.ts'
import { hasCpuTimes } from './processes.ts'
import { type Row, ratio } from './ratio.ts'
import { bareConfig, cpuOf, end, ourConfig, requestFor, type Server, start } from './server.ts'
import { SMALL, valuesOf } from './zones.ts'

const STATIC = { name: 'ns1.example.com', what: 'a static A record' } as const
const STEERED = { name: 'src.example.com', what: 'a view by the connecting address' } as const

/**
 * The limits of our CPU time, as a ratio to that of a bare Worker with Hono, and of one that is a `fetch` handler
 * alone.
 */
const ROWS = [
  { method: 'GET', ...STATIC, hono: 1, fetch: 1.15 },
  { method: 'GET', ...STEERED, hono: 1, fetch: 1.15 },
  { method: 'POST', ...STEERED, hono: 1.1, fetch: 1.25 },
] as const

const EFFORT = { times: 800, rounds: 75, warmUp: 20_000 }

/** Compares workerd's CPU time of a DoH request of our Worker and of two Workers that return a constant. */
export async function workerdRows(): Promise<Row[]> {
  if (!hasCpuTimes('DoH on workerd')) return []
  const kv = await KvServer.start(await valuesOf(SMALL))
  const servers: Server[] = []
  const begin = async (name: string, services: string): Promise<Server> => {
    const server = await start(name, services)
    servers.push(server)
    return server
  }
  try {
    const ours = await begin('ours', ourConfig(kv))
    const hono = await begin('bare', bareConfig())
    const fetch = await begin('fetch', bareConfig('fetch'))
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
    await Promise.all(servers.map(end))
    kv.stop()
  }
}
