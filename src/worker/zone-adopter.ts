import { logEvent } from '../events.ts'
import { Adopter, type Looked, limitsOf } from '../store/index.ts'
import type { Env } from './env.ts'
import { isolateSettings } from './isolate.ts'

/** KV takes one write a second of a key: the next catalog waits for so long. */
const WRITE_GAP_MS = 1100

/** Returns the one object of its kind. */
export const adopterObject = (env: Env) => env.ADOPTER.get(env.ADOPTER.idFromName('zones'))

/**
 * Adopts documents that were put by hand. The cron calls it each minute. What takes longer than a call goes on by alarms:
 * each is a request with CPU of its own, and the cron spends no subrequests on it.
 */
export class ZoneAdopterBody {
  private readonly storage: DurableObjectStorage
  private readonly adopter: Adopter
  /** Calls that have not ended: an alarm may ring while the cron's look waits for KV. */
  private last: Promise<unknown> = Promise.resolve()

  constructor({ storage }: DurableObjectState, env: Env) {
    const { plan, healthWrites } = isolateSettings(env)
    this.storage = storage
    this.adopter = new Adopter({ kv: env.GSLB, storage, limits: limitsOf(plan, healthWrites), log: logEvent })
  }

  look(now: number): Promise<Looked> {
    return this.afterOthers(async () => {
      const looked = await this.adopter.look(now)
      if (looked.isBusy) await this.storage.setAlarm(Date.now() + (looked.catalog === undefined ? 0 : WRITE_GAP_MS))
      return looked
    })
  }

  /** Never rejects: the platform would repeat it, and the cron comes anyway. */
  alarm(): Promise<void> {
    return this.afterOthers(async () => {
      try {
        const looked = await this.adopter.goOn(Date.now())
        if (looked === 'idle') return
        if (looked !== 'more') logEvent({ event: 'reconciled', ...looked.result })
        if (looked === 'more') await this.storage.setAlarm(Date.now())
        else if (looked.isBusy) await this.storage.setAlarm(Date.now() + WRITE_GAP_MS)
      } catch (error) {
        logEvent({ event: 'adoption-failed', why: String(error) })
      }
    })
  }

  private afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work, work)
    this.last = done
    return done
  }
}
