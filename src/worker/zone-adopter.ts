import { logEvent } from '../events.ts'
import { type CatalogCalls, type ListedZone, listedZones, type Switched, ZoneIndex } from '../ledger/index.ts'
import { MAX_API_ZONES, MIN_KV_WRITE_GAP_MS } from '../limits.ts'
import {
  Adopter,
  CatalogWriter,
  type Flushed,
  isSoon,
  type Looked,
  limitsOf,
  type ZoneEntry,
  type ZoneLedgers,
} from '../store/index.ts'
import type { Env } from './env.ts'
import { isolateSettings } from './isolate.ts'
import { ledgerObject } from './ledger-object.ts'
import { tellMonitor } from './monitor-object.ts'

/** A ledger waits so long for its switch. Then it goes on by alarm, and the ledger has other work to do. */
const SWITCH_MS = 5000

/** An object that dies in the middle of a flush is woken after so long. */
const WAKE_MS = 5000

/** Returns the one object of its kind. */
export const adopterObject = (env: Env) => env.ADOPTER.get(env.ADOPTER.idFromName('zones'))

/**
 * The one writer of the catalog, with the index of zones. It takes what ledgers publish, and adopts documents that were
 * put by hand: the cron calls it each minute for that. What takes longer than a call goes on by alarms: each is a
 * request with CPU of its own, and the cron spends no subrequests on it.
 */
export class ZoneAdopterBody implements CatalogCalls {
  private readonly storage: DurableObjectStorage
  private readonly zones: ZoneIndex
  private readonly writer: CatalogWriter
  private readonly adopter: Adopter
  /** Looks and compilations that have not ended: an alarm may ring while the cron's look waits for KV. */
  private last: Promise<unknown> = Promise.resolve()
  private flushing: Promise<void> | undefined
  /** The time of the alarm that was set last from here. */
  private wakesAt: number | undefined

  private readonly tell: (catalog: string) => void

  constructor(ctx: DurableObjectState, env: Env) {
    const { plan, healthWrites } = isolateSettings(env)
    const { storage } = ctx
    this.storage = storage
    this.tell = (catalog) => ctx.waitUntil(tellMonitor(env, { catalog }))
    this.zones = new ZoneIndex(storage)
    const ledgers: ZoneLedgers = {
      owns: (origin) => this.zones.has(origin) || this.writer.isRecent(origin),
      notice: async (origin) => ledgerObject(env, `${origin}.`).notice(`${origin}.`),
    }
    this.writer = new CatalogWriter({ kv: env.GSLB, storage, ledgers, clock: Date.now })
    this.adopter = new Adopter({
      ...{ kv: env.GSLB, storage, writer: this.writer, ledgers, log: logEvent },
      limits: limitsOf(plan, healthWrites),
    })
  }

  look(now: number): Promise<Looked> {
    return this.afterOthers(async () => {
      const flushed = await this.flush()
      const looked = await this.adopter.look(now)
      // An origin that the look found no zone for has none.
      if (flushed === 'no-catalog') await this.flush(true)
      this.zones.forget(Date.now())
      if (looked.isBusy) await this.wakeBy(Date.now() + (looked.catalog === undefined ? 0 : MIN_KV_WRITE_GAP_MS))
      await this.wakeForSwitches()
      return looked
    })
  }

  async switchZone(origin: string, entry: ZoneEntry | null, listed: ListedZone | null): Promise<Switched> {
    this.zones.set(origin, listed, Date.now())
    return this.switched(this.writer.outcome(this.writer.ask(origin, entry)))
  }

  async switchKeys(origin: string, hash: string | null): Promise<Switched> {
    return this.switched(this.writer.outcomeOfKeys(this.writer.askKeys(origin, hash)))
  }

  /** Writes what is asked for, and waits a while for the outcome. */
  private async switched(outcome: Promise<boolean>): Promise<Switched> {
    await this.wakeBy(Date.now() + WAKE_MS)
    this.flushing ??= this.flushed().finally(() => {
      this.flushing = undefined
    })
    const isSettled = await isSoon(outcome, SWITCH_MS, undefined)
    return isSettled && (await outcome) ? 'published' : 'later'
  }

  async note(origin: string, listed: ListedZone | null): Promise<void> {
    this.zones.set(origin, listed, Date.now())
  }

  async hasRoom(): Promise<boolean> {
    return this.zones.size < MAX_API_ZONES
  }

  async index(): Promise<readonly ListedZone[]> {
    const { catalog, pending } = await this.writer.now()
    return listedZones(catalog, this.zones.rows(), pending)
  }

  /** Never rejects: the platform would repeat it, and the cron comes anyway. */
  async alarm(): Promise<void> {
    this.wakesAt = undefined
    await this.flushed()
    await this.afterOthers(async () => {
      try {
        const looked = await this.adopter.goOn(Date.now())
        if (looked === 'idle') return
        if (looked !== 'more') logEvent({ event: 'reconciled', ...looked.result })
        if (looked !== 'more' && looked.catalog !== undefined) this.tell(looked.catalog)
        if (looked === 'more') await this.wakeBy(Date.now())
        else if (looked.isBusy) await this.wakeBy(Date.now() + MIN_KV_WRITE_GAP_MS)
      } catch (error) {
        told(error)
      }
    })
    await this.wakeForSwitches()
  }

  /** Writes what is due, and has the object woken for the rest. */
  private async flushed(): Promise<void> {
    // There is no catalog yet, or it is lost: then a look makes it of the keys.
    if ((await this.flush()) === 'no-catalog') await this.look(Date.now()).catch(told)
    await this.wakeForSwitches()
  }

  /** Never rejects: what is not written goes on by alarm. */
  private async flush(orEmpty = false): Promise<Flushed> {
    try {
      const flushed = await this.writer.flush(orEmpty)
      const put = this.writer.takePut()
      if (put !== undefined) this.tell(put)
      return flushed
    } catch (error) {
      told(error)
      return 'later'
    }
  }

  private async wakeForSwitches(): Promise<void> {
    const { dueAt } = this.writer
    if (dueAt !== undefined) await this.wakeBy(Math.max(dueAt, Date.now()))
  }

  /** Has the alarm ring at this time, or before. */
  private async wakeBy(at: number): Promise<void> {
    if (this.wakesAt !== undefined && this.wakesAt <= at) return
    this.wakesAt = at
    await this.storage.setAlarm(at)
  }

  private afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work, work)
    this.last = done
    return done
  }
}

const told = (error: unknown): void => logEvent({ event: 'adoption-failed', why: String(error) })
