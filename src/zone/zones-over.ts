import { type NameKey, parentKey, ROOT } from '../dns/index.ts'
import { loadedZones } from './loaded-zones.ts'
import type { Zone } from './zone.ts'
import type { ZoneState, Zones } from './zones.ts'

/**
 * Returns zones with others around them. A name is in the zone with the longest origin; of two alike, in the own one.
 */
export function zonesOver(own: readonly Zone[], around: Zones | undefined): Zones {
  const local = loadedZones(own)
  if (!around) return local
  return {
    find(name: NameKey): ZoneState | undefined {
      const [inner, outer] = [local.find(name), around.find(name)]
      if (!inner || !outer) return inner ?? outer
      return originOf(outer).length > originOf(inner).length ? outer : inner
    },
  }
}

/** Returns zones without some: their names are in the zone above, if that is there. */
export function zonesWithout(zones: Zones, origins: ReadonlySet<NameKey>): Zones {
  return {
    find(name: NameKey): ZoneState | undefined {
      let state = zones.find(name)
      while (state && origins.has(originOf(state))) {
        const origin = originOf(state)
        state = origin === ROOT.key ? undefined : zones.find(parentKey(origin))
      }
      return state
    },
  }
}

const originOf = (state: ZoneState): NameKey => (state.kind === 'loaded' ? state.zone.origin.key : state.origin)
