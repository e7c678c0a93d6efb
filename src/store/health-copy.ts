import type { Log } from '../events.ts'
import {
  Health,
  type LiveOverride,
  type Platform,
  readOverrides,
  type VantageView,
  viewNotAhead,
} from '../health/query-path.ts'
import { cacheTtlFor, Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'
import { viewSealed } from './sealed-vantage.ts'
import { GOOD_OVERRIDES_KEY, healthKey, OVERRIDES_KEY } from './shapes.ts'
import { MAX_BULK_KEYS } from './zone-reads.ts'

/** The reads of Workers KV: several keys at once, which count as one operation. */
export type KvBulkReader = {
  get(keys: string[], options: { type: 'text'; cacheTtl: number }): Promise<Map<string, string | null>>
}

type HealthCopyOptions = RefreshTiming & {
  /** The vantage points that may say something of any target. */
  readonly vantages: readonly string[]
  /** The platform that the Worker runs on. */
  readonly platform: Platform
  readonly log: Log
}

/** The most that the clock of health may be late. */
const MAX_CLOCK_MS = 1000

/** The last valid document of a vantage point. */
type ReadDocument = {
  readonly text: string
  /** The time when it was first read, in milliseconds since the epoch. */
  readonly readAt: number
  readonly view: VantageView
}

/** An isolate's copy of health. A document that cannot be read, or is damaged, does not replace the cached one. */
export class HealthCopy {
  private readonly kv: KvBulkReader
  private readonly options: HealthCopyOptions
  private readonly copy: Refreshed
  private readonly documents = new Map<string, ReadDocument>()
  private overrides: readonly LiveOverride[] | undefined
  /** The reason why the overrides in KV are not used. */
  problem: string | undefined
  private health: Health

  constructor(kv: KvBulkReader, options: HealthCopyOptions) {
    this.kv = kv
    this.options = options
    const timedOut = () => options.log({ event: 'health-failed', why: 'KV did not answer in time' })
    this.copy = new Refreshed((isCurrent) => this.read(isCurrent), timedOut, options)
    // Not NO_HEALTH: what cannot be probed where the Worker runs counts as up before anything was read, too.
    this.health = new Health([], [], 0, options.platform)
  }

  /** As in `Refreshed`, like the following. */
  mustWait(now: number): boolean {
    return this.copy.mustWait(now)
  }

  refresh(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return this.copy.refresh(now, waitUntil)
  }

  renew(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return this.copy.renew(now, waitUntil)
  }

  giveUp(): void {
    this.copy.giveUp()
  }

  /**
   * Health as of `now`, or a second before: ramps and shifts use its clock. It is made again if the clock went back,
   * too.
   */
  at(now: number): Health {
    const { now: made, until } = this.health
    if (now >= until || now < made || now - made >= MAX_CLOCK_MS) this.health = this.made(now)
    return this.health
  }

  private made(now: number): Health {
    const views = Array.from(this.documents.values(), ({ view }) => view)
    return new Health(views, this.overrides ?? [], now, this.options.platform)
  }

  private async read(isCurrent: () => boolean): Promise<boolean> {
    const { vantages: names, clock, log } = this.options
    try {
      const values = await this.values([...names.map(healthKey), OVERRIDES_KEY])
      const documents = await Promise.all(names.map((name) => this.opened(name, values.get(healthKey(name)) ?? null)))
      if (!isCurrent()) return true
      for (const document of documents) if (document) this.documents.set(document.view.name, document)
      await this.takeOverrides(values.get(OVERRIDES_KEY) ?? null)
      this.health = this.made(clock())
      return true
    } catch (error) {
      log({ event: 'health-failed', why: String(error) })
      return false
    }
  }

  private async values(keys: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const cacheTtl = cacheTtlFor(this.options)
    const parts: Promise<Map<string, string | null>>[] = []
    for (let i = 0; i < keys.length; i += MAX_BULK_KEYS)
      parts.push(this.kv.get(keys.slice(i, i + MAX_BULK_KEYS), { type: 'text', cacheTtl }))
    return new Map((await Promise.all(parts)).flatMap((part) => [...part]))
  }

  /**
   * Opens a document that is new or has changed. A document that is gone is kept: it grows stale by itself. Times that
   * are ahead count as the time when they were first read, and grow old from then on.
   */
  private async opened(name: string, text: string | null): Promise<ReadDocument | undefined> {
    const { clock, log } = this.options
    const [before, readAt] = [this.documents.get(name), clock()]
    if (text === null || (text === before?.text && readAt >= before.readAt)) return undefined
    const view = await viewSealed(text)
    if (view.ok) return { text, readAt, view: { ...viewNotAhead(view.value, readAt), name } }
    log({ event: 'health-failed', vantage: name, why: view.error })
    return undefined
  }

  private async takeOverrides(text: string | null): Promise<void> {
    const parsed = text === null ? { ok: true as const, value: [] } : await readOverrides(text)
    this.problem = parsed.ok ? undefined : `${parsed.error}; the last good ones count`
    if (parsed.ok) {
      this.overrides = parsed.value
      return
    }
    this.options.log({ event: 'overrides-failed', why: parsed.error })
    // One that has begun since they were damaged never had good ones.
    this.overrides ??= await this.goodOverrides()
  }

  private async goodOverrides(): Promise<readonly LiveOverride[] | undefined> {
    const text = (await this.values([GOOD_OVERRIDES_KEY])).get(GOOD_OVERRIDES_KEY)
    const parsed = await readOverrides(text ?? '')
    return parsed.ok ? parsed.value : undefined
  }
}
