import { isSubdomain, type NameKey } from '../../dns/query-path.ts'
import { Damaged } from '../../stored-value.ts'
import { type Found, foundBelow, foundExact, type ZoneNames } from '../names.ts'
import type { ZoneNode } from '../zone.ts'
import type { Damage } from './damage.ts'
import { borderAt, sortText } from './name-order.ts'
import type { PartSlot } from './part-slots.ts'

/**
 * The names of a stored zone. Each of its parts answers by itself for the names from its border to the next one. Look-ups
 * throw `Damaged` where octets with the right checksum were not written by `ZoneWriter`.
 */
export class StoredNames implements ZoneNames {
  /** The sort text of the first name of each part; the first border is that of the origin. */
  private readonly borders: readonly string[]
  private readonly slots: readonly PartSlot[]
  private readonly originKey: NameKey
  private readonly damage: Damage

  constructor(originKey: NameKey, borders: readonly string[], slots: readonly PartSlot[], damage: Damage) {
    this.originKey = originKey
    this.borders = borders
    this.slots = slots
    this.damage = damage
  }

  missingPart(key: NameKey): number | undefined {
    const number = this.numberOf(key)
    return this.slots[number]?.part ? undefined : number
  }

  find(key: NameKey): ZoneNode | undefined {
    if (!isSubdomain(key, this.originKey)) return undefined
    try {
      return this.slots[this.numberOf(key)]?.use()?.find(key, 0)
    } catch (error) {
      this.damage.note(error)
      throw error
    }
  }

  lookup(key: NameKey): Found {
    try {
      return this.found(key)
    } catch (error) {
      this.damage.note(error)
      throw error
    }
  }

  private found(key: NameKey): Found {
    const part = this.slots[this.numberOf(key)]?.use()
    const exact = part?.find(key, 0)
    if (exact) return foundExact(exact)
    const last = key.length - this.originKey.length
    let encloser: ZoneNode | undefined
    for (let at = 0; part && !encloser && at < last; ) {
      at += key.charCodeAt(at) + 1
      encloser = part.find(key, at)
    }
    // Each part knows the origin.
    if (!encloser) throw new Damaged('a part that is in memory and has the origin')
    return foundBelow(encloser)
  }

  *all(): Iterable<ZoneNode> {
    for (const { part } of this.slots) if (part) yield* part.all()
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
    const { borders } = this
    return borders.length === 1 ? 0 : borderAt(borders, sortText(key, this.originKey.length))
  }
}
