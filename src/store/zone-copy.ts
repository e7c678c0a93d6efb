import type { NameKey } from '../dns/query-path.ts'
import type { Log } from '../events.ts'
import { err, type Result } from '../result.ts'
import {
  aidsFor,
  borderAt,
  type Keeping,
  type LoadHealthCalls,
  readHead,
  StoredZone,
  type ZoneState,
} from '../zone/query-path.ts'
import { Attempts } from './attempts.ts'
import { KV_IS_LATE, PATIENCE_MS } from './deadline.ts'
import type { Got } from './immutable.ts'
import { anyOf, inOrder, isSoon } from './in-order.ts'
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
  readonly dnssec?: string | undefined
}

/**
 * Reads a value of Workers KV by its key, and compares it with the hash that the key ends in. Never rejects, and may
 * hang.
 */
type ReadValue = (key: string, hash: string) => Promise<Got<Uint8Array>>

type ZoneCopyOptions = RefreshTiming & {
  readonly read: ReadValue
  readonly keeping: Keeping
  readonly loadHealthCalls?: LoadHealthCalls | undefined
  readonly log: Log
}

type Problem = { readonly why: string; readonly since: number }

/**
 * An isolate's copy of one zone. Compiled zones are named by their hash, so that one that is loaded is not read again
 * until the catalog names another. One that cannot be loaded leaves the copy as it is. An isolate that has none reads
 * the zone that counted before, also where KV does not give out the current one soon. The parts of a large zone are
 * read one by one, when they are asked for. A part that cannot be had sets the zone aside: the zone before answers,
 * whole, until the part is there.
 */
export class ZoneCopy {
  readonly origin: string
  readonly key: NameKey
  state: ZoneState
  /** True if somebody asked for the zone since the catalog was last read. */
  isAsked = false
  usedAt = 0
  /** True if the copy is the zone that the catalog names: then nothing is read. */
  private isNewest = false
  private wanted: Wanted
  private held: string | undefined
  private heldSince = 0
  private trouble: Problem | undefined
  private readonly options: ZoneCopyOptions
  private readonly copy: Refreshed
  private readonly parts: Attempts
  /** The zone that is not served because this part of it cannot be had. */
  private aside: { readonly zone: string; readonly part: number } | undefined

  constructor(origin: string, wanted: Wanted, options: ZoneCopyOptions) {
    this.origin = origin
    this.key = originKey(origin)
    this.state = { kind: 'unloaded', origin: this.key }
    this.wanted = wanted
    this.options = options
    this.parts = new Attempts(options.clock)
    const timedOut = (): void => this.failed(KV_IS_LATE)
    this.copy = new Refreshed((isCurrent) => this.read(isCurrent), timedOut, options)
  }

  /**
   * The reason why the zone that the catalog names is not the one that is served, or not as it was compiled, and since
   * when.
   */
  get problem(): Problem | undefined {
    const { state } = this
    const why = state.kind === 'loaded' && state.zone instanceof StoredZone ? state.zone.damage.why : undefined
    return this.trouble ?? (why === undefined ? undefined : { why, since: this.heldSince })
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
    this.zone?.release()
    this.held = undefined
    this.isNewest = false
    this.state = { kind: 'unloaded', origin: this.key }
    this.copy.expire(Number.NEGATIVE_INFINITY)
  }

  /** Reads a part of the zone. @returns as `Attempts.begin` */
  loadPart(number: number, now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    const zone = this.zone
    const slot = zone?.names.slot(number)
    if (!zone || !slot || slot.part) return Promise.resolve()
    return this.parts.begin(slot.hash, now, waitUntil, () => this.readPart(zone, number))
  }

  private get zone(): StoredZone | undefined {
    return this.state.kind === 'loaded' && this.state.zone instanceof StoredZone ? this.state.zone : undefined
  }

  /** Returns whether the part is there, or the zone before instead of it. */
  private async readPart(zone: StoredZone, number: number): Promise<boolean> {
    const reading = this.filled(zone, number)
    if (await isSoon(reading, PATIENCE_MS, this.options.timer)) {
      const filled = await reading
      if (filled.ok) return this.partCame()
      this.failed(filled.error)
      return this.goBack(zone, number)
    }
    this.failed(KV_IS_LATE)
    let isThere = false
    const came = reading.then(({ ok }) => {
      isThere ||= ok
      return ok && this.comeBack(zone, number)
    })
    const back = this.goBack(zone, number).then((went) => {
      isThere ||= went
      return went
    })
    await anyOf([came, back])
    return isThere
  }

