import type { Fall } from './falls.ts'
import type { GuardSettings } from './settings.ts'

/** A time for which a guard holds. Seconds since the epoch. */
export type HoldTime = {
  /** The first of the falls that count: later ones are held, earlier ones are not. */
  readonly from: number
  /** The fall that was one too many. */
  readonly since: number
  /** Its end, as far as is known by now. */
  readonly until: number
  /** The targets that went down since `from`, whether they came back or not. */
  readonly fell: number
}

/** Rounding errors: 0.07 of 100 is 7. */
const MARGIN = 1e-6

/**
 * Returns the times for which a guard holds, the last one of which may have its end ahead. Pure: it goes through the
 * falls of the targets in the order of time, as somebody does who looks on.
 *
 * - A hold begins with a fall by which more than the share of the targets is down that were up `within` seconds before.
 * Falls
 *   before the end of the last hold count no more.
 * - It ends after `for` seconds, or when no more than the share has been down again for `within` seconds.
 * @param known the number of targets with a result
 * @param now seconds; falls after that are left out
 */
export function holdsOf(
  falls: readonly Fall[],
  known: number,
  settings: GuardSettings,
  now: number,
): readonly HoldTime[] {
  const limit = settings.share * known + MARGIN
  if (known < settings.least || falls.length <= limit) return []
  const sorted = falls.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
  const onlooker = new Onlooker(sorted, limit, settings)
  for (const at of momentsOf(sorted, now)) onlooker.see(at)
  return onlooker.end(now)
}

/** Goes through the falls of targets in the order of time. */
class Onlooker {
  private readonly falls: readonly Fall[]
  private readonly limit: number
  private readonly settings: GuardSettings
  private readonly holds: HoldTime[] = []
  /** The same falls in the order in which their targets come back. */
  private readonly backs: readonly number[]
  /** The falls that count are those from `first` to `next`; of them `down` are not back. */
  private first = 0
  private next = 0
  private down = 0
  private nextBack = 0
  private since: number | undefined
  /** The time since when no more than the share is down again. */
  private low = Number.POSITIVE_INFINITY

  constructor(falls: readonly Fall[], limit: number, settings: GuardSettings) {
    this.falls = falls
    this.limit = limit
    this.settings = settings
    const indices = falls.flatMap(({ back }, i) => (back === undefined ? [] : [i]))
    this.backs = indices.sort((a, b) => (falls[a]?.back as number) - (falls[b]?.back as number))
  }

  /** Takes all that happens at a moment. Moments come in order. */
  see(at: number): void {
    this.endBy(at)
    if (this.since === undefined) this.forget(at)
    const before = this.next
    for (; (this.falls[this.next]?.at ?? Number.POSITIVE_INFINITY) <= at; this.next++) this.down++
    for (; this.backAt(this.nextBack) <= at; this.nextBack++) {
      if ((this.backs[this.nextBack] as number) >= this.first) this.down--
    }
    if (this.since !== undefined) this.low = this.down > this.limit ? Number.POSITIVE_INFINITY : Math.min(this.low, at)
    else if (this.next > before && this.down > this.limit) this.since = at
  }

  /** Returns all holds, when everything until now was seen. */
  end(now: number): readonly HoldTime[] {
    this.endBy(now)
    return this.since === undefined ? this.holds : [...this.holds, this.hold(this.since)]
  }

  private endBy(at: number): void {
    if (this.since === undefined) return
    const hold = this.hold(this.since)
    if (at < hold.until) return
    this.holds.push(hold)
    this.first = this.next
    this.down = 0
    this.since = undefined
    this.low = Number.POSITIVE_INFINITY
  }

  private hold(since: number): HoldTime {
    const { within, for: longest } = this.settings
    const until = Math.min(since + longest, this.low + within)
    return { from: this.falls[this.first]?.at as number, since, until, fell: this.next - this.first }
  }

  /** Leaves out falls that were too long ago to count with those of now. */
  private forget(at: number): void {
    for (; this.first < this.next; this.first++) {
      const fall = this.falls[this.first] as Fall
      if (fall.at > at - this.settings.within) return
      // One that came back by the moment before this one is not counted any more.
      if (!this.isBack(this.first)) this.down--
    }
  }

  private isBack(index: number): boolean {
    const { back = Number.POSITIVE_INFINITY } = this.falls[index] as Fall
    return back < this.backAt(this.nextBack)
  }

  private backAt(place: number): number {
    const index = this.backs[place]
    return index === undefined ? Number.POSITIVE_INFINITY : (this.falls[index]?.back as number)
  }
}

/** Returns the times at which a target goes down or comes back, in order. */
function momentsOf(falls: readonly Fall[], now: number): readonly number[] {
  const moments = new Set(falls.flatMap(({ at, back }) => (back === undefined ? [at] : [at, back])))
  return [...moments].filter((at) => at <= now).sort((a, b) => a - b)
}
