import { MAX_DROPPED_ZONES, MAX_REFUSED_ZONES, MAX_REMOVED_ZONES } from '../limits.ts'
import {
  type Catalog,
  type Dropped,
  type HeadMetadata,
  isSameEntry,
  KV,
  type Refusal,
  type Removal,
  type ZoneEntry,
} from './catalog.ts'
import type { Compiled } from './compiled.ts'
import { type Fields, isNumber, isText, readFields } from './fields.ts'
import type { Finding } from './finding.ts'
import { headKey, zoneKey } from './shapes.ts'

/** A finding that KV's lag could explain counts when it is made again, so much later at least. */
const AGAIN_MS = 240_000

/** After so long nobody reads a removed zone any more, and no listing shows its key. */
export const REMOVED_MS = 600_000

/** Origins by what became of them, for the log. */
export type Reconciliation = {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  readonly removed: readonly string[]
  readonly refused: readonly { readonly origin: string; readonly why: string }[]
}

export type Put = {
  readonly key: string
  readonly value: string | Uint8Array<ArrayBuffer>
  readonly metadata: HeadMetadata | PartMetadata
}

/**
 * The metadata of a part, of checks, and of a piece of a document: whose they are, and when they were put, in
 * milliseconds since the epoch.
 */
export type PartMetadata = { readonly origin: string; readonly at: number }

const PART: Fields<PartMetadata> = { origin: isText, at: isNumber }

/** Returns what a key's metadata says. A value that was put by hand has no author, and counts as old. */
export const parsePartMetadata = (metadata: unknown): PartMetadata =>
  readFields(metadata, PART) ?? { origin: '', at: 0 }

export type Conclusion = {
  readonly catalog: Catalog
  readonly isChanged: boolean
  readonly result: Reconciliation
}

/**
 * Makes the next catalog from what was found under the zones' keys. A zone is served as its key has it, once that is
 * valid. A key that is refused or gone leaves the zone as it was.
 * @param now milliseconds since the epoch
 */
export class Conclusions {
  private readonly before: Catalog
  private readonly now: number
  private readonly zones = new Map<string, ZoneEntry>()
  private readonly refused = new Map<string, Refusal>()
  private readonly removed: Map<string, Removal>
  private readonly dropped: Map<string, Dropped>
  private readonly seen = new Set<string>()
  private readonly result = {
    added: [] as string[],
    changed: [] as string[],
    missing: [] as string[],
    removed: [] as string[],
  }

  /** @param before the last catalog; where it was lost, the one that the documents make */
  constructor(before: Catalog, now: number) {
    this.before = before
    this.now = now
    this.removed = new Map(before.removed)
    this.dropped = new Map(before.dropped)
  }

  /** Returns the compiled zone to write before the catalog, if there is one. */
  take(finding: Finding): readonly Put[] {
    const { origin } = finding
    const known = this.before.zones.get(origin)
    this.seen.add(origin)
    switch (finding.kind) {
      case 'same':
        this.keep(origin, known)
        return NOTHING
      case 'copy-lost':
        this.keep(origin, known)
        return known ? putsOf(origin, known, finding.compiled, this.now) : NOTHING
      case 'other':
        return this.other(finding, known)
      case 'refused':
        this.refuse(origin, finding.why)
        this.keep(origin, known)
        return NOTHING
      case 'unread': {
        const before = this.before.refused.get(origin)
        if (before) this.refused.set(origin, before)
        if (known) this.zones.set(origin, known)
        return NOTHING
      }
    }
  }

