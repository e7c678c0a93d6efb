import { MAX_HEALTH_CALL_CHARS } from '../limits.ts'
import {
  byTables,
  formatNumber,
  joinable,
  LuaTable,
  type LuaValue,
  type Run,
  SCANNED,
  typeOf,
} from '../lua-vm/index.ts'

/**
 * Returns the arguments of a call as JSON: equal arguments have equal texts. A table whose keys are
 * numbers is an array in the order of its keys; every other table is an object with its keys in order.
 */
export function argumentsText(args: readonly LuaValue[], name: string, run: Run): string {
  const given = args.slice()
  while (given.length > 0 && given.at(-1) === undefined) given.pop()
  const writer = new Writer(name, run)
  return writer.finish(`[${given.map((value) => writer.text(value, 0)).join(',')}]`)
}

/** A list of tables of addresses has three levels, a table of options with headers two. */
const MAX_LEVELS = 6

/** The charge for writing tables of all these levels. Keys are charged when they are written. */
export const WRITTEN = byTables(MAX_LEVELS, SCANNED, 2)

class Writer {
  private readonly name: string
  private readonly run: Run
  private chars = 0

  constructor(name: string, run: Run) {
    this.name = name
    this.run = run
  }

  finish(text: string): string {
    this.run.chargeBytes(text.length)
    return text
  }

  text(value: LuaValue, level: number): string {
    switch (typeof value) {
      case 'undefined':
        return 'null'
      case 'boolean':
        return String(value)
      case 'number':
        return Number.isFinite(value) ? String(value) : this.quoted(formatNumber(value))
      case 'string':
        return this.quoted(value)
      default:
        if (value instanceof LuaTable) return this.table(value, level)
        throw this.run.fail(`${this.name}: a ${typeOf(value)} is not a text; expected texts, numbers and tables`)
    }
  }

  private quoted(text: string): string {
    this.chars += text.length
    if (this.chars <= MAX_HEALTH_CALL_CHARS) return JSON.stringify(text)
    throw this.run.fail(
      `${this.name}: the arguments are too long; expected at most ${MAX_HEALTH_CALL_CHARS} characters`,
    )
  }

  private table(table: LuaTable, level: number): string {
    if (level >= MAX_LEVELS) throw this.run.fail(`${this.name}: the tables nest too deep; expected lists of lists`)
    const entries: (readonly [key: LuaValue, value: LuaValue])[] = []
    for (const entry of table.entries(this.run)) {
      entries.push(entry)
    }
    if (entries.every(([key]) => typeof key === 'number')) {
      const sorted = entries.sort(([a], [b]) => (a as number) - (b as number))
      return `[${sorted.map(([, value]) => this.text(value, level + 1)).join(',')}]`
    }
    const named = entries.map(([key, value]) => [this.key(key), value] as const)
    const sorted = named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${sorted.map(([key, value]) => `${this.quoted(key)}:${this.text(value, level + 1)}`).join(',')}}`
  }

  private key(key: LuaValue): string {
    const text = joinable(key)
    if (text !== undefined) {
      this.run.chargeSteps(Math.floor(text.length * SCANNED))
      return text
    }
    throw this.run.fail(`${this.name}: a ${typeOf(key)} is not a key; expected texts or numbers as keys`)
  }
}
