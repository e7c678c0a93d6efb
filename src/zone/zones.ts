import { type NameKey, parentKey, TYPE } from '../dns/query-path.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
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
  const part = names.missingPart(name)
  if (part !== undefined) return { kind: 'unloaded', origin: origin.key, part }
  // A parent zone of ours that delegates nothing here has nothing to say about the name.
  return names.lookup(name).kind === 'delegation' ? parent : state
}

/** Values by origin, found by the names below them. */
export class Origins<T> {
  readonly entries: ReadonlyMap<NameKey, T>
  /** By the origins' lengths in octets: most endings of a name have none to be compared with. */
  private readonly byLength: (ReadonlyMap<NameKey, T> | readonly [NameKey, T] | undefined)[]
  /** The last names that were asked for, by a few of their octets, and what was found. */
  private readonly recent: NameKey[] = new Array(RECENT_NAMES).fill('')
  private readonly found: (T | undefined)[] = new Array(RECENT_NAMES).fill(undefined)

  constructor(entries: Iterable<readonly [NameKey, T]>) {
    this.entries = new Map(entries)
    this.byLength = new Array(MAX_NAME_BYTES + 1).fill(undefined)
    for (const entry of this.entries) {
      const { length } = entry[0]
      this.byLength[length] = this.byLength[length] ? this.entries : entry
    }
  }

  /** Returns the value of the longest origin that the name is at or below. */
  find(name: NameKey): T | undefined {
    const slot = slotOf(name)
    if (this.recent[slot] === name) return this.found[slot]
    const found = this.search(name)
    this.recent[slot] = name
    this.found[slot] = found
    return found
  }

  private search(name: NameKey): T | undefined {
    for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1) {
      const candidates = this.byLength[name.length - at]
      if (candidates === undefined) continue
      // One origin of that length is compared in place, which makes no string.
      if (Array.isArray(candidates)) {
        if (name.endsWith(candidates[0])) return candidates[1]
      } else {
        const found = (candidates as ReadonlyMap<NameKey, T>).get(name.slice(at))
        if (found !== undefined) return found
      }
    }
    return undefined
  }
}

const RECENT_NAMES = 256

/** Returns a number below `RECENT_NAMES` that depends on the first label and on the length of a name. */
function slotOf(name: NameKey): number {
  const last = name.charCodeAt(0)
  return (name.length * 37 + name.charCodeAt(last >> 1) * 11 + name.charCodeAt(last) * 5 + last) & (RECENT_NAMES - 1)
}

/** Returns zones that are all in memory. */
export const loadedZones = (zones: readonly Zone[]): Zones =>
  new Origins<ZoneState>(zones.map((zone) => [zone.origin.key, { kind: 'loaded', zone }]))
