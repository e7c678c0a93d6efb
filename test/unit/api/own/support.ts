import { Hono } from 'hono'
import type { Access, ApiEnv } from '../../../../src/api/index.ts'
import { serve } from '../../../../src/api/openapi/serve.ts'
import { ownOperations } from '../../../../src/api/own/operations.ts'
import { publish } from '../../../../src/cli/publish/publish-plan.ts'
import { askWhole } from '../../../../src/store/index.ts'
import { Bench } from '../../ledger/support.ts'
import { MemoryKv, publicationOf, TestIsolate } from '../../store/kv-memory.ts'
import { must } from '../../support.ts'

type Document = Parameters<typeof publicationOf>[0]

export type Asked = { readonly status: number; readonly body: never; readonly text: string; readonly headers: Headers }

/** Our own routes, on ledgers and an isolate over one KV in memory. */
export class Served {
  readonly kv = new MemoryKv()
  readonly isolate = new TestIsolate(this.kv)
  readonly benches = new Map<string, Bench>()
  /** Returns why the key may not; undefined: it may. */
  refusal: Access['refusal'] = () => undefined
  /** Called for the list of zones. */
  list: ApiEnv['Bindings']['ledgers']['list'] = async () =>
    [...this.benches.values()].flatMap(({ catalog }) => [...catalog.listed.values()].filter((zone) => zone !== null))
  private readonly app = new Hono<ApiEnv>()

  /** Publishes zones as the command does: the ledgers adopt them. */
  static async with(...documents: Document[]): Promise<Served> {
    const served = new Served()
    const zones = documents.map((document) => publicationOf(document))
    must(await publish(zones, served.kv.commands, { prune: false, now: 1 }))
    return served
  }

  constructor() {
    this.app.use(async (c, next) => {
      const key = { id: 'k', name: 'me', scopes: [], created: 0 }
      c.set('access', { key, refusal: (operation) => this.refusal(operation) })
      await next()
    })
    this.app.route('/', serve(ownOperations))
    this.app.onError(() => new Response(null, { status: 503 }))
  }

  /** The published zones, as the isolate answers from them. */
  calls(): ApiEnv['Bindings']['served'] {
    const { snapshot, timer } = this.isolate
    const asking = { snapshot, waitUntil: () => {}, timer }
    const published = () =>
      Array.from(snapshot.published, ([origin, { serial, hash, since }]) => ({ origin, serial, hash, since }))
    return {
      ask: (ask, needs) => askWhole(asking, ask, 0, needs),
      agents: [],
      asksUpstreams: false,
      clientSubnet: 'on',
      published: () => askWhole(asking, published, 0),
      keySets: async () => [],
      tell: () => {},
    }
  }

  /** Sends a request. A body that is JSON is read. */
  async ask(path: string, init?: RequestInit): Promise<Asked> {
    const bindings: Pick<ApiEnv['Bindings'], 'served' | 'ledgers'> = {
      served: this.calls(),
      ledgers: {
        zone: (origin) => this.bench(origin).ledger,
        keys: (origin) => this.bench(origin).keys,
        list: () => this.list(),
      },
    }
    const response = await this.app.fetch(new Request(`https://gslb.test${path}`, init), bindings as never)
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const body = (isJson && text !== '' ? JSON.parse(text) : undefined) as never
    return { status: response.status, body, text, headers: response.headers }
  }

  /** Sends a body. @param text JSON if it is not a text */
  send(
    method: string,
    path: string,
    content: unknown,
    type = 'application/json',
    headers: Record<string, string> = {},
  ) {
    const body = typeof content === 'string' ? content : JSON.stringify(content)
    return this.ask(path, { method, body, headers: { 'content-type': type, ...headers } })
  }

  post(path: string, content: unknown, type?: string) {
    return this.send('POST', path, content, type)
  }

  bench(origin: string): Bench {
    const known = this.benches.get(origin)
    if (known) return known
    const bench = new Bench(origin, this.kv)
    this.benches.set(origin, bench)
    return bench
  }
}
