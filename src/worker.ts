import { createHandler, type From } from './http/index.ts'
import { MAX_CNAME_CHAIN } from './limits.ts'
import type { Address } from './net/index.ts'
import { reconcile, Snapshot } from './store/index.ts'
import { type Answered, answer, type Context, type Zones } from './zone/index.ts'

type Env = { readonly GSLB: KVNamespace; readonly REFRESH_SECONDS?: string }

const DEFAULT_REFRESH_SECONDS = 30

/** One copy of the zones an isolate, made with the first request: bindings are not to be used before. */
let snapshot: Snapshot | undefined

function snapshotFor(env: Env): Snapshot {
  snapshot ??= new Snapshot(env.GSLB, {
    refreshMs: refreshSeconds(env.REFRESH_SECONDS) * 1000,
    clock: Date.now,
    log: (event) => console[event.event === 'zone-loaded' ? 'log' : 'error'](JSON.stringify(event)),
  })
  return snapshot
}

function refreshSeconds(text: string | undefined): number {
  const seconds = Number(text)
  return text && seconds > 0 ? seconds : DEFAULT_REFRESH_SECONDS
}

const handle = createHandler<Env>((message, from, env, waitUntil) => {
  const zones = snapshotFor(env)
  const now = Date.now()
  const ask = (): Answered => {
    const context = new RequestContext(zones.zones(now, waitUntil), from)
    return answer(message, context)
  }
  /** Loads what the answer needs and asks again: a chain of CNAMEs can lead through several zones. */
  const loading = async (first: Promise<void> | undefined): Promise<Answered> => {
    await first
    let answered = ask()
    for (let loads = 0; answered.kind === 'needs-zone' && loads <= MAX_CNAME_CHAIN; loads++) {
      await zones.load(answered.origin, now, waitUntil)
      answered = ask()
    }
    return answered
  }
  const wait = zones.prepare(now, waitUntil)
  if (wait) return loading(wait)
  const answered = ask()
  return answered.kind === 'needs-zone' ? loading(undefined) : answered
})

/** What the engine reads of a request, only when it needs it. */
class RequestContext implements Context {
  readonly zones: Zones
  readonly random = Math.random
  private readonly from: From

  constructor(zones: Zones, from: From) {
    this.zones = zones
    this.from = from
  }

  get connection(): Address {
    return this.from.connection
  }

  get identity(): string {
    return this.from.identity
  }
}

/** Every five minutes is often enough for what was put into KV by hand, and spares the free plan's 1,000 lists a day. */
const RECONCILE_MINUTES = 5

export default {
  fetch: handle,

  async scheduled(controller, env): Promise<void> {
    if (new Date(controller.scheduledTime).getUTCMinutes() % RECONCILE_MINUTES !== 0) return
    const done = await reconcile(env.GSLB)
    console.log(JSON.stringify({ event: 'reconciled', ...done }))
  },
} satisfies ExportedHandler<Env>