  /**
   * Call when every key was looked at that is to be.
   * @param isWhole true if those were all keys there are
   * @param isNew returns true for a zone whose key was written so short a time ago that no list need have it
   */
  end(isWhole = true, isNew: (origin: string) => boolean = () => false): Conclusion {
    if (isWhole) {
      for (const [origin, entry] of this.before.zones) {
        if (this.seen.has(origin)) continue
        if (isNew(origin)) this.zones.set(origin, entry)
        else this.gone(origin, entry)
      }
      this.forget()
    } else {
      for (const [origin, entry] of this.before.zones) if (!this.seen.has(origin)) this.zones.set(origin, entry)
      for (const [origin, refusal] of this.before.refused) if (!this.seen.has(origin)) this.refused.set(origin, refusal)
    }
    const { zones, removed, dropped, result } = this
    const refused = new Map([...this.refused].slice(0, MAX_REFUSED_ZONES))
    const catalog = { zones, refused, removed, dropped }
    const told = Array.from(refused, ([origin, { why }]) => ({ origin, why }))
    const isChanged = !isSameCatalog(this.before, catalog)
    return { catalog, isChanged, result: { ...result, refused: told } }
  }

  private keep(origin: string, known: ZoneEntry | undefined): void {
    if (!known) return
    const { missing, behind: _, ...entry } = known
    this.zones.set(origin, entry)
    if (missing !== undefined) this.result.changed.push(origin)
  }

  private other(finding: Extract<Finding, { kind: 'other' }>, known: ZoneEntry | undefined): readonly Put[] {
    const { origin, entry, compiled, isPublished, isLost } = finding
    const removal = this.removed.get(origin)
    if (!known && isPublished && removal?.hash === entry.hash) {
      this.refuse(origin, LEFT_OVER)
      return NOTHING
    }
    // A publisher may be at work, whose catalog changes all of its zones at once; or KV lags behind.
    const isSameZone = entry.hash === known?.hash && entry.zone === known.zone
    if (isPublished && !isSameZone && !this.isAgain(known ? known.behind : this.before.refused.get(origin)?.since)) {
      if (known) this.zones.set(origin, { ...known, behind: Math.min(known.behind ?? this.now, this.now) })
      else this.refuse(origin, UNFINISHED)
      return NOTHING
    }
    // A zone that was removed goes on from what it was then.
    const before = known ?? removal
    // The same document is still that of its publisher.
    const { by, since } = known?.hash === entry.hash ? known : { by: isPublished ? undefined : KV, since: this.now }
    // One that is not whole is nothing to go back to.
    const next = succeeding(entry, before && isLost ? { ...before, zone: entry.zone } : before)
    this.zones.set(origin, { ...next, ...(by !== undefined && { by }), ...(since !== undefined && { since }) })
    this.removed.delete(origin)
    drop(this.dropped, origin, before, this.zones.get(origin), this.now)
    this.result[known ? 'changed' : 'added'].push(origin)
    return compiled ? putsOf(origin, entry, compiled, this.now) : NOTHING
  }

  /** Returns whether a finding was first made so long ago that KV's lag cannot explain it. */
  private isAgain(since: number | undefined): boolean {
    return since !== undefined && this.now - since >= AGAIN_MS
  }

  private refuse(origin: string, why: string): void {
    const since = Math.min(this.before.refused.get(origin)?.since ?? this.now, this.now)
    this.refused.set(origin, { why, since })
  }

  private gone(origin: string, entry: ZoneEntry): void {
    if (!this.isAgain(entry.missing)) {
      this.refuse(
        origin,
        `the key "${zoneKey(origin)}" is not in KV; the zone is removed if it is not there in five minutes`,
      )
      this.zones.set(origin, { ...entry, missing: Math.min(entry.missing ?? this.now, this.now) })
      if (entry.missing === undefined) this.result.missing.push(origin)
      return
    }
    this.result.removed.push(origin)
    this.removed.set(origin, removalOf(entry, this.now))
  }

  /** Removed zones are forgotten when their keys have gone, and their compiled zones with them. */
  private forget(): void {
    for (const [origin, removal] of forgotten(this.removed, this.now, (origin) => this.seen.has(origin))) {
      this.removed.delete(origin)
      drop(this.dropped, origin, removal, undefined, removal.at)
    }
  }
}

const UNFINISHED =
  'publishing has not ended, or broke off; the document counts if that is so in five minutes: expected "publish" to be run again'

