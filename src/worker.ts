import type { Database, Place } from './geo/index.ts'
import type { Health } from './health/index.ts'
import { createHandler, type From } from './http/index.ts'
import { MAX_CNAME_CHAIN } from './limits.ts'
import type { Address, SubnetTrust } from './net/index.ts'
import { control, type Env, isolateSettings, type Settings, snapshotFor, tick } from './worker/index.ts'
import { type Answered, answer, type Context, type Zones } from './zone/index.ts'

export { Prober, VantagePoint } from './worker/index.ts'

const handle = createHandler<Env>((message, from, env, waitUntil) => {
  const zones = snapshotFor(env)
  const now = Date.now()
  const settings = isolateSettings(env)
  const ask = (): Answered => {
    return answer(message, new RequestContext(zones.zones(now, waitUntil), zones.health(now), zones, from, settings))
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
  private readonly settings: Settings

  constructor(zones: Zones, health: Health, geo: RequestContext['geo'], from: From, settings: Settings) {
    this.zones = zones
    this.health = health
    this.geo = geo
    this.from = from
    this.settings = settings
  }

  get connection(): Address {
    return this.from.connection
  }

  get place(): Place {
    return this.settings.platform === 'edge' ? this.from.place : this.from.posedPlace
  }

  get clientSubnet(): SubnetTrust {
    return this.settings.clientSubnet
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
    tick(controller.scheduledTime, env, isolateSettings(env), snapshotFor(env), (work) => context.waitUntil(work)),
} satisfies ExportedHandler<Env>
