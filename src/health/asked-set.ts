import { MAX_ASKED, MAX_ASKED_A_ZONE, MAX_ASKED_BATCH } from '../limits.ts'
import { ASKED_EXPIRES_MS, ASKED_REPORT_MS } from './asked.ts'
import { askedCondition, parseAsked } from './asked-condition.ts'

/** The time until a zone outside the list of zones is dropped. The list may be older than a new zone's queries. */
const GONE_MS = 2 * ASKED_REPORT_MS

/** A zone at its limit of asked checks, or with '' all zones together. `since`: milliseconds since the epoch. */
export type AskedFull = { readonly zone: string; readonly since: number }

/** The asked checks that vantage points have to probe. */
export type AskedList = {
  /** Each in the form of `formatAsked`. */
  readonly checks: readonly string[]
  readonly full: readonly AskedFull[]
}

/** The reply to reported checks. */
type AskedReceipt = {
  /** For each check, in order, true if the set contains it now. */
  readonly taken: readonly boolean[]
  /** Zones that have just become full. */
  readonly filled: readonly string[]
}

/** `at`: the last report. `storedAt`: the time in storage, which may be older. */
type StoredCheck = { readonly text: string; at: number; storedAt: number }
type ZoneSet = {
  readonly checks: Map<string, StoredCheck>
  /** The times of the first and the last refusal. */
  refused: { readonly since: number; at: number } | undefined
}

/**
 * The checks that queries asked for within the last hour, by zone. The set is bounded: a full zone refuses new checks,
 * and keeps its checks as long as queries ask for them. When all zones together are full, a check of a small zone
 * replaces one of the largest zone. Pure: the time is passed in.
 */
export class AskedSet {
  private readonly zones = new Map<string, ZoneSet>()
  /** Zones that differ from their stored text. */
  private changed = new Set<string>()

  /** Adds the checks that an isolate reports. A check that is not valid is refused. */
  tell(texts: readonly unknown[], now: number): AskedReceipt {
    this.prune(now)
    const filled: string[] = []
    const taken = texts.map((text, i) => i < MAX_ASKED_BATCH && this.take(text, now, filled))
    return { taken, filled }
  }

  /**
   * Lists the checks of some zones.
   * @param zones the published zones whose scripts ask for checks
   * @param isAll true if no other zone asks, so that other zones can be dropped
   */
  list(zones: readonly string[], isAll: boolean, now: number): AskedList {
    this.prune(now)
    const wanted = new Set(zones.map(keyOf))
    if (isAll) this.dropOthers(wanted, now)
    const checks = [...wanted].flatMap((zone) => [...(this.zones.get(zone)?.checks.values() ?? [])])
    const full = [...this.zones].flatMap(([zone, { refused }]) =>
      refused && (zone === ALL || wanted.has(zone)) ? [{ zone, since: refused.since }] : [],
    )
    return { checks: checks.map(({ text }) => text), full }
  }

  /** Removes expired checks and refusals. */
  prune(now: number): void {
    for (const [zone, { checks, refused }] of this.zones) {
      for (const [id, check] of checks) {
        // A time ahead of the clock, from a clock that was wrong, becomes now.
        check.at = Math.min(check.at, now)
        check.storedAt = Math.min(check.storedAt, now)
        if (now - check.at >= ASKED_EXPIRES_MS) this.zoneOf(zone, 'changes').checks.delete(id)
      }
      if (refused) refused.at = Math.min(refused.at, now)
      if (refused && now - refused.at >= ASKED_EXPIRES_MS) this.zoneOf(zone, 'changes').refused = undefined
      this.dropEmpty(zone)
    }
  }

  get isEmpty(): boolean {
    return this.zones.size === 0
  }

  /** Returns the text to store for each zone that changed since the last call; undefined if the zone is empty. */
  changes(): (readonly [zone: string, text: string | undefined])[] {
    const changes = Array.from(this.changed, (zone) => [zone, this.formatted(zone)] as const)
    this.changed = new Set()
    return changes
  }

  /** Restores a zone from its stored text. A damaged check is left out: queries ask for it again. */
  restore(zone: string, text: unknown): void {
    const stored = parseStored(text)
    if (stored) this.zones.set(zone, stored)
  }

