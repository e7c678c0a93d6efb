import type { NameKey } from '../dns/query-path.ts'
import type { Log } from '../events.ts'
import { err, type Result } from '../result.ts'
import {
  aidsFor,
  type Keeping,
  type LoadHealthCalls,
  readHead,
  StoredZone,
  type ZoneState,
} from '../zone/query-path.ts'
import { KV_IS_LATE } from './deadline.ts'
import { inOrder } from './in-order.ts'
import { Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'
import { headKey, originKey, partKey } from './shapes.ts'

/** The catalog's data of a zone. */
export type Wanted = {
  readonly zone: string
  readonly previousZone?: string | undefined
  readonly checks?: string | undefined
  readonly asks?: true | undefined
  readonly health?: true | undefined
  readonly places?: true | undefined
}

/** Reads binary values of Workers KV that never change, or null. Rejects if KV fails. */
export type ReadValue = (key: string) => Promise<Uint8Array | null>

type ZoneCopyOptions = RefreshTiming & {
  readonly read: ReadValue
  readonly keeping: Keeping
  readonly loadHealthCalls?: LoadHealthCalls | undefined
  readonly log: Log
}

/** After a part could not be read, queries for it fail at once for so long. */
const PART_RETRY_MS = 1000

/**
 * An isolate's copy of one zone. Compiled zones are named by their hash, so that one that is loaded is not read again
 * until the catalog names another. One that cannot be loaded leaves the copy as it is. An isolate that has none reads
 * the zone that counted before, also where KV does not give out the current one soon. The parts of a large zone are
 * read one by one, when they are asked for; a part that cannot be had brings back the zone before.
 */
export class ZoneCopy {
  readonly origin: string
  readonly key: NameKey
  state: ZoneState
  /** True if somebody asked for the zone since the catalog was last read. */
  isAsked = false
  /** Why the zone that the catalog names is not the one that is served, and since when. */
  problem: { readonly why: string; readonly since: number } | undefined
  usedAt = 0
  /** True if the copy is the zone that the catalog names: then nothing is read. */
  private isNewest = false
  private wanted: Wanted
  private held: string | undefined
  private readonly options: ZoneCopyOptions
  private readonly copy: Refreshed
  private readonly readingParts = new Map<string, Promise<void>>()
  private readonly failedParts = new Map<string, number>()

  constructor(origin: string, wanted: Wanted, options: ZoneCopyOptions) {
    this.origin = origin
    this.key = originKey(origin)
    this.state = { kind: 'unloaded', origin: this.key }
    this.wanted = wanted
    this.options = options
    const timedOut = (): void => this.failed(KV_IS_LATE)
    this.copy = new Refreshed((isCurrent) => this.read(isCurrent), timedOut, options)
  }

  /** The catalog's data of the zone. */
  get entry(): Wanted {
    return this.wanted
  }

  /** Takes what the catalog says now. @param since when the catalog last named the zone that is held */
  want(wanted: Wanted, since: number): void {
    const isNew = wanted.zone !== this.wanted.zone
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

  giveUp(): void {
    if (!this.isNewest) this.copy.giveUp()
  }

  /** Counts a use: what was used longest ago is dropped first. */
  use(): void {
    this.usedAt = ++this.options.keeping.residents.uses
  }

  /** Gives the memory back. The zone is read again when somebody asks for it. */
  drop(): void {
    this.held = undefined
    this.isNewest = false
    this.state = { kind: 'unloaded', origin: this.key }
    this.copy.expire(Number.NEGATIVE_INFINITY)
  }

  /** Reads a part of the zone. Never rejects, and may hang. Queries that wait for the same part wait for one read. */
  loadPart(number: number, waitUntil: WaitUntil): Promise<void> | undefined {
    const { state } = this
    const zone = state.kind === 'loaded' && state.zone instanceof StoredZone ? state.zone : undefined
    const slot = zone?.names.slot(number)
    if (!zone || !slot || slot.part) return undefined
    const { hash } = slot
    const reading = this.readingParts.get(hash)
    if (reading) return reading
    const since = this.options.clock() - (this.failedParts.get(hash) ?? Number.NEGATIVE_INFINITY)
    if (since >= 0 && since < PART_RETRY_MS) return undefined
    const begun = this.readPart(zone, number, hash).finally(() => this.readingParts.delete(hash))
    this.readingParts.set(hash, begun)
    waitUntil(begun)
    return begun
  }

  private async readPart(zone: StoredZone, number: number, hash: string): Promise<void> {
    const filled = await this.filled(zone, number, hash)
    if (filled.ok) {
      this.failedParts.delete(hash)
      return
    }
    if (this.failedParts.size > MAX_FAILED_PARTS) this.failedParts.clear()
    this.failedParts.set(hash, this.options.clock())
    this.failed(filled.error)
    await this.goBack(zone)
  }

  private async filled(zone: StoredZone, number: number, hash: string): Promise<Result<true>> {
    const key = partKey(hash)
    try {
      const octets = await this.options.read(key)
      if (!octets) return err(`the key "${key}" is not in KV`)
      const filled = zone.fill(number, octets)
      return filled.ok ? filled : err(`the value under "${key}" cannot be used: ${filled.error}`)
    } catch (error) {
      return err(String(error))
    }
  }

  /** A zone of which a part cannot be had is not whole: the one before it answers, if it is there. */
  private async goBack(zone: StoredZone): Promise<void> {
    const { previousZone } = this.wanted
    if (previousZone === undefined || previousZone === this.held) return
    const before = await this.opened(previousZone)
    if (!before.ok || this.state.kind !== 'loaded' || this.state.zone !== zone) return
    this.take(previousZone, before.value)
    this.copy.expire(this.options.clock())
  }

  private async read(isCurrent: () => boolean): Promise<boolean> {
    const { wanted } = this
    let first: string | undefined
    let answered = true
    let best = Number.POSITIVE_INFINITY
    const tried = async (hash: string, rank: number): Promise<boolean> => {
      const opened = await this.opened(hash)
      if (opened.ok) {
        // One that comes late must not replace a better one.
        if (!isCurrent() || rank > best) return true
        best = rank
        this.take(hash, opened.value)
        return true
      }
      answered &&= !opened.failed
      first ??= opened.error
      return false
    }
    const late = (): void => {
      answered = false
      first ??= KV_IS_LATE
    }
    const isWanted = (hash: string): boolean => isCurrent() && hash !== this.held
    const { zone, previousZone } = wanted
    const others = this.held === undefined && previousZone !== undefined && previousZone !== zone ? [previousZone] : []
    // A query must not wait for a key that hangs.
    const hurry = this.held === undefined ? { late, timer: this.options.timer } : undefined
    await inOrder([zone, ...others], isWanted, tried, hurry)
    if (!isCurrent()) return true
    if (first !== undefined) this.failed(first)
    // The catalog may have named another one in the meantime: that one is read soon.
    return answered && this.wanted.zone === wanted.zone
  }

  /** @returns `failed` is true if KV gave no answer */
  private async opened(
    hash: string,
  ): Promise<
    { readonly ok: true; readonly value: StoredZone } | { readonly ok: false; error: string; failed: boolean }
  > {
    const key = headKey(hash)
    try {
      const octets = await this.options.read(key)
      if (!octets) return { ok: false, error: `the key "${key}" is not in KV`, failed: false }
      const zone = await this.openedFrom(octets)
      if (zone.ok) return zone
      return { ok: false, error: `the value under "${key}" cannot be used: ${zone.error}`, failed: false }
    } catch (error) {
      return { ok: false, error: String(error), failed: true }
    }
  }

  private async openedFrom(octets: Uint8Array): Promise<Result<StoredZone>> {
    const head = readHead(octets)
    if (!head.ok) return head
    if (head.value.origin.key !== this.key) return err(`it is of another zone; expected ${this.origin}.`)
    const aids = await aidsFor(head.value, this.options.loadHealthCalls)
    return StoredZone.open(head.value, this.options.keeping, aids)
  }

  private take(hash: string, zone: StoredZone): void {
    this.held = hash
    this.state = { kind: 'loaded', zone }
    this.usedAt = ++this.options.keeping.residents.uses
    this.options.keeping.residents.add(this, zone.head.octets)
    this.compare()
    this.options.log({ event: 'zone-loaded', zone: this.origin })
  }

  private compare(): void {
    this.isNewest = this.held !== undefined && this.held === this.wanted.zone
    if (this.isNewest) this.problem = undefined
  }

  private failed(why: string): void {
    this.options.log({ event: 'zone-failed', zone: this.origin, why })
    this.problem = { why, since: this.problem?.since ?? this.options.clock() }
    if (this.state.kind === 'loaded') return
    this.state = { kind: 'unavailable', origin: this.key, why: 'the zone could not be loaded' }
  }
}

/** Parts whose failure is remembered: a zone whose parts all fail must not fill the memory. */
const MAX_FAILED_PARTS = 1000
