import { type NameKey, parentKey, TYPE } from '../dns/query-path.ts'
import { recentPlace } from './recent-names.ts'
import type { Zone } from './zone.ts'

/** The state of a published zone. An unloaded zone, or its part, is fetched, and the query is answered again. */
export type ZoneState =
  | { readonly kind: 'loaded'; readonly zone: Zone }
  | { readonly kind: 'unloaded'; readonly origin: NameKey; readonly part?: number }
  | { readonly kind: 'unavailable'; readonly origin: NameKey; readonly why: string }

/** The published zones. */
export type Zones = {
  /** True if nothing is loaded any more: then a part that is not in memory is a failure. */
  readonly isFinal?: boolean
  /** True if a zone is signed that was found. */
  readonly isSigned?: boolean
  /** Returns the zone with the longest origin that the name is at or below, or undefined if it is in none. */
  find(name: NameKey): ZoneState | undefined
}

/** Returns the zone to answer from. A DS record belongs to the parent side of a cut (RFC 4035 §3.1.4.1). */
export function zoneFor(zones: Zones, name: NameKey, type: number): ZoneState | undefined {
  const state = zones.find(name)
  if (type !== TYPE.DS || state?.kind !== 'loaded' || state.zone.origin.key !== name) return state
  const parent = name.length > 1 ? zones.find(parentKey(name)) : undefined
  if (parent?.kind !== 'loaded') return parent ?? state
  const { names, origin } = parent.zone
  const found = names.lookup(name)
  if (found.kind === 'missing') return { kind: 'unloaded', origin: origin.key, part: found.part }
  // A parent zone of ours that delegates nothing here has nothing to say about the name.
  return found.kind === 'delegation' ? parent : state
}

/** The last names that were asked for, by a few of their octets, and what was found for each. */
export class RecentNames<T> {
  private readonly search: (name: NameKey) => T | undefined
  private readonly recent: NameKey[] = new Array(RECENT_NAMES).fill('')
  private readonly found: (T | undefined)[] = new Array(RECENT_NAMES).fill(undefined)

  /** @param search is asked about a name that was not asked for lately; what it returns must stay right */
  constructor(search: (name: NameKey) => T | undefined) {
    this.search = search
  }

  find(name: NameKey): T | undefined {
    const slot = recentPlace(name, RECENT_NAMES)
    if (this.recent[slot] === name) return this.found[slot]
    const found = this.search(name)
    this.recent[slot] = name
    this.found[slot] = found
    return found
  }
}

const RECENT_NAMES = 1024
