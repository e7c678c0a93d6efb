import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import packet from 'dns-packet'
import { childOf } from './child.ts'
import { KvServer } from './kv-server.ts'
import { hasCpuTimes } from './processes.ts'
import { type Row, ratio } from './ratio.ts'
import { cpuOf, end, exchange, open, ourConfig, requestFor, start } from './server.ts'
import { SMALL, valuesOf } from './zones.ts'

const EFFORT = { times: 800, rounds: 41, warmUp: 20_000 }
const CLIENTS = 1000
/** An upstream is slower than all clients together. */
const SLOW_MS = 1500
const NAMES = 1_000_000
/** The bound of the cache (`MAX_FORWARD_CACHE_BYTES`), and what V8 adds. */
const LIMIT_MB = 24

/** Measures a forwarded name that is kept, clients that wait for the same name, and the memory of a million names. */
export async function forwardRows(): Promise<Row[]> {
  const memory = Number(childOf('forward-names.ts')(NAMES))
  const row = `memory that ${NAMES.toLocaleString('en-US')} forwarded names add to an isolate, MB`
  const rows: Row[] = [{ row, value: memory, limit: LIMIT_MB, spread: 0 }]
  if (!hasCpuTimes('forwarding on workerd')) return rows
  const upstream = await Upstream.start()
  const kv = await KvServer.start(await valuesOf(SMALL))
  const server = await start('forward', `${ourConfig(kv, { UPSTREAMS: upstream.url })}, ${INTERNET}`)
  try {
    const hit = cpuOf(server, requestFor('www.example.net'))
    const local = cpuOf(server, requestFor('ns1.example.com'))
    const what = 'DoH GET on workerd, CPU: a forwarded name that is kept / a static A record of ours'
    rows.push(await ratio(what, 1.3, hit, local, EFFORT))
    const before = upstream.count
    const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(server.port)))
    const request = requestFor('slow.example.net')
    await Promise.all(sockets.map((socket) => exchange(socket, request)))
    for (const socket of sockets) socket.destroy()
    const queries = upstream.count - before
    rows.push({ row: 'upstream queries for 1,000 clients of a cold name', value: queries, limit: 1, spread: 0 })
    return rows
  } finally {
    await end(server)
    kv.stop()
    upstream.stop()
  }
}

/** workerd connects to public addresses alone, unless it is told otherwise. */
const INTERNET = '(name = "internet", network = (allow = ["public", "private"]))'

/** A DoH server that knows an address of each name, and is slow with some. */
class Upstream {
  count = 0
  readonly url: string
  private readonly server: HttpServer

  private constructor(server: HttpServer) {
    this.server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`
    server.on('request', (request, response) => {
      this.count++
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        const { questions = [] } = packet.decode(Buffer.concat(chunks))
        const name = questions[0]?.name ?? ''
        const answers = [{ type: 'A' as const, name, ttl: 86_400, data: '192.0.2.1' }]
        const flags = packet.RECURSION_AVAILABLE | packet.RECURSION_DESIRED
        response.setHeader('Content-Type', 'application/dns-message')
        const reply = packet.encode({ type: 'response', id: 0, flags, questions, answers })
        setTimeout(() => response.end(reply), name.startsWith('slow.') ? SLOW_MS : 0)
      })
    })
  }

  static start(): Promise<Upstream> {
    return new Promise((resolve) => {
      const server = createServer()
      server.listen(0, '127.0.0.1', () => resolve(new Upstream(server)))
    })
  }

  stop(): void {
    this.server.closeAllConnections()
    this.server.close()
  }
}
