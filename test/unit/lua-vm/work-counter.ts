import { END, LuaTable } from '../../../src/lua-vm/table.ts'

/**
 * Counts what JavaScript itself is asked to do, whoever asks: octets that its functions on texts go through, elements
 * that its functions on lists do, and look-ups. It knows nothing of steps, so that it can be held against them.
 * A unit is about a nanosecond.
 */
export class WorkCounter {
  units = 0
  private readonly restore: (() => void)[] = []

  /** Counts while `run` runs, and not a moment longer. */
  during(run: () => void): number {
    this.units = 0
    this.patch()
    try {
      run()
    } finally {
      for (const undo of this.restore.splice(0)) undo()
    }
    return this.units
  }

  private patch(): void {
    const self = lengthOfThis
    this.method(String.prototype, ['toLowerCase', 'toUpperCase', 'split', 'replace', 'replaceAll', 'match'], self)
    this.method(String.prototype, ['search', 'indexOf', 'lastIndexOf', 'includes', 'trim', 'normalize'], self)
    this.method(String.prototype, [Symbol.iterator], (text) => PER_ELEMENT * (text as string).length)
    this.method(String.prototype, ['charCodeAt', 'slice', 'startsWith', 'endsWith', 'padStart', 'padEnd'], () => 2)
    // `exec` too is called by all others: it is counted with those.
    this.method(RegExp.prototype, ['test'], (_, [text]) => String(text).length)
    this.method(TextEncoder.prototype, ['encode'], (_, [text]) => String(text).length)
    this.method(Array.prototype, ['slice', 'map', 'filter', 'reverse', 'sort', 'join', 'concat', 'flatMap'], self)
    this.method(Array.prototype, ['some', 'every', 'reduce', 'forEach', 'fill', 'unshift'], self)
    this.method(Array.prototype, ['push'], () => 2)
    this.method(Map.prototype, ['get', 'set', 'has'], () => 4)
    this.method(Set.prototype, ['add', 'has'], () => 4)
    this.method(LuaTable.prototype, ['get', 'set'], () => 4)
    this.method(LuaTable.prototype, ['eachSlot'], (table) => 4 * (table as LuaTable).size)
    this.method(LuaTable.prototype, ['seek'], (table, [from], found) =>
      passed(table as LuaTable, Number(from), Number(found)),
    )
    for (const type of [Array, Uint8Array, Uint32Array])
      this.method(type, ['from'], (_, [of]) => PER_ELEMENT * sizeOf(of))
    this.method(JSON, ['stringify'], (_, [value]) => String(value).length)
    this.method(Number.prototype, ['toExponential', 'toFixed'], () => 100)
    this.method(Number, ['parseInt'], (_, [text]) => String(text).length)
    const number = globalThis.Number
    const counted = new Proxy(number, {
      apply: (target, self, args: unknown[]) => {
        this.units += typeof args[0] === 'string' ? args[0].length : 1
        return Reflect.apply(target, self, args)
      },
    })
    globalThis.Number = counted
    this.restore.push(() => {
      globalThis.Number = number
    })
  }

  private method(
    of: object,
    names: readonly (string | symbol)[],
    units: (self: unknown, args: readonly unknown[], result: unknown) => number,
  ): void {
    for (const name of names) {
      const original = Reflect.get(of, name) as (...args: unknown[]) => unknown
      const counter = this
      Reflect.set(of, name, function (this: unknown, ...args: unknown[]) {
        const result = Reflect.apply(original, this, args)
        counter.units += units(this, args, result)
        return result
      })
      this.restore.push(() => {
        Reflect.set(of, name, original)
      })
    }
  }
}

/** The slots that a table went over: positions count from 0 up in its list, and from -1 down behind it. */
function passed(table: LuaTable, from: number, found: number): number {
  const order = (position: number): number => (position >= 0 ? position : table.length - 1 - position)
  return 4 + (found === END ? table.size : order(found)) - order(from)
}

/** The steps that a loop of JavaScript's own takes for each element. */
const PER_ELEMENT = 8

const lengthOfThis = (self: unknown): number => 2 + (self as { length: number }).length

const sizeOf = (of: unknown): number => {
  const { length, size } = of as { length?: number; size?: number }
  return length ?? size ?? 0
}
