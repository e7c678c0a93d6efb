import { LATENCY_SAMPLE_MS, MAX_LATENCY_CHARS, MAX_LATENCY_MS, MAX_RECORDED_TARGETS } from '../limits.ts'
import type { LatencySeries } from '../notify/index.ts'
import { rowsOf, type SqlStorage } from '../store/index.ts'
import { Meta } from './tables.ts'

/** The latency of targets in milliseconds, by the id of their probe, as a vantage point has it. */
type LatencySample = { readonly vantage: string; readonly ms: ReadonlyMap<string, number> }

/** The place of a target in samples. `gone`: since when no zone has it, in milliseconds since the epoch. */
type Numbered = { readonly number: number; readonly gone: number | null }

/**
 * Samples of latency: one each five minutes for each vantage point, for a week. A sample is a text of three characters
 * for each target, at the place of its number.
 */
export class Latencies {
  private readonly storage: SqlStorage
  private numbers: Map<string, Numbered> | undefined
  private readonly lastSlots = new Map<string, number>()
  private readonly meta: Meta

  constructor(storage: SqlStorage) {
    this.storage = storage
    this.meta = new Meta(storage)
  }

  /** Returns true if a sample of a vantage point is due. @param at the time of its document */
  isDue(vantage: string, at: number): boolean {
    const slot = slotOf(at)
    let last = this.lastSlots.get(vantage)
    if (last === undefined) {
      const [row] = rowsOf<{ at: number | null }>(
        this.storage,
        'SELECT MAX(at) AS at FROM latency WHERE vantage = ?',
        vantage,
      )
      last = row?.at ?? 0
      this.lastSlots.set(vantage, last)
    }
    return slot > last
  }

  /** Adds a sample that is due, in one transaction. @param at the time of the vantage point's document */
  add({ vantage, ms }: LatencySample, at: number): void {
    const slot = slotOf(at)
    const cells: string[] = []
    const free = this.freeNumbers()
    for (const [id, value] of ms) {
      const number = this.numberOf(id, free)
      if (number !== undefined) cells[number] = cellOf(value)
    }
    const text = Array.from(cells, (cell) => cell ?? NONE).join('')
    this.size += text.length
    this.storage.sql.exec(
      'INSERT OR REPLACE INTO latency (vantage, at, size, ms) VALUES (?, ?, ?, ?)',
      ...[vantage, slot, text.length, text],
    )
    this.lastSlots.set(vantage, slot)
    this.prune(at)
  }

  /** Returns the samples of a target by vantage point, the oldest first. */
  series(id: string, from: number, to: number): Omit<LatencySeries, 'check'>[] {
    const number = this.known().get(id)?.number
    if (number === undefined) return []
    const rows = rowsOf<{ vantage: string; at: number; cell: string }>(
      this.storage,
      'SELECT vantage, at, substr(ms, ?, ?) AS cell FROM latency WHERE at >= ? AND at <= ? ORDER BY vantage, at',
      ...[number * CELL_CHARS + 1, CELL_CHARS, from, to],
    )
    const found = rows.filter(({ cell }) => cell.length === CELL_CHARS && cell !== NONE)
    return Array.from(
      Map.groupBy(found, ({ vantage }) => vantage),
      ([vantage, samples]) => ({
        vantage,
        at: samples.map(({ at }) => new Date(at).toISOString()),
        ms: samples.map(({ cell }) => latencyIn(cell)),
      }),
    )
  }

  private known(): Map<string, Numbered> {
    this.numbers ??= new Map(
      rowsOf<{ id: string } & Numbered>(this.storage, 'SELECT id, number, gone FROM numbers').map(
        ({ id, number, gone }) => [id, { number, gone }],
      ),
    )
    return this.numbers
  }

  /** @param free numbers that no target has */
  private numberOf(id: string, free: Iterator<number, undefined>): number | undefined {
    const known = this.known().get(id)
    if (known) return known.number
    const number = free.next().value
    if (number !== undefined) this.set(id, { number, gone: null })
    return number
  }

  /** Gives out numbers that were free when the first is asked for. */
  private *freeNumbers(): Generator<number, undefined> {
    const taken = new Set(Array.from(this.known().values(), ({ number }) => number))
    for (let number = 0; number < MAX_RECORDED_TARGETS; number++) if (!taken.has(number)) yield number
    return undefined
  }

  /**
   * Frees the numbers of targets that have been gone for so long that no sample has them.
   * @param ids of all that are there
   */
  forget(ids: ReadonlySet<string>, now: number): void {
    for (const [id, { number, gone }] of this.known()) {
      const isThere = ids.has(id)
      if (isThere && gone !== null) this.set(id, { number, gone: null })
      else if (!isThere && gone === null) this.set(id, { number, gone: now })
      else if (!isThere && gone !== null && now - gone > MAX_LATENCY_MS) {
        this.storage.sql.exec('DELETE FROM numbers WHERE id = ?', id)
        this.known().delete(id)
      }
    }
  }

  private set(id: string, { number, gone }: Numbered): void {
    this.known().set(id, { number, gone })
    this.storage.sql.exec('INSERT OR REPLACE INTO numbers (id, number, gone) VALUES (?, ?, ?)', id, number, gone)
  }

  private prune(now: number): void {
    this.drop(now - MAX_LATENCY_MS)
    while (this.size > MAX_LATENCY_CHARS) {
      const [oldest] = rowsOf<{ at: number }>(this.storage, 'SELECT at FROM latency ORDER BY at LIMIT 1')
      if (!oldest) return
      this.drop(oldest.at + 1)
    }
  }

  /** Deletes the samples before a time. */
  private drop(before: number): void {
    const [row] = rowsOf<{ size: number | null }>(
      this.storage,
      'SELECT SUM(size) AS size FROM latency WHERE at < ?',
      before,
    )
    // A sum of no rows is null; rows may be empty.
    if (row?.size == null) return
    this.storage.sql.exec('DELETE FROM latency WHERE at < ?', before)
    this.size -= row.size
  }

  /**
   * The characters of all samples. They stand in the storage: an object that nobody asks for some seconds loses its
   * memory, and would read each row to add them up.
   */
  private get size(): number {
    return this.meta.get<number>(SIZE) ?? this.summedSize()
  }

  private set size(size: number) {
    this.meta.set(SIZE, size)
  }

  private summedSize(): number {
    const [sum] = rowsOf<{ size: number | null }>(this.storage, 'SELECT SUM(size) AS size FROM latency')
    return sum?.size ?? 0
  }
}

const SIZE = 'latencySize'

const slotOf = (at: number): number => Math.floor(at / LATENCY_SAMPLE_MS) * LATENCY_SAMPLE_MS

const CELL_CHARS = 3
/** The cell of a target without a sample. */
const NONE = '...'
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const MAX_CELL = DIGITS.length ** CELL_CHARS - 1

function cellOf(ms: number): string {
  const value = Math.min(MAX_CELL, Math.max(0, Math.round(ms)))
  return [value >> 12, (value >> 6) & 63, value & 63].map((digit) => DIGITS[digit]).join('')
}

const latencyIn = (cell: string): number =>
  Array.from(cell).reduce((value, digit) => value * DIGITS.length + DIGITS.indexOf(digit), 0)
