import type { Log } from '../events.ts'
import {
  Health,
  notAhead,
  type Override,
  type Platform,
  parseVantage,
  readOverrides,
  type Vantage,
} from '../health/query-path.ts'
import { cacheTtlFor, Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'
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

/** An isolate's copy of health. A document that cannot be read, or is damaged, does not replace the cached one. */
export class HealthCopy {
  private readonly kv: KvBulkReader
  private readonly options: HealthCopyOptions
  private readonly copy: Refreshed
  private readonly vantages = new Map<string, Vantage>()
  /** Documents with times that are ahead, as they were read. */
  private readonly ahead = new Map<string, string>()
  private overrides: readonly Override[] | undefined
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

  /** Health as of `now`. A clock that went back makes it anew, too. */
  at(now: number): Health {
    if (now >= this.health.until || now < this.health.now) this.health = this.made(now)
    return this.health
  }

  private made(now: number): Health {
    return new Health([...this.vantages.values()], this.overrides ?? [], now, this.options.platform)
  }

  private async read(isCurrent: () => boolean): Promise<boolean> {
    const { vantages: names, clock, log } = this.options
    try {
      const values = await this.values([...names.map(healthKey), OVERRIDES_KEY])
      if (!isCurrent()) return true
      for (const name of names) this.take(name, values.get(healthKey(name)) ?? null)
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
   * A document that is gone is kept: it grows stale by itself. Times that are ahead count as the time when they were
   * first read, and grow old from then on.
   */
  private take(name: string, text: string | null): void {
    if (text === null || text === this.ahead.get(name)) return
    const parsed = parseVantage(text)
    if (parsed.ok) {
      const vantage = notAhead(parsed.value, this.options.clock())
      if (vantage === parsed.value) this.ahead.delete(name)
      else this.ahead.set(name, text)
      this.vantages.set(name, { ...vantage, name })
    } else this.options.log({ event: 'health-failed', vantage: name, why: parsed.error })
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

  private async goodOverrides(): Promise<readonly Override[] | undefined> {
    const text = (await this.values([GOOD_OVERRIDES_KEY])).get(GOOD_OVERRIDES_KEY)
    const parsed = await readOverrides(text ?? '')
    return parsed.ok ? parsed.value : undefined
  }
}
