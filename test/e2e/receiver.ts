import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { until } from './processes.ts'

/** A request that a receiver got. */
export type Received = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a body is compared, not used
  readonly body: any
  /** Milliseconds, by the clock of `performance`. */
  readonly at: number
}

/** An HTTP server that keeps what it gets. */
export class Receiver {
  readonly all: Received[] = []
  /** The status of the next replies, by path; 204 for all others. */
  readonly status = new Map<string, number[]>()
  private readonly server: Server

  constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const text = Buffer.concat(parts).toString()
        const path = request.url ?? ''
        this.all.push({ path, headers: request.headers, text, body: JSON.parse(text), at: performance.now() })
        const status = this.status.get(path)?.shift() ?? 204
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
      })
    })
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => resolve((this.server.address() as { port: number }).port))
    })
  }

  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }

  at(path: string): Received[] {
    return this.all.filter((one) => one.path === path)
  }

  /** Waits for a request of a path that is as wanted. */
  async got(path: string, isWanted: (body: Received['body']) => boolean): Promise<Received> {
    const found = (): Received | undefined => this.at(path).findLast(({ body }) => isWanted(body))
    await until(
      `${path} gets what is expected; it has ${JSON.stringify(this.at(path).map(({ body }) => body)).slice(-2000)}`,
      async () => found() !== undefined,
    )
    return found() as Received
  }
}
