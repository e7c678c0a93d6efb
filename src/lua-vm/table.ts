import type { Meter } from '../meter.ts'
import type { LuaValue } from './value.ts'

/** The end of the hash part for `next`. */
export const END = -0x8000_0000

/**
 * A Lua table: the values of 1 to n in an array, everything else by key in the order it came in. `pairs` goes through
 * the array first and then through the rest in that order, which is one of the orders that Lua allows.
 *
 * The array has no nil at its end and its successor is never in the hash part, so that its length is a border.
 */
export class LuaTable {
  meta: LuaTable | undefined
  array: LuaValue[] = []
  /** A key whose value became nil stays, for `next` to go on from. */
  private keys: LuaValue[] | undefined
  private values: LuaValue[] | undefined
  private slots: Map<LuaValue, number> | undefined
  private removed = 0
  /** The hash part is another table's too, until it is written to. */
  private borrowed = false

  /** A table with the same fields, which costs nothing until one of the two is written to: `of` must not be. */
  static borrow(of: LuaTable): LuaTable {
    const table = new LuaTable()
    table.keys = of.keys
    table.values = of.values
    table.slots = of.slots
    table.borrowed = true
    return table
  }

  /** `#`. */
  get length(): number {
    return this.array.length
  }

  /** The number of slots, with a value or without one: the most that `seek` reads. */
  get size(): number {
    return this.array.length + (this.values?.length ?? 0)
  }

  /** Iterates over the values without their keys: the charge is by the slot. */
  eachSlot(visit: (value: LuaValue) => void): void {
    for (let i = 0; i < this.array.length; i++) visit(this.array[i])
    if (this.values) for (let i = 0; i < this.values.length; i++) visit(this.values[i])
  }

  get(key: LuaValue): LuaValue {
    if (typeof key === 'number' && key > 0 && key <= this.array.length && Number.isInteger(key)) {
      return this.array[key - 1]
    }
    const slot = this.slots?.get(key)
    return slot === undefined ? undefined : (this.values as LuaValue[])[slot]
  }

  /** A field by its name: never in the array. */
  field(name: string): LuaValue {
    const slot = this.slots?.get(name)
    return slot === undefined ? undefined : (this.values as LuaValue[])[slot]
  }

  /**
   * @param key neither nil nor NaN
   * @returns whether the table has grown
   */
  set(key: LuaValue, value: LuaValue): boolean {
    if (typeof key === 'number' && key > 0 && key <= this.array.length + 1 && Number.isInteger(key)) {
      return this.setElement(key, value)
    }
    const slot = this.slots?.get(key)
    if (slot !== undefined) {
      this.own()
      const values = this.values as LuaValue[]
      if (value === undefined && values[slot] !== undefined) this.removed++
      if (value !== undefined && values[slot] === undefined) this.removed--
      values[slot] = value
      return false
    }
    if (value === undefined) return false
    this.insert(key, value)
    return true
  }

  /** Makes a list the values of 1 to n, as a constructor does after its keys. The list is the table's from now on. */
  adopt(list: LuaValue[]): void {
    const keys = this.keys ?? []
    if (this.array.length > 0 || keys.some((key) => typeof key === 'number')) {
      list.forEach((value, i) => {
        this.set(i + 1, value)
      })
      return
    }
    while (list.length > 0 && list[list.length - 1] === undefined) list.pop()
    this.array = list
  }

  private setElement(key: number, value: LuaValue): boolean {
    const { array } = this
    if (key <= array.length) {
      array[key - 1] = value
      if (value !== undefined) return false
      while (array.length > 0 && array[array.length - 1] === undefined) array.pop()
      return false
    }
    if (value === undefined) return false
    array.push(value)
    if (this.slots) this.migrate()
    return true
  }

  /** Moves what has become a successor of the array into it. */
  private migrate(): void {
    for (;;) {
      const next = this.array.length + 1
      const value = this.field(next as unknown as string)
      if (value === undefined) return
      this.own()
      ;(this.values as LuaValue[])[this.slots?.get(next) as number] = undefined
      this.removed++
      this.array.push(value)
    }
  }

