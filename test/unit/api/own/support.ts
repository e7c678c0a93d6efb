import { Hono } from 'hono'
import type { Access, ApiEnv } from '../../../../src/api/index.ts'
import { ownRoutes } from '../../../../src/api/own/index.ts'
import { publish } from '../../../../src/cli/publish/publish-plan.ts'
import type { LedgerCalls, Reading } from '../../../../src/ledger/index.ts'
import { askWhole, hashText } from '../../../../src/store/index.ts'
import { MemoryKv, publicationOf, TestIsolate } from '../../store/kv-memory.ts'
import { must } from '../../support.ts'

type Document = Parameters<typeof publicationOf>[0]

/** Zones that are served from KV, and that the ledgers of their zones have as they are. */
export class Served {
  readonly kv = new MemoryKv()
  readonly isolate = new TestIsolate(this.kv)
  readonly readings = new Map<string, Reading>()
  /** Returns why the key may not; undefined: it may. */
  refusal: Access['refusal'] = () => undefined
  private readonly app = new Hono<ApiEnv>()

  static async with(...documents: Document[]): Promise<Served> {
    const served = new Served()
    const zones = documents.map((document) => publicationOf(document))
    must(await publish(zones, served.kv.commands, { prune: false, now: 1 }))
    for (const { origin, serial, text } of zones) {
      const version = { id: 1, origin: `${origin}.`, serial, hash: await hashText(text), time: 0, author: 'test' }
      served.readings.set(`${origin}.`, { version, text })
    }
    return served
  }

  constructor() {
    this.app.use(async (c, next) => {
      const key = { id: 'k', name: 'k', scopes: [], created: 0 }
      c.set('access', { key, refusal: (operation) => this.refusal(operation) })
      await next()
    })
    this.app.route('/', ownRoutes())
  }

  /** Sends a request, and reads its JSON. */
  async ask(path: string, init?: RequestInit): Promise<{ status: number; body: never; headers: Headers }> {
    const { snapshot, timer } = this.isolate
    const bindings = {
      served: {
        ask: (ask, needs) => askWhole({ snapshot, waitUntil: () => {}, timer }, ask, 0, needs),
        agents: [],
      },
      ledgers: { zone: (origin) => this.ledger(origin), list: async () => [] },
    } as Partial<ApiEnv['Bindings']>
    const response = await this.app.fetch(new Request(`https://gslb.test${path}`, init), bindings as never)
    const text = await response.text()
    return { status: response.status, body: JSON.parse(text) as never, headers: response.headers }
  }

  post(path: string, body: unknown, type = 'application/json') {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return this.ask(path, { method: 'POST', body: text, headers: { 'content-type': type } })
  }

  private ledger(origin: string): LedgerCalls {
    return { read: async () => this.readings.get(origin) } as LedgerCalls
  }
}
