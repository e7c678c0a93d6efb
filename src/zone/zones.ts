import type { NameKey } from '../dns/index.ts'
import type { Zone } from './zone.ts'

/** What is known of a published zone. One that is not loaded yet is fetched, and the query asked again. */
export type ZoneState =
  | { readonly kind: 'loaded'; readonly zone: Zone }
  | { readonly kind: 'unloaded'; readonly origin: NameKey }
  | { readonly kind: 'unavailable'; readonly origin: NameKey; readonly why: string }

/** The published zones. */
export type Zones = {
  /** The zone with the longest origin that the name is at or below, or undefined if it is in none. */
  find(name: NameKey): ZoneState | undefined
}

/** The longest origin in `zones` that the name is at or below. */
export function longestMatch<T>(zones: ReadonlyMap<NameKey, T>, name: NameKey): T | undefined {
  for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1) {
    const found = zones.get(at === 0 ? name : name.slice(at))
    if (found !== undefined) return found
  }
  return undefined
}

/** Zones that are all in memory. */
export function loadedZones(zones: readonly Zone[]): Zones {
  const states = new Map<NameKey, ZoneState>(zones.map((zone) => [zone.origin.key, { kind: 'loaded', zone }]))
  return { find: (name) => longestMatch(states, name) }
}
