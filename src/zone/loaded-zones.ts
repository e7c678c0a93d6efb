import type { Zone } from './zone.ts'
import { RecentNames, type ZoneState, type Zones } from './zones.ts'

/** Returns zones that are all in memory. */
export function loadedZones(zones: readonly Zone[]): Zones {
  const states = new Map(zones.map((zone) => [zone.origin.key, { kind: 'loaded', zone } as const]))
  return new RecentNames<ZoneState>((name) => {
    for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1) {
      const found = states.get(name.slice(at))
      if (found) return found
    }
    return undefined
  })
}
