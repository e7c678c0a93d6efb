import type { Database, Place } from './geo/index.ts'
import type { Health } from './health/index.ts'
import { createHandler, type From } from './http/index.ts'
import { MAX_CNAME_CHAIN } from './limits.ts'
import type { Address } from './net/index.ts'
import { control, type Env, isolateSettings, snapshotFor, tellAsked, tick } from './worker/index.ts'
import { type Answered, answer, type Context, type Zones } from './zone/index.ts'

export { AskedTargets, Prober, VantagePoint } from './worker/index.ts'

const handle = createHandler<Env>((message, from, env, waitUntil) => {
  const zones = snapshotFor(env)
  const now = Date.now()
  const ask = (): Answered => {
    const context = new RequestContext(zones.zones(now, waitUntil), zones.health(now), zones, from)
    const answered = answer(message, context)
    if (answered.kind === 'reply' && answered.asked) tellAsked(answered.asked, env, now, waitUntil)
    return answered
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
}, control)

/** What the engine reads of a request, only when it needs it. */
class RequestContext implements Context {
  readonly zones: Zones
  readonly health: Health
  readonly random = Math.random
  private readonly geo: { readonly database: Database | undefined }
  private readonly from: From

  constructor(zones: Zones, health: Health, geo: RequestContext['geo'], from: From) {
    this.zones = zones
    this.health = health
    this.geo = geo
    this.from = from
  }

  get connection(): Address {
    return this.from.connection
  }

  get place(): Place {
    return this.from.place
  }

  get database(): Database | undefined {
    return this.geo.database
  }

  get identity(): string {
    return this.from.identity
  }
}

export default {
  fetch: handle,

  scheduled: (controller, env, context) =>
    tick(controller.scheduledTime, env, isolateSettings(env), (work) => context.waitUntil(work)),
} satisfies ExportedHandler<Env>
