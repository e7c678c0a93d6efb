import { commonBits } from '../net/index.ts'
import type { Cell, Cells } from './cells.ts'

/** How many steps may still be taken. */
export type Effort = { left: number }

/** By number; what it costs to find out is taken off the effort. */
type OutcomeOf = (cell: Cell, effort: Effort) => number

/**
 * Neighbouring cells that come to the same, as far as they were walked over: whatever was not is left out of the scope, so
 * that an answer is never given to somebody who might get another.
 */
export class Run {
  /** The first address, and the first behind the run. Undefined at the edge of the address space. */
  first: Uint32Array | undefined
  next: Uint32Array | undefined
  steps = 0
  private readonly cells: Cells
  private readonly outcomeOf: OutcomeOf
  private readonly outcome: number
  private readonly width: number
  private low: Cell
  private high: Cell
  private isLowest = false
  private isHighest = false

  /** @param key in the cell that it begins with */
  constructor(cells: Cells, outcomeOf: OutcomeOf, key: Uint32Array, effort: Effort) {
    this.cells = cells
    this.outcomeOf = outcomeOf
    this.width = key.length
    this.low = cells.find(key)
    this.high = this.low
    this.outcome = outcomeOf(this.low, effort)
  }

  get isWhole(): boolean {
    return this.isLowest && this.isHighest
  }

  holds(key: Uint32Array): boolean {
    return (!this.first || compare(this.first, key) <= 0) && (!this.next || compare(this.next, key) > 0)
  }

  /** One bit more than the key has in common with what is on either side: the shortest prefix that stays in the run. */
  scopeOf(key: Uint32Array): number {
    return scopeBetween(this.first, this.next, key)
  }

  /** Goes on to both sides until something comes to another outcome, or the effort is spent. */
  grow(effort: Effort): void {
    const half = effort.left / 2
    this.growDown(effort, half)
    this.growUp(effort)
    this.growDown(effort, 0)
    this.first = this.cells.before(this.low) && this.cells.startOf(this.low, this.width)
    const after = this.cells.after(this.high)
    this.next = after && this.cells.startOf(after, this.width)
  }

  private growDown(effort: Effort, until: number): void {
    while (!this.isLowest && effort.left > until) {
      this.spend(effort)
      const before = this.cells.before(this.low)
      if (before && this.outcomeOf(before, effort) === this.outcome) this.low = before
      else this.isLowest = true
    }
  }

  private growUp(effort: Effort): void {
    while (!this.isHighest && effort.left > 0) {
      this.spend(effort)
      const after = this.cells.after(this.high)
      if (after && this.outcomeOf(after, effort) === this.outcome) this.high = after
      else this.isHighest = true
    }
  }

  private spend(effort: Effort): void {
    effort.left--
    this.steps++
  }

  meets(other: Run): boolean {
    return isBelow(this.first, other.next) && isBelow(other.first, this.next)
  }

  /** Two that meet are one: what comes to the same on both sides of an address does so all the way. */
  take(other: Run): void {
    if (!other.first || (this.first && compare(other.first, this.first) < 0)) {
      this.first = other.first
      this.low = other.low
      this.isLowest = other.isLowest
    }
    if (!other.next || (this.next && compare(other.next, this.next) > 0)) {
      this.next = other.next
      this.high = other.high
      this.isHighest = other.isHighest
    }
    this.steps += other.steps
  }
}

/** @param first of a range, and `next` the first behind it; undefined at the edge of the address space */
export function scopeBetween(first: Uint32Array | undefined, next: Uint32Array | undefined, key: Uint32Array): number {
  const before = first ? commonBits(first, 0, key, key.length, true) : -1
  const after = next ? commonBits(next, 0, key, key.length, false) : -1
  return Math.max(before, after) + 1
}

const isBelow = (first: Uint32Array | undefined, next: Uint32Array | undefined): boolean =>
  !first || !next || compare(first, next) < 0

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number)
  return 0
}