  private take(text: unknown, now: number, filled: string[]): boolean {
    const asked = parseAsked(text)
    if (!asked.ok) return false
    const condition = askedCondition(asked.value, { after: 0, policy: 'keep' })
    if (!condition.ok) return false
    const { id } = condition.value.probe
    const zone = keyOf(asked.value.zone)
    const existing = this.zones.get(zone)?.checks.get(id)
    if (existing) {
      existing.at = now
      // A small difference is not worth a write.
      if (now - existing.storedAt >= ASKED_REPORT_MS / 2) this.changed.add(zone)
      return true
    }
    const size = this.zones.get(zone)?.checks.size ?? 0
    if (size >= MAX_ASKED_A_ZONE) return this.refuse(zone, now, filled)
    if (this.size >= MAX_ASKED) {
      this.refuse(ALL, now, filled)
      if (!this.makeRoomFor(size)) return false
    }
    this.zoneOf(zone, 'changes').checks.set(id, { text: text as string, at: now, storedAt: now })
    return true
  }

  /**
   * Drops the newest check of the largest zone, if a zone of `size` checks is still smaller with one check more. So
   * flooded zones share the limit, and the oldest checks of each zone stay.
   */
  private makeRoomFor(size: number): boolean {
    const [largest, set] = [...this.zones].reduce((a, b) => (b[1].checks.size > a[1].checks.size ? b : a))
    if (set.checks.size <= size + 1) return false
    const newest = [...set.checks.keys()].at(-1) as string
    this.zoneOf(largest, 'changes').checks.delete(newest)
    return true
  }

  private refuse(zone: string, now: number, filled: string[]): false {
    const set = this.zoneOf(zone, 'stays')
    if (set.refused) set.refused.at = now
    else {
      set.refused = { since: now, at: now }
      this.changed.add(zone)
      filled.push(zone)
    }
    return false
  }

  private get size(): number {
    let size = 0
    for (const { checks } of this.zones.values()) size += checks.size
    return size
  }

  private dropOthers(wanted: ReadonlySet<string>, now: number): void {
    for (const [zone, { checks }] of this.zones) {
      if (zone === ALL || wanted.has(zone)) continue
      const newest = Math.max(...Array.from(checks.values(), ({ at }) => at))
      if (now - newest < GONE_MS) continue
      this.zones.delete(zone)
      this.changed.add(zone)
    }
  }

  private dropEmpty(zone: string): void {
    const set = this.zones.get(zone)
    if (set && set.checks.size === 0 && !set.refused) this.zones.delete(zone)
  }

  private zoneOf(zone: string, how: 'changes' | 'stays'): ZoneSet {
    if (how === 'changes') this.changed.add(zone)
    const existing = this.zones.get(zone)
    if (existing) return existing
    const set: ZoneSet = { checks: new Map(), refused: undefined }
    this.zones.set(zone, set)
    return set
  }

  private formatted(zone: string): string | undefined {
    const set = this.zones.get(zone)
    if (!set) return undefined
    const checks = Array.from(set.checks, ([id, check]) => {
      check.storedAt = check.at
      return [id, check.at, check.text]
    })
    return JSON.stringify({ checks, refused: set.refused })
  }
}

/** The key of all zones together: no zone has an empty name. */
const ALL = ''

const keyOf = (zone: string): string => zone.toLowerCase()

function parseStored(text: unknown): ZoneSet | undefined {
  try {
    const { checks, refused } = JSON.parse(String(text)) as { checks: unknown[]; refused: unknown }
    const valid = checks.filter(isStoredCheck).map(([id, at, text]) => [id, { text, at, storedAt: at }] as const)
    return { checks: new Map(valid.slice(0, MAX_ASKED_A_ZONE)), refused: isRefused(refused) ? refused : undefined }
  } catch {
    return undefined
  }
}

const isStoredCheck = (value: unknown): value is [string, number, string] =>
  Array.isArray(value) && typeof value[0] === 'string' && Number.isFinite(value[1]) && typeof value[2] === 'string'

const isRefused = (value: unknown): value is { since: number; at: number } =>
  typeof value === 'object' &&
  value !== null &&
  Number.isFinite((value as { since?: unknown }).since) &&
  Number.isFinite((value as { at?: unknown }).at)
