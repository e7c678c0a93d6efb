import type { Database, Place } from './geo/index.ts'
import type { Health } from './health/index.ts'
import { createHandler, type From } from './http/index.ts'
import { MAX_CNAME_CHAIN } from './limits.ts'
import type { Address } from './net/index.ts'
import { Deadline, QUERY_DEADLINE_MS } from './store/index.ts'
import { control, type Env, isolateSettings, snapshotFor, tellAsked, tick } from './worker/index.ts'
import { type Answered, answer, type Context, type Zones } from './zone/index.ts'

export { AskedTargets, Prober, VantagePoint } from './worker/index.ts'

const handle = createHandler<Env>((message, from, env, waitUntil) => {
  const zones = snapshotFor(env)
  const now = Date.now()
  const askOf = (known: Zones): Answered => {
    const answered = answer(message, new RequestContext(known, zones.health(now), zones, from))
    if (answered.kind === 'reply' && answered.asked) tellAsked(answered.asked, env, now, waitUntil)
    return answered
  }
  const ask = (): Answered => askOf(zones.zones(now, waitUntil))
  /**
   * Loads what the answer needs and asks again: a chain of CNAMEs can lead through several zones. All of that has one
   * deadline. After it the answer comes from what is in memory.
   */
  const loading = async (first: Promise<void> | undefined): Promise<Answered> => {
    const deadline = new Deadline(QUERY_DEADLINE_MS)
    try {
      let inTime = await deadline.within(first)
      for (let loads = 0; inTime && loads <= MAX_CNAME_CHAIN + 1; loads++) {
        const answered = ask()
        if (answered.kind !== 'needs-zone') return answered
        inTime = await deadline.within(zones.load(answered.origin, now, waitUntil))
      }
      return askOf(zones.zonesInMemory())
    } finally {
      deadline.end()
    }
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
