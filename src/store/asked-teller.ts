import type { Log } from '../events.ts'
import { ASKED_REPORT_MS, type AskedCheck, formatAsked, isShortEnough } from '../health/query-path.ts'
import { MAX_ASKED, MAX_ASKED_BATCH, MAX_ASKED_CALLS } from '../limits.ts'
import { inTime } from './in-time.ts'
import type { WaitUntil } from './refreshed.ts'

/** Tells checks to where they are kept. @returns for each of them, in order, whether it is known there now */
type Tell = (texts: readonly string[]) => Promise<readonly boolean[]>

type TellerOptions = {
  readonly log: Log
}

const TELL_TIMEOUT_MS = 5000

/** A check whose telling failed, or was broken off, is told again by a query after so long. */
const RETRY_MS = 30_000

/**
 * Tells the checks that an isolate's answers met. Each check is told at most once in ten minutes; whatever
 * clients ask, calls are bounded, and so is memory. Nothing waits for it: a check that is not told now is told by a
 * later query.
 */
export class AskedTeller {
  private readonly options: TellerOptions
  /**
   * The times at which checks were told, of those that are known and of those that were refused; in milliseconds since
   * the epoch.
   */
  private readonly taken = new Map<string, number>()
  private readonly refused = new Map<string, number>()
  /**
   * Checks to be told: those that are known come first, so that a flood of new ones does not let them expire. `fresh`
   * has the zone of each.
   */
  private readonly renewed = new Set<string>()
  private readonly fresh = new Map<string, string>()
  private readonly texts = new WeakMap<AskedCheck, string>()
  private minute = 0
  private calls = 0

  constructor(options: TellerOptions) {
    this.options = options
  }

  /** Takes the checks that an answer met. Never throws; the call, if there is one, is left to `waitUntil`. */
  meet(asked: readonly AskedCheck[], now: number, tell: Tell, waitUntil: WaitUntil): void {
    for (const check of asked) this.note(this.textOf(check), check.zone, now)
    if (this.renewed.size + this.fresh.size === 0 || !this.mayCall(now)) return
    const batch = [...this.renewed, ...this.fresh.keys()].slice(0, MAX_ASKED_BATCH)
    waitUntil(this.tell(batch, now, tell))
  }

  private note(text: string, zone: string, now: number): void {
    const known = this.taken.get(text)
    if (now - (known ?? this.refused.get(text) ?? Number.NEGATIVE_INFINITY) < ASKED_REPORT_MS) return
    if (known !== undefined) this.renewed.add(text)
    else if (!this.fresh.has(text) && isShortEnough(text) && this.hasRoomFor(zone)) this.fresh.set(text, zone)
  }

  /** Makes room in a full batch at the cost of the zone that has the most in it, if that leaves it more than `zone`. */
  private hasRoomFor(zone: string): boolean {
    if (this.fresh.size < MAX_ASKED_BATCH) return true
    const texts = Map.groupBy(this.fresh.keys(), (text) => this.fresh.get(text) as string)
    const longest = [...texts.values()].reduce((a, b) => (b.length > a.length ? b : a))
    if (longest.length <= (texts.get(zone)?.length ?? 0) + 1) return false
    this.fresh.delete(longest.at(-1) as string)
    return true
  }

  private async tell(batch: readonly string[], now: number, tell: Tell): Promise<void> {
    // Until the reply comes, other queries do not tell them again.
    for (const text of batch) this.told(text, this.taken.has(text), now - ASKED_REPORT_MS + RETRY_MS)
    try {
      const known = await inTime(tell(batch), TELL_TIMEOUT_MS)
      batch.forEach((text, i) => void this.told(text, known[i] === true, now))
    } catch (error) {
      this.options.log({ event: 'asked-failed', why: String(error) })
    }
  }

  private told(text: string, isKnown: boolean, at: number): void {
    this.renewed.delete(text)
    this.fresh.delete(text)
    const [to, from] = isKnown ? [this.taken, this.refused] : [this.refused, this.taken]
    from.delete(text)
    // At the end, behind those that were told before.
    to.delete(text)
    to.set(text, at)
    if (to.size > MAX_ASKED) to.delete(to.keys().next().value as string)
  }

  private mayCall(now: number): boolean {
    const minute = Math.floor(now / 60_000)
    if (minute !== this.minute) {
      this.minute = minute
      this.calls = 0
    }
    return ++this.calls <= MAX_ASKED_CALLS
  }

  /** An answer that is computed from the same policy has the same object. */
  private textOf(check: AskedCheck): string {
    const known = this.texts.get(check)
    if (known !== undefined) return known
    const text = formatAsked(check)
    this.texts.set(check, text)
    return text
  }
}
