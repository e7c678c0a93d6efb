import { logEvent } from '../events.ts'
import { Ledger, RecentZones, storedOrigin } from '../ledger/index.ts'
import { MAX_LEDGER_PUTS } from '../limits.ts'
import { askWhole } from '../store/index.ts'
import type { Env } from './env.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { adopterObject } from './zone-adopter.ts'

/** Objects come and go, the isolate stays longer. */
const recent = new RecentZones()

/** The object of one zone. It knows which one with the first call, or by what is stored. */
export class ZoneLedgerBody {
  private readonly ctx: DurableObjectState
  private readonly env: Env
  private ledger: Ledger | undefined

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

  async alarm(): Promise<void> {
    const origin = storedOrigin(this.ctx.storage)
    if (origin !== undefined) await this.of(origin).alarm()
  }
}
