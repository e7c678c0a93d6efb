import type { NameKey } from '../dns/query-path.ts'
import type { Origins, ZoneState, Zones } from '../zone/query-path.ts'
import type { ZoneCopy } from './zone-copy.ts'

/** The published zones at the time of a query. A look-up begins nothing: it only notes the zones that it found. */
export class ZonesAtTime implements Zones {
  /** The zones that were found. */
  readonly used: ZoneCopy[] = []
  private readonly copies: Origins<ZoneCopy> | undefined
  readonly isFinal: boolean
  private readonly mustWait: (copy: ZoneCopy) => boolean

  constructor(copies: Origins<ZoneCopy> | undefined, mustWait: (copy: ZoneCopy) => boolean, isFinal = false) {
    this.copies = copies
    this.mustWait = mustWait
    this.isFinal = isFinal
  }

  find(name: NameKey): ZoneState | undefined {
    if (!this.copies) return { kind: 'unavailable', origin: name, why: 'the list of zones could not be read' }
    const copy = this.copies.find(name)
    if (!copy) return undefined
    copy.use()
    if (!this.used.includes(copy)) this.used.push(copy)
    return this.mustWait(copy) ? { kind: 'unloaded', origin: copy.key } : inMemory(copy)
  }
}

/** A zone that was waited for in vain is not `unloaded`: the query would be asked again and again. */
const inMemory = ({ state, key }: ZoneCopy): ZoneState =>
  state.kind === 'unloaded' ? { kind: 'unavailable', origin: key, why: 'KV did not answer in time' } : state
