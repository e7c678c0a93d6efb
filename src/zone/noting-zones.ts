import type { NameKey } from '../dns/index.ts'
import type { Found, ZoneNames } from './names.ts'
import type { NeedsZone } from './resolution.ts'
import type { Zone, ZoneNode } from './zone.ts'
import type { ZoneState, Zones } from './zones.ts'

/**
 * Zones of which not everything is in memory, for code that looks at many names at once. It never gets "load this
 * first" for an answer: a zone that is not loaded is unavailable, a name in a part that is not there is none, and
 * `missing` has them. A result is right only if nothing is missing; else load that, and compute it again.
 */
export class NotingZones implements Zones {
  private readonly zones: Zones
  private readonly noted = new Map<string, NeedsZone>()
  /** Cached, so that a zone stays the same object. */
  private readonly seen = new WeakMap<Zone, Zone>()

  constructor(zones: Zones) {
    this.zones = zones
  }

  /** The zones and parts that were looked for in vain. */
  get missing(): readonly NeedsZone[] {
    return [...this.noted.values()]
  }

  find(name: NameKey): ZoneState | undefined {
    const state = this.zones.find(name)
    if (state?.kind === 'unloaded') {
      this.note(state.origin, state.part)
      return { kind: 'unavailable', origin: state.origin, why: 'the zone is not in memory' }
    }
    return state?.kind === 'loaded' ? { kind: 'loaded', zone: this.watched(state.zone) } : state
  }

  private note(origin: NameKey, part: number | undefined): void {
    this.noted.set(`${part} ${origin}`, { kind: 'needs-zone', origin, ...(part !== undefined && { part }) })
  }

  private watched(zone: Zone): Zone {
    const known = this.seen.get(zone)
    if (known) return known
    const names = new NotingNames(zone, (part) => this.note(zone.origin.key, part))
    // The zone itself, but for its names.
    const watched: Zone = Object.create(zone, { names: { value: names } })
    this.seen.set(zone, watched)
    return watched
  }
}

class NotingNames implements ZoneNames {
  private readonly origin: NameKey
  private readonly names: ZoneNames
  private readonly note: (part: number) => void

  constructor({ origin, names }: Zone, note: (part: number) => void) {
    this.origin = origin.key
    this.names = names
    this.note = note
  }

  missingPart(key: NameKey): undefined {
    const part = this.names.missingPart(key)
    if (part !== undefined) this.note(part)
  }

  find(key: NameKey): ZoneNode | undefined {
    this.missingPart(key)
    return this.names.find(key)
  }

  lookup(key: NameKey): Found {
    const found = this.names.lookup(key)
    if (found.kind !== 'missing') return found
    this.note(found.part)
    return { kind: 'nothing', encloser: this.origin }
  }

  all(): Iterable<ZoneNode> {
    return this.names.all()
  }
}