const LEFT_OVER =
  'publishing removed the zone and broke off before its key was deleted; expected "publish" to be run again'

export const removalOf = ({ hash, zone, previous, previousZone, dnssec }: ZoneEntry, at: number): Removal => ({
  hash,
  zone,
  ...(previous !== undefined && { previous }),
  ...(previousZone !== undefined && { previousZone }),
  ...(dnssec !== undefined && { dnssec }),
  at,
})

type Version = Pick<ZoneEntry, 'hash' | 'zone' | 'previous' | 'previousZone' | 'dnssec'>

/**
 * Returns an entry with what counted before it. A document, or a compiled zone, that stays keeps what was before. The
 * keys of a zone stay whatever it says.
 */
export function succeeding(entry: ZoneEntry, before: Version | undefined): ZoneEntry {
  if (!before) return entry
  const previous = before.hash === entry.hash ? before.previous : before.hash
  const previousZone = before.zone === entry.zone ? before.previousZone : before.zone
  const dnssec = before.dnssec ?? entry.dnssec
  return {
    ...entry,
    ...(dnssec !== undefined && { dnssec }),
    ...(previous !== undefined && { previous }),
    ...(previousZone !== undefined && previousZone !== entry.zone && { previousZone }),
  }
}

/** Notes the compiled zones that nothing names any more. They go later: an isolate may be about to read them. */
export function drop(
  dropped: Map<string, Dropped>,
  origin: string,
  before: Version | undefined,
  after: Version | undefined,
  at: number,
): void {
  const named = [after?.zone, after?.previousZone]
  for (const zone of [before?.zone, before?.previousZone]) {
    if (zone !== undefined && !named.includes(zone)) dropped.set(zone, { origin, at })
  }
  for (const zone of named) if (zone !== undefined) dropped.delete(zone)
  // The oldest come first.
  for (const zone of dropped.keys()) {
    if (dropped.size <= MAX_DROPPED_ZONES) return
    dropped.delete(zone)
  }
}

/** Returns the values of a compiled zone, its head last: whoever finds the head finds the rest. */
export const putsOf = (origin: string, entry: ZoneEntry, compiled: Compiled, at: number): readonly Put[] =>
  Array.from(compiled.values, ([key, value]) => ({
    key,
    value,
    // Keys change without the zone.
    metadata: key === headKey(compiled.zone) ? { ...withoutKeys(entry), origin, at } : { origin, at },
  }))

const NOTHING: readonly Put[] = []

/** The removals that need not be remembered: those that are old, and of very many the oldest. */
export function forgotten(
  removed: ReadonlyMap<string, Removal>,
  now: number,
  hasKey: (origin: string) => boolean,
): [string, Removal][] {
  const all = [...removed].sort(([, a], [, b]) => b.at - a.at)
  // A time that is ahead counts as old: the clock was wrong when it was written.
  const isOld = ({ at }: Removal): boolean => now - at >= REMOVED_MS || at > now + REMOVED_MS
  return all.filter(([origin, removal], i) => i >= MAX_REMOVED_ZONES || (isOld(removal) && !hasKey(origin)))
}

function isSameCatalog(a: Catalog, b: Catalog): boolean {
  const isSameMap = <T>(one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>, same: (a: T, b: T) => boolean) =>
    one.size === other.size && [...one].every(([key, value]) => other.has(key) && same(value, other.get(key) as T))
  return (
    isSameMap(
      a.zones,
      b.zones,
      (x, y) => isSameEntry(x, y) && x.missing === y.missing && x.behind === y.behind && x.dnssec === y.dnssec,
    ) &&
    isSameMap(a.refused, b.refused, (x, y) => x.why === y.why && x.since === y.since) &&
    isSameMap(a.removed, b.removed, (x, y) => x.zone === y.zone && x.at === y.at) &&
    isSameMap(a.dropped, b.dropped, (x, y) => x.at === y.at)
  )
}

const withoutKeys = ({ dnssec: _, ...entry }: ZoneEntry): ZoneEntry => entry
