import type { Database, Location } from './geo/query-path.ts'
import type { Health } from './health/query-path.ts'
import { createHandler, type From } from './http/index.ts'
import type { Address, SubnetTrust } from './net/index.ts'
import { inOneDeadline } from './store/query-path.ts'
import { type Env, isolateSettings, loadControl, type Settings, snapshotFor, tellAsked, tick } from './worker/index.ts'
import { type Answered, answer, type Context, type Zones } from './zone/query-path.ts'

export { AskedTargets, Prober, VantagePoint } from './worker/index.ts'

const handle = createHandler<Env>((message, from, env, waitUntil) => {
  const zones = snapshotFor(env)
  const now = Date.now()
  const settings = isolateSettings(env)
  const ask = (known: Zones): Answered => {
    const answered = answer(message, new RequestContext(known, zones.health(now), zones, from, settings))
    if (answered.kind === 'reply' && answered.asked) tellAsked(answered.asked, env, now, waitUntil)
    return answered
  }
  const wait = zones.prepare(now, waitUntil)
  if (!wait) {
    const answered = ask(zones.zones(now, waitUntil))
    if (answered.kind !== 'needs-zone') return answered
  }
  return inOneDeadline({ snapshot: zones, ask, now, waitUntil }, wait)
}, loadControl)

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

  get place(): Location {
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
    tick(controller.scheduledTime, env, isolateSettings(env), (work) => context.waitUntil(work)),
} satisfies ExportedHandler<Env>
