import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { ApiClient } from '../../../src/cli/api/client.ts'
import { hashText } from '../../../src/store/index.ts'

export const KEY = 'a-key-of-the-tests'

/** A request that the server got. `reason` is X-Reason, as UTF-8. */
export type Seen = { readonly method: string; readonly path: string; readonly reason: string | undefined }

export type Answer = {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type StoredZone = { text: string; serial: number; tests?: unknown }

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/**
 * A server on a real port that keeps zones as the table of the API says, for what a Worker does only when something
 * fails. `fault` may answer in its place; 'lost' works on the request, and drops the connection in place of a reply.
 */
export class ApiServer {
  readonly zones = new Map<string, StoredZone>()
  readonly seen: Seen[] = []
  /** The waits of the client before it sent a call again. */
  readonly waits: number[] = []
  fault: (seen: Seen, body: string) => Answer | 'lost' | undefined = () => undefined
  url = ''

  static async start(): Promise<ApiServer> {
    const api = new ApiServer()
    const server = createServer((request, response) => void api.handle(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    servers.push(server)
    return api
  }

  client(key = KEY): ApiClient {
    return new ApiClient(new URL(this.url), key, { wait: async (ms) => void this.waits.push(ms) })
  }

  /** The requests that write. */
  get writes(): readonly string[] {
    const isWrite = ({ method, path }: Seen): boolean => method !== 'GET' && !/\/(check|plan)$/.test(path)
    return this.seen.filter(isWrite).map(({ method, path }) => `${method} ${path.slice('/api/v1/zones/'.length)}`)
  }

  async put(origin: string, document: { readonly soa: { readonly serial: number } }): Promise<void> {
    this.zones.set(origin, { text: JSON.stringify(document), serial: document.soa.serial })
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const octets of request.setEncoding('utf8')) body += octets
    const { method = '', url: path = '', headers } = request
    const reason = headers['x-reason'] as string | undefined
    const seen = { method, path, reason: reason && Buffer.from(reason, 'latin1').toString('utf8') }
    this.seen.push(seen)
    const fault = this.fault(seen, body)
    const answer = fault && fault !== 'lost' ? fault : await this.answer(request, path, body)
    if (fault === 'lost') return void response.destroy()
    const { status, body: reply, headers: more = {} } = answer
    response.writeHead(status, {
      'Content-Type': status < 400 ? 'application/json' : 'application/problem+json',
      ...more,
    })
    response.end(reply === undefined ? undefined : JSON.stringify(reply))
  }

  private async answer({ method, headers }: IncomingMessage, path: string, body: string): Promise<Answer> {
    if (headers['x-api-key'] !== KEY) return problem(401, 'there is no such key')
    const [, origin = '', part = ''] = /^\/api\/v1\/zones(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? []
    if (origin === '') return { status: 200, body: { zones: await this.list() } }
    const zone = this.zones.get(origin)
    if (part === 'check') return { status: 200, body: { ok: true, errors: [], warnings: [] } }
    if (part === 'expectations') return this.tests(zone, method, body)
    const etag = zone && `"${await hashText(zone.text)}"`
    if (method === 'GET') {
      return zone && etag
        ? { status: 200, body: JSON.parse(zone.text), headers: { ETag: etag } }
        : problem(404, 'no such zone')
    }
    const { 'if-match': match, 'if-none-match': none } = headers
    if ((match !== undefined && match !== etag) || (none === '*' && zone)) return problem(412, 'it is another one now')
    if (method === 'DELETE') {
      this.zones.delete(origin)
      return { status: 204 }
    }
    return this.write(origin, body)
  }

  /** As the ledger: a serial that did not grow is raised. */
  private async write(origin: string, body: string): Promise<Answer> {
    const before = this.zones.get(origin)
    const document = JSON.parse(body)
    if (before && document.soa.serial <= before.serial) document.soa.serial = before.serial + 1
    const text = JSON.stringify(document)
    const { serial } = document.soa
    this.zones.set(origin, { text, serial, tests: before?.tests })
    const reply = { origin, serial, hash: await hashText(text), published: '2026-11-30T12:00:00.000Z' }
    return { status: before ? 200 : 201, body: reply }
  }

  private tests(zone: StoredZone | undefined, method: string | undefined, body: string): Answer {
    if (!zone || (method === 'GET' && zone.tests === undefined)) return problem(404, 'there are none')
    if (method === 'GET') return { status: 200, body: zone.tests }
    if (method === 'PUT') zone.tests = JSON.parse(body)
    else delete zone.tests
    return { status: method === 'PUT' ? 200 : 204, ...(method === 'PUT' && { body: {} }) }
  }

  private list() {
    const zones = [...this.zones].map(async ([origin, { text, serial }]) => ({
      ...{ origin, serial, hash: await hashText(text), changed: '2026-11-30T12:00:00.000Z' },
      ...{ author: 'ci', published: null },
    }))
    return Promise.all(zones)
  }
}

export const problem = (status: number, detail: string, more: object = {}): Answer => ({
  status,
  body: { type: 'about:blank', title: 'Error', status, detail, ...more },
})
