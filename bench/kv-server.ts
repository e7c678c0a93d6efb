import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** The values that stand in KV; a `Map` is some. A source may make its values when they are asked for. */
export type KvValues = {
  get(key: string): Uint8Array | undefined
  keys(): Iterable<string>
}

/** One request to KV. Times are milliseconds; `to` is infinite until it is answered. */
type Operation = { readonly from: number; to: number }

export type KvCounts = {
  /** Requests: a bulk read is one, as it is one of the subrequests that an invocation has. */
  readonly requests: number
  /** Keys that were read, and lists: Cloudflare bills each key of a bulk read. */
  readonly keys: number
  /** The longest chain of requests of which each began after the one before had been answered. */
  readonly oneAfterTheOther: number
}

/**
 * Workers KV as workerd asks for it over HTTP: `GET /<key>`, `POST /bulk/get`, and `GET /` to list. It runs in the
 * process of the bench, so that KV's own CPU time does not count as that of the Worker.
 */
export class KvServer {
  readonly port: number
  private readonly server: ReturnType<typeof createServer>
  private readonly values: KvValues
  private readonly delayMs: number
  private readonly operations: Operation[] = []
  private keysRead = 0

  private constructor(server: ReturnType<typeof createServer>, values: KvValues, delayMs: number) {
    this.server = server
    this.values = values
    this.delayMs = delayMs
    this.port = (server.address() as AddressInfo).port
    server.on('request', (request, response) => {
      this.handle(request, response).catch((error) => response.destroy(error))
    })
  }

  /** @param delayMs the time that KV takes for each answer */
  static async start(values: KvValues, delayMs = 0): Promise<KvServer> {
    const server = createServer({ keepAliveTimeout: 0 }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new KvServer(server, values, delayMs)
  }

  /** A service of workerd's configuration, named `kv`. */
  get service(): string {
    return `(name = "kv", external = (address = "127.0.0.1:${this.port}", http = ()))`
  }

  get counts(): KvCounts {
    const { operations, keysRead } = this
    return { requests: operations.length, keys: keysRead, oneAfterTheOther: longestChain(operations) }
  }

  stop(): void {
    this.server.closeAllConnections()
    this.server.close()
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://kv')
    const operation: Operation = { from: performance.now(), to: Infinity }
    this.operations.push(operation)
    const asked = await textOf(request)
    if (this.delayMs > 0) await sleep(this.delayMs)
    const { status, body } = this.reply(`${request.method}`, pathname, searchParams, asked)
    operation.to = performance.now()
    response.writeHead(status, { 'Content-Length': body.length }).end(body)
  }

  private reply(method: string, path: string, search: URLSearchParams, asked: string): Reply {
    if (method === 'POST' && path === '/bulk/get') return found(Buffer.from(JSON.stringify(this.several(asked))))
    if (method !== 'GET') return { status: 405, body: NOTHING }
    if (path === '/') return found(Buffer.from(JSON.stringify(this.list(search.get('prefix') ?? ''))))
    this.keysRead++
    const value = this.values.get(decodeURIComponent(path.slice(1)))
    return value ? found(value) : { status: 404, body: NOTHING }
  }

  private several(asked: string): Record<string, unknown> {
    const { keys, withMetadata } = JSON.parse(asked) as { keys: string[]; withMetadata?: boolean }
    this.keysRead += keys.length
    const texts = keys.map((key) => {
      const value = this.values.get(key)
      const text = value ? Buffer.from(value).toString() : null
      return [key, withMetadata && text !== null ? { value: text, metadata: null } : text] as const
    })
    return Object.fromEntries(texts)
  }

  private list(prefix: string): unknown {
    this.keysRead++
    const names = [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort()
    return { keys: names.map((name) => ({ name })), list_complete: true, cacheStatus: null }
  }
}

type Reply = { readonly status: number; readonly body: Uint8Array }

const NOTHING = new Uint8Array(0)
const found = (body: Uint8Array): Reply => ({ status: 200, body })

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** The most intervals of which no two overlap: those that end first, each after the one before. */
function longestChain(operations: readonly Operation[]): number {
  let length = 0
  let end = Number.NEGATIVE_INFINITY
  for (const { from, to } of [...operations].sort((a, b) => a.to - b.to)) {
    if (from < end) continue
    length++
    end = to
  }
  return length
}
