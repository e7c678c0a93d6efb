import { MAX_REFUSED_ZONES, MAX_REMOVED_ZONES } from '../limits.ts'
import {
  type Catalog,
  type DocumentMetadata,
  isSameEntry,
  type Refusal,
  type Removal,
  type ZoneEntry,
} from './catalog.ts'
import type { Finding } from './look.ts'
import { documentKey, zoneKey } from './shapes.ts'

/** A finding that KV's lag could explain counts when it is made again, so much later at least. */
const AGAIN_MS = 240_000

/** After so long nobody reads a removed zone's documents any more, and no listing shows its key. */
export const REMOVED_MS = 600_000

/** Origins by what became of them, for the log. */
export type Reconciliation = {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  readonly removed: readonly string[]
  readonly refused: readonly { readonly origin: string; readonly why: string }[]
}

export type Put = { readonly key: string; readonly value: string; readonly metadata: DocumentMetadata }

export type Conclusion = {
  readonly catalog: Catalog
  readonly isChanged: boolean
  /** Keys to delete once the catalog is written. */
  readonly deletes: readonly string[]
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
  private readonly deletes: string[] = []
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
  }

  /** Returns the document to write before the catalog, if there is one. */
  take(finding: Finding): Put | undefined {
    const { origin } = finding
    const known = this.before.zones.get(origin)
    this.seen.add(origin)
    switch (finding.kind) {
      case 'same':
        this.keep(origin, known)
        return undefined
      case 'copy-lost':
        this.keep(origin, known)
        return known && this.put(origin, known, finding.text)
      case 'other':
        return this.other(finding, known)
      case 'refused':
        this.refuse(origin, finding.why)
        this.keep(origin, known)
        return undefined
      case 'unread': {
        const before = this.before.refused.get(origin)
        if (before) this.refused.set(origin, before)
        if (known) this.zones.set(origin, known)
        return undefined
      }
    }
  }

  /** Call when every key was looked at. */
  end(): Conclusion {
    for (const [origin, entry] of this.before.zones) if (!this.seen.has(origin)) this.gone(origin, entry)
    this.forget()
    const { zones, removed, deletes, result } = this
    const refused = new Map([...this.refused].slice(0, MAX_REFUSED_ZONES))
    const catalog = { zones, refused, removed }
    const told = Array.from(refused, ([origin, { why }]) => ({ origin, why }))
    const isChanged = !isSameCatalog(this.before, catalog)
    return { catalog, isChanged, deletes, result: { ...result, refused: told } }
  }

  private keep(origin: string, known: ZoneEntry | undefined): void {
    if (!known) return
    const { missing, behind: _, ...entry } = known
    this.zones.set(origin, entry)
    if (missing) this.result.changed.push(origin)
  }

  private other(finding: Extract<Finding, { kind: 'other' }>, known: ZoneEntry | undefined): Put | undefined {
    const { origin, entry, text, isPublished } = finding
    const removal = this.removed.get(origin)
    if (!known && isPublished && removal?.hash === entry.hash) {
      this.refuse(origin, LEFT_OVER)
      return undefined
    }
    if (known && isPublished && entry.hash === known.previous && !known.behind) {
      this.zones.set(origin, { ...known, behind: true })
      return undefined
    }
    // A zone that was removed goes on from what it was then.
    const before = known ?? removal
    const isOther = before?.hash !== entry.hash
    const previous = isOther ? before?.hash : before?.previous
    this.zones.set(origin, { ...entry, ...(previous !== undefined && { previous }) })
    this.removed.delete(origin)
    const dropped = isOther ? before?.previous : undefined
    if (dropped !== undefined && dropped !== entry.hash) this.deletes.push(documentKey(dropped))
    this.result[known ? 'changed' : 'added'].push(origin)
    return this.put(origin, entry, text)
  }

  private put(origin: string, { serial, hash, probes, asks }: ZoneEntry, value: string): Put {
    const counted = { ...(probes !== undefined && { probes }), ...(asks && { asks }) }
    const metadata = { origin, at: this.now, serial, hash, ...counted }
    return { key: documentKey(hash), value, metadata }
  }

  private refuse(origin: string, why: string): void {
    const since = Math.min(this.before.refused.get(origin)?.since ?? this.now, this.now)
    this.refused.set(origin, { why, since })
  }

  private gone(origin: string, entry: ZoneEntry): void {
    this.refuse(origin, `the key "${zoneKey(origin)}" is not in KV; the zone is removed if it is not there next time`)
    const { since } = this.refused.get(origin) as Refusal
    if (!entry.missing || this.now - since < AGAIN_MS) {
      this.zones.set(origin, { ...entry, missing: true })
      if (!entry.missing) this.result.missing.push(origin)
      return
    }
    this.refused.delete(origin)
    this.result.removed.push(origin)
    this.removed.set(origin, removalOf(entry, this.now))
  }

  /** Removed zones are forgotten when their keys have gone, and their documents with them. */
  private forget(): void {
    for (const [origin, removal] of forgotten(this.removed, this.now, (origin) => this.seen.has(origin))) {
      this.removed.delete(origin)
      this.deletes.push(...documentKeysOf(removal))
    }
  }
}

const LEFT_OVER =
  'publishing removed the zone and broke off before its key was deleted; expected "publish" to be run again'

export const removalOf = ({ hash, previous }: ZoneEntry, at: number): Removal => ({
  hash,
  ...(previous !== undefined && { previous }),
  at,
})

export const documentKeysOf = ({ hash, previous }: Removal): string[] =>
  [hash, ...(previous === undefined ? [] : [previous])].map(documentKey)

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
    isSameMap(a.zones, b.zones, (x, y) => isSameEntry(x, y) && x.missing === y.missing && x.behind === y.behind) &&
    isSameMap(a.refused, b.refused, (x, y) => x.why === y.why && x.since === y.since) &&
    isSameMap(a.removed, b.removed, (x, y) => x.hash === y.hash && x.at === y.at)
  )
}
