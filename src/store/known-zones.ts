import { formatName, type NameKey } from '../dns/query-path.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
import { RecentNames, type ZoneState } from '../zone/query-path.ts'
import { type CatalogView, DAMAGED } from './catalog-view.ts'
import type { Wanted, ZoneCopy } from './zone-copy.ts'

/** A zone that has no copy, since its entry in the catalog is damaged. */
type Unavailable = Extract<ZoneState, { kind: 'unavailable' }>

/** Makes the copy of a zone, or says why there can be none. */
type Makes = {
  copy(origin: string, wanted: Wanted): ZoneCopy
  /** Is told once for each view. */
  damaged(origin: string): void
}

export const DAMAGED_ENTRY = 'its entry in the catalog is damaged; expected { serial, hash, zone }'

/**
 * The zones of one catalog, found by the names below them. A zone gets its copy when a name of it is first asked for.
 * Nothing is made of the other origins: a name is compared with them as the text that the catalog has.
 */
export class KnownZones {
  readonly view: CatalogView
  /** The copies of the zones that were asked for, by the keys of their origins. */
  readonly copies: ReadonlyMap<NameKey, ZoneCopy>
  private readonly made: Map<NameKey, ZoneCopy>
  private readonly unavailable = new Map<NameKey, Unavailable>()
  /** Made once there are many searches: it reads all origins, and most isolates are asked a few names. */
  private lengths: OriginLengths | undefined
  private searches = 0
  private readonly makes: Makes
  private readonly recent = new RecentNames<ZoneCopy | Unavailable>((name) => this.search(name))

  /** @param copies those of zones that were in the catalog before, and are in this one; a damaged entry leaves them */
  constructor(view: CatalogView, copies: Iterable<readonly [NameKey, ZoneCopy]>, makes: Makes) {
    this.view = view
    this.made = new Map(copies)
    this.copies = this.made
    this.makes = makes
  }

  /** Returns the zone with the longest origin that the name is at or below. */
  find(name: NameKey): ZoneCopy | Unavailable | undefined {
    return this.recent.find(name)
  }

  private search(name: NameKey): ZoneCopy | Unavailable | undefined {
    if (this.searches++ === FEW_SEARCHES) this.lengths = new OriginLengths(this.view.origins())
    const { lengths } = this
    for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1) {
      if (lengths && !lengths.has(name.length - at)) continue
      const key = name.slice(at)
      const known = this.made.get(key) ?? this.unavailable.get(key)
      if (known) return known
      const origin = formatName(key).slice(0, -1)
      const entry = this.view.entry(origin)
      if (entry !== undefined) return this.zone(key, origin, entry)
    }
    return undefined
  }

  private zone(key: NameKey, origin: string, entry: Wanted | typeof DAMAGED): ZoneCopy | Unavailable {
    if (entry === DAMAGED) {
      const state = { kind: 'unavailable', origin: key, why: DAMAGED_ENTRY } as const
      this.unavailable.set(key, state)
      this.makes.damaged(origin)
      return state
    }
    const copy = this.makes.copy(origin, entry)
    this.made.set(key, copy)
    return copy
  }
}

/** So many searches take less time than a look at the origins of a large catalog. */
const FEW_SEARCHES = 100

/** The lengths of origins in octets: most endings of a name have none to be compared with, and need no text. */
class OriginLengths {
  private readonly there = new Uint8Array(MAX_NAME_BYTES + 1)

  constructor(origins: Iterable<string>) {
    for (const origin of origins) {
      // A text with a backslash says nothing of the length.
      if (origin.includes('\\')) this.there.fill(1)
      else this.there[origin === '' ? 1 : origin.length + 2] = 1
    }
  }

  has(octets: number): boolean {
    return this.there[octets] === 1
  }
}
