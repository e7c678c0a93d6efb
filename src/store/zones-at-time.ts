import type { NameKey } from '../dns/query-path.ts'
import type { ZoneState, Zones } from '../zone/query-path.ts'
import type { KnownZones } from './known-zones.ts'
import { ZoneCopy } from './zone-copy.ts'

/** The published zones at the time of a query. A look-up begins nothing: it only notes the zones that it found. */
export class ZonesAtTime implements Zones {
  /** The zones that were found. */
  readonly used: ZoneCopy[] = []
  private readonly known: KnownZones | undefined
  readonly isFinal: boolean
  private readonly mustWait: (copy: ZoneCopy) => boolean

  constructor(known: KnownZones | undefined, mustWait: (copy: ZoneCopy) => boolean, isFinal = false) {
    this.known = known
    this.mustWait = mustWait
    this.isFinal = isFinal
  }

  get isSigned(): boolean {
    return this.used.some(({ entry }) => entry.dnssec)
  }

  find(name: NameKey): ZoneState | undefined {
    if (!this.known) return { kind: 'unavailable', origin: name, why: 'the list of zones could not be read' }
    const copy = this.known.find(name)
    if (!(copy instanceof ZoneCopy)) return copy
    copy.use()
    if (!this.used.includes(copy)) this.used.push(copy)
    return this.mustWait(copy) ? { kind: 'unloaded', origin: copy.key } : inMemory(copy)
  }
}

/** A zone that was waited for in vain is not `unloaded`: the query would be asked again and again. */
const inMemory = ({ state, key }: ZoneCopy): ZoneState =>
  state.kind === 'unloaded' ? { kind: 'unavailable', origin: key, why: 'KV did not answer in time' } : state
