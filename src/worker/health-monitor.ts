import { logEvent } from '../events.ts'
import { MIN_LOOK_GAP_MS } from '../limits.ts'
import { Monitor, type View } from '../monitor/index.ts'
import { type NotificationReport, ReceiverList, type SendIo, send, type Tested } from '../notify/index.ts'
import { CATALOG_KEY, parseCatalog, Snapshot } from '../store/index.ts'
import type { Env, MonitorTold } from './env.ts'
import { isolateSettings } from './isolate.ts'

/** A look that found an old document is made again after so long. */
const LATE_MS = 5000

const LOST_MS = 60_000

/**
 * The one object that watches states. Whoever writes a change tells it, and so does the cron each minute. What takes
 * longer than a look goes on by alarms.
 */
export class HealthMonitorBody {
  monitor: Monitor
  private readonly ctx: DurableObjectState
  private readonly env: Env
  /** Its own, not the isolate's: queries must not wait for what it reads. */
  private readonly snapshot: Snapshot
  /** The receivers that something is being sent to. A monitor that replaces another must not send the same. */
  private readonly sending = new Map<string, number>()
  private last: Promise<unknown> = Promise.resolve()
  private lookedAt = 0
  /** True after a failure, until there is a new monitor. */
  private isBroken = false
  /** The time of the alarm that was set last from here. */
  private wakesAt: number | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx
    this.env = env
    const { refreshMs, vantages, platform } = isolateSettings(env)
    this.snapshot = new Snapshot(env.GSLB, { refreshMs, vantages, platform, clock: Date.now, log: logEvent })
    this.monitor = this.newMonitor()
  }

  private newMonitor(): Monitor {
    const io: SendIo = {
      fetch: (url, init) => fetch(url, init),
      clock: Date.now,
      isEdge: isolateSettings(this.env).platform === 'edge',
    }
    return new Monitor({
      ...{ storage: this.ctx.storage, clock: Date.now, log: logEvent, view: () => this.view() },
      sending: this.sending,
      send: (receiver, id, body) => send(receiver, id, body, io),
    })
  }

  /** Looks at once, or soon if it has just looked: writers may be many. */
  async tell({ catalog, ...told }: MonitorTold): Promise<void> {
    const taken = catalog === undefined ? undefined : parseCatalog(catalog)
    if (taken?.ok) this.snapshot.take(taken.value)
    this.monitor.take(told)
    const waits = this.lookedAt + MIN_LOOK_GAP_MS - Date.now()
    if (waits > 0 && waits <= MIN_LOOK_GAP_MS) await this.wakeBy(Date.now() + waits)
    else await this.look()
  }

  /** Never rejects: the platform would repeat it, and the cron comes anyway. */
  async alarm(): Promise<void> {
    this.wakesAt = undefined
    if (Date.now() - this.lookedAt >= MIN_LOOK_GAP_MS || Date.now() < this.lookedAt) await this.look()
    await this.surely(async () => {
      const { monitor } = this
      await monitor.queue()
      // A receiver may take its time: the next look does not wait for that.
      const sent = this.surely(() => monitor.deliver())
      this.ctx.waitUntil(sent.then(() => this.surely(() => this.wakeForMore())))
      await this.wakeForMore()
    })
  }

  notifications(): Promise<NotificationReport> {
    return this.monitor.notifications()
  }

  test(receiver: number): Promise<Tested | undefined> {
    return this.monitor.test(receiver)
  }

  private look(): Promise<void> {
    return this.inOrder(() => this.lookOnce())
  }

  /** Does some work after the look before, whatever became of that. */
  private inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.last.then(work, work)
    this.last = done
    return done
  }

  private async lookOnce(): Promise<void> {
    this.lookedAt = Date.now()
    this.renew()
    await this.surely(async () => {
      if ((await this.monitor.look()) === 'late') await this.wakeBy(Date.now() + LATE_MS)
      await this.wakeForMore()
    })
    this.renew()
  }

  /**
   * Does some work. After a failure memory may know more than the storage, from which it is read again. Never rejects.
   */
  private async surely(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      logEvent({ event: 'monitor-failed', why: String(error) })
      this.isBroken = true
      // A look that is under way ends with the monitor that it began with: two would each record what it found.
      this.inOrder(async () => this.renew())
    }
  }

  private renew(): void {
    if (!this.isBroken) return
    try {
      this.monitor = this.newMonitor()
      this.isBroken = false
    } catch (error) {
      logEvent({ event: 'monitor-failed', why: String(error) })
    }
  }

  private async wakeForMore(): Promise<void> {
    const at = this.monitor.nextAt()
    if (Number.isFinite(at)) await this.wakeBy(Math.max(at, Date.now()))
  }

  private async view(): Promise<View> {
    const { env, snapshot } = this
    const waitUntil = (work: Promise<unknown>): void => this.ctx.waitUntil(work)
    // Clients choose the targets that queries ask for: nobody is told of these.
    const { conditions, pools, guards, notify, complete } = await snapshot.conditions(Date.now(), waitUntil)
    const health = await snapshot.freshHealth(Date.now(), waitUntil)
    const { refused } = snapshot
    return {
      health,
      pools,
      guards,
      refused,
      zones: snapshot.published,
      receivers: new ReceiverList(env.NOTIFY, notify, (name) => textIn(env, name)),
      conditions,
      isComplete: complete && !refused.some(({ origin }) => origin === CATALOG_KEY),
    }
  }

  /** Has the alarm ring at this time, or before. */
  private async wakeBy(at: number): Promise<void> {
    const { wakesAt } = this
    // An alarm that is long overdue was lost.
    if (wakesAt !== undefined && wakesAt <= at && Date.now() - wakesAt < LOST_MS) return
    this.wakesAt = at
    await this.ctx.storage.setAlarm(at)
  }
}

/** Returns a variable or a secret of the Worker. */
function textIn(env: Env, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? (env as unknown as Readonly<Record<string, unknown>>)[name] : undefined
  return typeof value === 'string' ? value : undefined
}