  private insert(key: LuaValue, value: LuaValue): void {
    this.own()
    if (this.removed > 8 && this.removed * 2 > (this.keys as LuaValue[]).length) this.compact()
    this.slots ??= new Map()
    this.keys ??= []
    this.values ??= []
    this.slots.set(key, this.keys.length)
    this.keys.push(key)
    this.values.push(value)
  }

  private compact(): void {
    const { keys, values } = this
    this.keys = []
    this.values = []
    this.slots = new Map()
    this.removed = 0
    keys?.forEach((key, i) => {
      if (values?.[i] !== undefined) this.insert(key, values[i])
    })
  }

  private own(): void {
    if (!this.borrowed) return
    this.borrowed = false
    this.keys = this.keys?.slice()
    this.values = this.values?.slice()
    this.slots = this.slots && new Map(this.slots)
  }

  // --- going through: positions are 0… in the array and -1, -2, … in the hash part -----------------------------------

  /** The first position from `position` on that has a value, or END. 0 begins. The slots passed over are charged. */
  seek(position: number, meter: Meter): number {
    const inArray = position < 0 ? END : this.seekArray(position)
    if (inArray !== END) {
      charge(inArray - position, meter)
      return inArray
    }
    const from = position < 0 ? -1 - position : 0
    const passed = position < 0 ? 0 : this.array.length - position
    const { values = NONE } = this
    for (let i = from; i < values.length; i++) {
      if (values[i] === undefined) continue
      charge(passed + i - from, meter)
      return -1 - i
    }
    charge(passed + values.length - from, meter)
    return END
  }

  private seekArray(position: number): number {
    for (let at = position; at < this.array.length; at++) if (this.array[at] !== undefined) return at
    return END
  }

  keyAt(position: number): LuaValue {
    return position >= 0 ? position + 1 : this.keys?.[-1 - position]
  }

  valueAt(position: number): LuaValue {
    return position >= 0 ? this.array[position] : this.values?.[-1 - position]
  }

  static after(position: number): number {
    return position >= 0 ? position + 1 : position - 1
  }

  /** The position after a key's; undefined for a key that was never there. */
  positionAfter(key: LuaValue): number | undefined {
    if (key === undefined) return 0
    const slot = this.slots?.get(key)
    const isIndex = typeof key === 'number' && key > 0 && Number.isInteger(key)
    // An element at the end that became nil during the iteration is no longer in the array.
    if (isIndex && (slot === undefined || key <= this.array.length)) return key
    return slot === undefined ? undefined : -1 - (slot + 1)
  }

  /** Iterates over the keys and values, in the order of `pairs`. */
  entries(meter: Meter): IterableIterator<TableEntry> {
    return new Entries(this, meter)
  }
}

export type TableEntry = readonly [key: LuaValue, value: LuaValue]

/** Iterates over a table. A generator would take longer than most functions that use it. */
class Entries implements IterableIterator<TableEntry> {
  private readonly table: LuaTable
  private readonly meter: Meter
  /** The position that comes next, or END. */
  private position = 0

  constructor(table: LuaTable, meter: Meter) {
    this.table = table
    this.meter = meter
  }

  next(): IteratorResult<TableEntry> {
    const { table } = this
    const at = this.position === END ? END : table.seek(this.position, this.meter)
    this.position = at === END ? END : LuaTable.after(at)
    return at === END ? { done: true, value: undefined } : { done: false, value: [table.keyAt(at), table.valueAt(at)] }
  }

  [Symbol.iterator](): this {
    return this
  }
}

const NONE: readonly LuaValue[] = []

/** The number of empty slots that are skipped for one step. A few are part of the look-up. */
const SLOTS_A_STEP = 16

function charge(passed: number, meter: Meter): void {
  if (passed >= SLOTS_A_STEP) meter.chargeSteps(Math.floor(passed / SLOTS_A_STEP))
}
