import { HostObject, type HostType, isTruthy, LuaTable, type LuaValue, type Run } from '../lua-vm/index.ts'
import type { Ways } from './explore-ways.ts'

/**
 * A value that only a query knows. With `options` it is one of them, chosen when it matters; without, it can be
 * anything. `isAll`: true if there are no other options.
 */
type Unknown = {
  options: readonly LuaValue[] | undefined
  isAll: boolean
  isTruthy: boolean
  /** The choice, for the rest of the way. */
  settled: { readonly value: LuaValue } | undefined
}

const UNKNOWN: HostType<unknown> = { name: 'unknown', methods: new Map(), steps: () => 0 }

/** @param truthy true if it is neither nil nor false */
export const unknown = (truthy = false): HostObject =>
  new HostObject<unknown>(UNKNOWN, { options: undefined, isAll: true, isTruthy: truthy, settled: undefined })

/** One of some values. */
export function oneOf(values: Iterable<LuaValue>, isAll = true): LuaValue {
  const options = [...new Set(values)]
  const [only] = options
  if (options.length === 1 && isAll) return only
  return new HostObject<unknown>(UNKNOWN, { options, isAll, isTruthy: false, settled: undefined })
}

/** A list as a table. */
export function listTable(values: readonly LuaValue[]): LuaTable {
  const table = new LuaTable()
  table.adopt([...values])
  return table
}

const innerOf = (value: LuaValue): Unknown | undefined =>
  value instanceof HostObject && value.type === UNKNOWN ? (value.value as Unknown) : undefined

/** Returns whether a resolved value can still be anything. */
export const isUnknown = (value: LuaValue): value is HostObject => innerOf(value) !== undefined

/** Chooses among what values can be. */
export class Resolver {
  private readonly ways: Ways

  constructor(ways: Ways) {
    this.ways = ways
  }

  /** The value that it is on this way, or a value that can be anything. */
  resolve(value: LuaValue, run: Run): LuaValue {
    const inner = innerOf(value)
    if (!inner) return value
    if (!inner.settled) {
      if (!inner.options) return value
      if (!inner.isAll) this.ways.incomplete = true
      const chosen = this.ways.choose(inner.options.length, placeOf(run))
      inner.settled = { value: inner.options[chosen] }
    }
    return this.resolve(inner.settled.value, run)
  }

  /** The value if it counts as true on this way, else nil. */
  test(value: LuaValue, run: Run): LuaValue {
    const inner = innerOf(value)
    if (!inner) return isTruthy(value) ? value : undefined
    if (inner.settled) return this.test(inner.settled.value, run)
    const { options } = inner
    if (options?.some(isUnknown)) return this.test(this.resolve(value, run), run)
    if (inner.isTruthy || options?.every(isTruthy)) return value
    const falsy = options?.filter((option) => !isTruthy(option)) ?? [undefined]
    if (falsy.length === options?.length) return undefined
    if (this.ways.choose(2, placeOf(run)) === 0) {
      inner.options = falsy
      if (falsy.length === 1) inner.settled = { value: falsy[0] }
      return undefined
    }
    inner.options = options?.filter(isTruthy)
    inner.isTruthy = true
    return value
  }

  /** Chooses the outcome of an unknown condition. */
  holds(run: Run): boolean {
    return this.ways.choose(2, placeOf(run)) === 1
  }

  /** Chooses whether a value that can be anything is the same as another. If so, it is set to that, if plain. */
  same(a: LuaValue, b: LuaValue, run: Run): boolean {
    const [open, other] = isUnknown(a) ? [innerOf(a) as Unknown, b] : [innerOf(b) as Unknown, a]
    if (!isTruthy(other) && open.isTruthy) return false
    if (!this.holds(run)) return false
    const isPlain = typeof other !== 'object'
    if (isPlain) open.settled = { value: other }
    return true
  }

  /**
   * Resolves a value and what is in it, in its place.
   * @returns the value, and whether nothing in it can be anything
   */
  settle(value: LuaValue, run: Run, seen: Set<LuaTable> = new Set()): { value: LuaValue; isKnown: boolean } {
    const resolved = this.resolve(value, run)
    if (isUnknown(resolved)) return { value: resolved, isKnown: false }
    if (!(resolved instanceof LuaTable) || seen.has(resolved)) return { value: resolved, isKnown: true }
    seen.add(resolved)
    let isKnown = true
    for (const [key, inner] of [...resolved.entries(run)]) {
      run.chargeSteps(1)
      const settled = this.settle(inner, run, seen)
      if (settled.value !== inner) resolved.set(key, settled.value)
      isKnown &&= settled.isKnown && !isUnknown(key)
    }
    return { value: resolved, isKnown }
  }
}

const placeOf = ({ site }: Run): string => (site ? `${site.chunk.name} ${site.at}` : '')
