import type { NameKey } from '../dns/query-path.ts'
import type { Log } from '../events.ts'
import type { ZoneState } from '../zone/query-path.ts'
import { KV_IS_LATE } from './deadline.ts'
import { inOrder } from './in-order.ts'
import type { LazyHealthCalls } from './lazy-health-calls.ts'
import { Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'
import { documentKey, hashText, originKey, zoneKey } from './shapes.ts'
import type { ZoneReads } from './zone-reads.ts'

/** The catalog's data of a zone. `hash` is undefined if no catalog could be read and the key has no metadata. */
export type Wanted = {
  readonly hash: string | undefined
  readonly previous?: string | undefined
  readonly probes?: number | undefined
  readonly asks?: true | undefined
}

type ZoneCopyOptions = RefreshTiming & {
  readonly healthCalls: LazyHealthCalls
  readonly log: Log
}

/** A place where a good document may stand. `hash` is what its text must have. */
type Candidate = { readonly key: string; readonly hash: string | undefined }

/**
 * An isolate's copy of one zone. Documents are named by their hash, so that one that is loaded is not read again until
 * the catalog names another. What cannot be loaded leaves the copy as it is. An isolate that has none looks further:
 * for the same text under the zone's own key, then for the document before, then for any valid one. It goes on to the
 * next place, too, where KV does not give one out soon.
 */
export class ZoneCopy {
  readonly origin: string
  readonly key: NameKey
  state: ZoneState
  /** True if somebody asked for the zone since the catalog was last read. */
  isAsked = false
  /** Why the document that the catalog names is not the one that is served, and since when. */
  problem: { readonly why: string; readonly since: number } | undefined
  /** True if the copy is the document that the catalog names: then nothing is read. */
  private isNewest = false
  private wanted: Wanted
  private held: string | undefined
  private readonly reads: ZoneReads
  private readonly options: ZoneCopyOptions
  private readonly copy: Refreshed

  constructor(origin: string, wanted: Wanted, reads: ZoneReads, options: ZoneCopyOptions) {
    this.origin = origin
    this.key = originKey(origin)
    this.state = { kind: 'unloaded', origin: this.key }
    this.wanted = wanted
    this.reads = reads
    this.options = options
    const timedOut = (): void => this.failed(KV_IS_LATE)
    this.copy = new Refreshed((isCurrent) => this.read(isCurrent), timedOut, options)
  }

  /** Targets of its checks, as the catalog has it. */
  get probes(): number {
    return this.wanted.probes ?? 0
  }

  /** True if its queries may ask for checks, as the catalog has it. */
  get asks(): boolean {
    return this.wanted.asks ?? false
  }

  /** Takes what the catalog says now. @param since when the catalog last named the document that is held */
  want(wanted: Wanted, since: number): void {
    const isNew = wanted.hash !== this.wanted.hash
    this.wanted = wanted
    this.compare()
    if (isNew && !this.isNewest) this.copy.expire(this.held === undefined ? Number.NEGATIVE_INFINITY : since)
  }

  /** As in `Refreshed`, like the following. */
  mustWait(now: number): boolean {
    return !this.isNewest && this.copy.mustWait(now)
  }

  refresh(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return this.isNewest ? undefined : this.copy.refresh(now, waitUntil)
  }

  renew(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return this.isNewest ? undefined : this.copy.renew(now, waitUntil)
  }

  giveUp(): void {
    if (!this.isNewest) this.copy.giveUp()
  }

  private async read(isCurrent: () => boolean): Promise<boolean> {
    const { wanted } = this
    // The compiler and the schemas are loaded beside the text.
    const validator = import('./validate.ts')
    const texts = new Map<string, Promise<string | null>>()
    const textOf = (key: string): Promise<string | null> => {
      const text = texts.get(key) ?? this.reads.get(key).then(({ value }) => value)
      texts.set(key, text)
      return text
    }
    let first: string | undefined
    let answered = true
    let best = Number.POSITIVE_INFINITY
    const tried = async ({ key, hash }: Candidate, rank: number): Promise<boolean> => {
      // One that comes late must not replace a better one.
      const mayTake = (): boolean => isCurrent() && rank <= best
      try {
        const why = await this.take(await textOf(key), { hash, key }, validator, mayTake)
        if (why === undefined && mayTake()) best = rank
        first ??= why
        return why === undefined
      } catch (error) {
        answered = false
        first ??= String(error)
        return false
      }
    }
    const late = (): void => {
      answered = false
      first ??= KV_IS_LATE
    }
    const isWanted = ({ hash }: Candidate): boolean => isCurrent() && (hash === undefined || hash !== this.held)
    // A query must not wait for a key that hangs. Zones that are read together are not in such a hurry.
    const isUrgent = this.held === undefined && !this.reads.isTogether
    await inOrder(this.candidates(), isWanted, tried, isUrgent ? { late, timer: this.options.timer } : undefined)
    if (!isCurrent()) return true
    if (first !== undefined) this.failed(first)
    // The catalog may have named another one in the meantime: that one is read soon.
    return answered && this.wanted.hash === wanted.hash
  }

  private candidates(): Candidate[] {
    const { hash, previous } = this.wanted
    const own = zoneKey(this.origin)
    const same = hash === undefined ? [] : [documentKey(hash), own].map((key) => ({ key, hash }))
    if (this.held !== undefined && hash !== undefined) return same
    return [
      ...same,
      ...(previous === undefined ? [] : [{ key: documentKey(previous), hash: previous }]),
      { key: own, hash: undefined },
    ]
  }

  /** Returns why a text is not taken, or undefined if it is. */
  private async take(
    text: string | null,
    { key, hash: expected }: Candidate,
    validator: Promise<typeof import('./validate.ts')>,
    mayTake: () => boolean,
  ): Promise<string | undefined> {
    if (text === null) return `the key "${key}" is not in KV`
    const hash = await hashText(text)
    if (hash === this.held) return undefined
    if (expected !== undefined && hash !== expected) return `the text under "${key}" is not the one that was published`
    const { healthCalls } = this.options
    const { validate } = await validator
    const zone = validate(text, this.origin, { healthCalls: healthCalls.calls })
    if (!zone.ok) return zone.error
    await healthCalls.prepareFor(zone.value)
    if (!mayTake()) return undefined
    this.held = hash
    this.state = { kind: 'loaded', zone: zone.value }
    this.compare()
    this.options.log({ event: 'zone-loaded', zone: this.origin })
    return undefined
  }

  private compare(): void {
    this.isNewest = this.held !== undefined && this.held === this.wanted.hash
    if (this.isNewest) this.problem = undefined
  }

  private failed(why: string): void {
    this.options.log({ event: 'zone-failed', zone: this.origin, why })
    if (!this.isNewest) this.problem = { why, since: this.problem?.since ?? this.options.clock() }
    if (this.state.kind === 'loaded') return
    this.state = { kind: 'unavailable', origin: this.key, why: 'the zone could not be loaded' }
  }
}