  private partCame(): true {
    if (this.isNewest) this.trouble = undefined
    return true
  }

  private async filled(zone: StoredZone, number: number): Promise<Got<true>> {
    const hash = zone.head.parts.at(number)
    const key = partKey(hash)
    const octets = await this.options.read(key, hash)
    if (!octets.ok) return octets
    const filled = zone.fill(number, octets.value, 'hash')
    return filled.ok ? filled : { ok: false, error: unusable(key, filled.error), failed: false }
  }

  /**
   * Serves the zone before in place of one that lacks a part: that one is not whole. Where the zone before lacks the
   * same names, what is in memory stays.
   * @returns whether the zone before is served
   */
  private async goBack(zone: StoredZone, part: number): Promise<boolean> {
    const { zone: current, previousZone } = this.wanted
    if (this.held !== current || previousZone === undefined || previousZone === current) return false
    const before = await this.opened(previousZone)
    if (!before.ok) return false
    const { head, names } = before.value
    const number = borderAt(head.borders, zone.head.borders[part] ?? '')
    if (!names.slot(number)?.part && !(await this.filled(before.value, number)).ok) return false
    if (this.zone !== zone || this.wanted.zone !== current || zone.names.slot(part)?.part) return false
    this.aside = { zone: current, part }
    this.take(previousZone, before.value)
    this.copy.expire(this.options.clock())
    return true
  }

  /** Takes a zone again whose part came late. */
  private comeBack(zone: StoredZone, part: number): true {
    const { aside } = this
    if (aside?.part === part && aside.zone === this.wanted.zone && this.held === this.wanted.previousZone) {
      this.take(aside.zone, zone)
    }
    return this.partCame()
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
    this.compare()
    // The catalog may have named another one in the meantime: that one is read soon.
    return answered && this.wanted.zone === wanted.zone
  }

  private async opened(hash: string): Promise<Got<StoredZone>> {
    const key = headKey(hash)
    const octets = await this.options.read(key, hash)
    if (!octets.ok) return octets
    const zone = await this.openedFrom(octets.value)
    if (!zone.ok) return { ok: false, error: unusable(key, zone.error), failed: false }
    // A zone that was set aside comes back with the part that it lacked.
    const { aside } = this
    const filled = aside?.zone === hash ? await this.filled(zone.value, aside.part) : zone
    return filled.ok ? zone : filled
  }

  private async openedFrom(octets: Uint8Array): Promise<Result<StoredZone>> {
    const head = readHead(octets, 'hash')
    if (!head.ok) return head
    if (head.value.origin.key !== this.key) return err(`it is of another zone; expected ${this.origin}.`)
    const aids = await aidsFor(head.value, this.options.loadHealthCalls)
    return StoredZone.open(head.value, this.options.keeping, aids)
  }

  private take(hash: string, zone: StoredZone): void {
    if (this.zone && this.zone !== zone) zone.inherit(this.zone)
    if (this.zone !== zone) this.zone?.release()
    const { residents } = this.options.keeping
    this.held = hash
    this.heldSince = this.options.clock()
    this.state = { kind: 'loaded', zone }
    if (this.aside?.zone === hash) this.aside = undefined
    this.use()
    residents.add(this, zone.head.octets)
    this.compare()
    this.options.log({ event: 'zone-loaded', zone: this.origin })
  }

  private compare(): void {
    this.isNewest = this.held !== undefined && this.held === this.wanted.zone
    if (this.isNewest) this.trouble = undefined
  }

  private failed(why: string): void {
    this.options.log({ event: 'zone-failed', zone: this.origin, why })
    this.trouble = { why, since: this.trouble?.since ?? this.options.clock() }
    if (this.state.kind === 'loaded') return
    this.state = { kind: 'unavailable', origin: this.key, why: 'the zone could not be loaded' }
  }
}

const unusable = (key: string, why: string): string => `the value under "${key}" cannot be used: ${why}`
