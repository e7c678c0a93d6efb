import { MAX_ASKED, MAX_ASKED_A_ZONE, MAX_ASKED_BATCH } from '../limits.ts'
import { ASKED_EXPIRES_MS, ASKED_TELL_MS } from './asked.ts'
import { askedCondition, parseAsked } from './asked-condition.ts'

/** A zone that is published no longer is dropped after so long: what lists the zones may lag behind those who ask. */
const GONE_MS = 2 * ASKED_TELL_MS

/** A zone that has as many asked checks as it may, or with '' all zones together. Milliseconds since the epoch. */
export type AskedFull = { readonly zone: string; readonly since: number }

/** The list of asked checks, for those who probe them. */
export type AskedList = {
  /** Each as `formatAsked` writes it. */
  readonly checks: readonly string[]
  readonly full: readonly AskedFull[]
}

/** The outcome of telling some checks. */
export type Told = {
  /** For each of them, in order, whether it is known now. */
  readonly taken: readonly boolean[]
  /** Zones that are full from now on. */
  readonly filled: readonly string[]
}

/** `storedAt`: the time that is stored, which may lag behind `at`. */
type Kept = { readonly text: string; at: number; storedAt: number }
type ZoneSet = {
  readonly checks: Map<string, Kept>
  /** When a check was refused, for the first time and for the last. */
  refused: { readonly since: number; at: number } | undefined
}

/**
 * The checks that queries asked for within the last hour, zone by zone. Bounded: when a zone is full, new checks are
 * refused, and those that are known stay while they are asked for. When all zones together are full, a check of a small
 * zone takes the place of one of the largest. Pure: the time is passed in.
 */
export class AskedSet {
  private readonly zones = new Map<string, ZoneSet>()
  /** Zones that differ from what is stored. */
  private changed = new Set<string>()

  /** Takes the checks that an isolate tells. A check that is not valid is refused, too. */
  tell(texts: readonly unknown[], now: number): Told {
    this.prune(now)
    const filled: string[] = []
    const taken = texts.map((text, i) => i < MAX_ASKED_BATCH && this.take(text, now, filled))
    return { taken, filled }
  }

  /**
   * The checks of some zones.
   * @param zones the zones that are published and ask; @param isAll whether no other zone does
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

  /** Forgets what has expired. */
  prune(now: number): void {
    for (const [zone, { checks, refused }] of this.zones) {
      for (const [id, kept] of checks) {
        // After a clock that was ahead, the time counts from now.
        kept.at = Math.min(kept.at, now)
        kept.storedAt = Math.min(kept.storedAt, now)
        if (now - kept.at >= ASKED_EXPIRES_MS) this.zoneOf(zone, 'changes').checks.delete(id)
      }
      if (refused) refused.at = Math.min(refused.at, now)
      if (refused && now - refused.at >= ASKED_EXPIRES_MS) this.zoneOf(zone, 'changes').refused = undefined
      this.dropEmpty(zone)
    }
  }

  get isEmpty(): boolean {
    return this.zones.size === 0
  }

  /** Returns the text to store for each zone that changed since the last call; undefined where nothing of it is left. */
  changes(): (readonly [zone: string, text: string | undefined])[] {
    const changes = Array.from(this.changed, (zone) => [zone, this.formatted(zone)] as const)
    this.changed = new Set()
    return changes
  }

  /** Takes over a stored text. A damaged part is left out: queries ask for it again. */
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
    const known = this.zones.get(zone)?.checks.get(id)
    if (known) {
      known.at = now
      // A little more or less is not worth being stored.
      if (now - known.storedAt >= ASKED_TELL_MS / 2) this.changed.add(zone)
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
   * Drops the newest check of the zone that has the most, if that zone keeps more than one with `size` checks gets. So
   * zones that are flooded share what there is, and the checks that a zone had first stay.
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
    const known = this.zones.get(zone)
    if (known) return known
    const made: ZoneSet = { checks: new Map(), refused: undefined }
    this.zones.set(zone, made)
    return made
  }

  private formatted(zone: string): string | undefined {
    const set = this.zones.get(zone)
    if (!set) return undefined
    const checks = Array.from(set.checks, ([id, kept]) => {
      kept.storedAt = kept.at
      return [id, kept.at, kept.text]
    })
    return JSON.stringify({ checks, refused: set.refused })
  }
}

/** Stands for all zones together: no zone has an empty name. */
const ALL = ''

const keyOf = (zone: string): string => zone.toLowerCase()

function parseStored(text: unknown): ZoneSet | undefined {
  try {
    const { checks, refused } = JSON.parse(String(text)) as { checks: unknown[]; refused: unknown }
    const kept = checks.filter(isKept).map(([id, at, text]) => [id, { text, at, storedAt: at }] as const)
    return { checks: new Map(kept.slice(0, MAX_ASKED_A_ZONE)), refused: isRefused(refused) ? refused : undefined }
  } catch {
    return undefined
  }
}

const isKept = (value: unknown): value is [string, number, string] =>
  Array.isArray(value) && typeof value[0] === 'string' && Number.isFinite(value[1]) && typeof value[2] === 'string'

const isRefused = (value: unknown): value is { since: number; at: number } =>
  typeof value === 'object' &&
  value !== null &&
  Number.isFinite((value as { since?: unknown }).since) &&
  Number.isFinite((value as { at?: unknown }).at)
