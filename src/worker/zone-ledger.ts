import { logEvent } from '../events.ts'
import { askDs } from '../forward/index.ts'
import { KeyBook, Ledger, RecentZones, storedOrigin } from '../ledger/index.ts'
import { KEYS_SLACK_SECONDS, MAX_LEDGER_PUTS } from '../limits.ts'
import { askWhole } from '../store/index.ts'
import type { Env } from './env.ts'
import { forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { adopterObject } from './zone-adopter.ts'

/** Objects come and go, the isolate stays longer. */
const recent = new RecentZones()

/** The object of one zone. It knows which one with the first call, or by what is stored. */
export class ZoneLedgerBody {
  private readonly ctx: DurableObjectState
  private readonly env: Env
  private ledger: Ledger | undefined
  private keys: KeyBook | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx
    this.env = env
  }

  /** @param origin absolute, in lower case */
  of(origin: string): Ledger {
    const { ctx, env } = this
    const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work)
    this.ledger ??= new Ledger({
      ...{ origin, storage: ctx.storage, kv: env.GSLB, clock: Date.now, log: logEvent },
      catalog: adopterObject(env),
      maxPuts: MAX_LEDGER_PUTS,
      refreshMs: isolateSettings(env).refreshMs,
      published: (ask) => askWhole({ snapshot: snapshotFor(env), waitUntil }, ({ zones }) => ask(zones), Date.now()),
      recent,
      waitUntil,
    })
    return this.ledger
  }

  /** @param origin as in `of` */
  keysOf(origin: string): KeyBook {
    const { ctx, env } = this
    this.keys ??= new KeyBook({
      ...{ origin, storage: ctx.storage, kv: env.GSLB, clock: Date.now, catalog: adopterObject(env) },
      read: () => this.of(origin).read(),
      parent: () => parentOf(env, origin),
      secret: env.DNSSEC_SECRET,
      propagation: (2 * isolateSettings(env).refreshMs) / 1000 + KEYS_SLACK_SECONDS,
    })
    return this.keys
  }

  async alarm(): Promise<void> {
    const origin = storedOrigin(this.ctx.storage)
    if (origin !== undefined) await this.of(origin).alarm()
  }
}

/** Asks the upstreams for the DS records of a zone. Undefined: there are none, or they give no answer. */
export async function parentOf(env: Env, origin: string) {
  const { upstreams } = forwardSettingsOf(env)
  if (upstreams.length === 0) return undefined
  const records = await askDs(upstreams, origin, {
    fetch: (url, init) => fetch(url, init),
    timer: (ms, fire) => {
      const id = setTimeout(fire, ms)
      return () => clearTimeout(id)
    },
  })
  return records.ok ? records.value : undefined
}
