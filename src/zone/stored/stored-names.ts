import { isSubdomain, type NameKey } from '../../dns/query-path.ts'
import { type Found, foundBelow, foundExact, type MissingPart, type ZoneNames } from '../names.ts'
import type { ZoneNode } from '../zone.ts'
import { Borders } from './borders.ts'
import type { Damage } from './damage.ts'
import type { NodeCache } from './node-cache.ts'
import type { Part, PartContext } from './part.ts'
import type { PartSlot } from './part-slots.ts'

/**
 * The names of a stored zone. Each of its parts answers by itself for the names from its border to the next one.
 * Look-ups throw `Damaged` where octets with the right checksum were not written by `ZoneWriter`.
 */
export class StoredNames implements ZoneNames {
  private readonly borders: Borders
  private readonly slots: readonly PartSlot[]
  private readonly originKey: NameKey
  private readonly cache: NodeCache
  private readonly damage: Damage

  /** @param borders the sort text of the first name of each part; the first border is that of the origin */
  constructor({ originKey, cache, damage }: PartContext, borders: readonly string[], slots: readonly PartSlot[]) {
    this.originKey = originKey
    this.borders = new Borders(borders)
    this.slots = slots
    this.cache = cache
    this.damage = damage
  }

  missingPart(key: NameKey): number | undefined {
    const number = this.numberOf(key)
    return this.slots[number]?.part ? undefined : number
  }

  find(key: NameKey): ZoneNode | undefined {
    if (!isSubdomain(key, this.originKey)) return undefined
    return this.slots[this.numberOf(key)]?.use()?.find(key, 0)
  }

  lookup(key: NameKey): Found | MissingPart {
    const known = this.cache.lookup(key)
    if (known !== undefined && known.key === key && known.names === this && known.slot.use() === known.part) {
      return known.found
    }
    const part = this.numberOf(key)
    const slot = this.slots[part]
    const held = slot?.use()
    return slot && held ? this.lookupIn(held, slot, key) : { kind: 'missing', part }
  }

  private lookupIn(part: Part, slot: PartSlot, key: NameKey): Found {
    const exact = part.find(key, 0)
    const found = exact ? foundExact(exact) : foundBelow(this.encloser(part, key))
    if (!exact || exact.isKept) this.cache.keepLookup({ key, names: this, slot, part, found })
    return found
  }

  /** Each part knows the origin. */
  private encloser(part: Part, key: NameKey): ZoneNode {
    const last = key.length - this.originKey.length
    for (let at = 0; at < last; ) {
      at += key.charCodeAt(at) + 1
      const node = part.find(key, at)
      if (node) return node
    }
    throw this.damage.found('a part that has the origin')
  }

  *all(): Iterable<ZoneNode> {
    for (const { part } of this.slots) if (part) yield* part.all()
  }

  /** Returns the places of the parts that are in memory. */
  held(): readonly PartSlot[] {
    return this.slots.filter(({ part }) => part)
  }

  /** Drops all parts. */
  drop(): void {
    for (const slot of this.slots) slot.drop()
  }

  /** The place where a part is kept, by its number. */
  slot(number: number): PartSlot | undefined {
    return this.slots[number]
  }

  private numberOf(key: NameKey): number {
    return this.borders.partOf(key, this.originKey.length)
  }
}
