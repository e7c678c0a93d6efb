import { commonBits } from '../net/index.ts'
import type { StepBudget } from './lookup.ts'
import type { Cell, RangeOverlay } from './range-overlay.ts'

/** Returns the number of a cell's outcome, and takes the cost off the budget. */
type OutcomeOf = (cell: Cell, budget: StepBudget) => number

/**
 * Adjacent cells of the same outcome. Cells that no scan has reached yet are not part of it, so that a scope never
 * contains a client who might get another answer.
 */
export class UniformRange {
  /** The first address; undefined at the start of the address space. */
  first: Uint32Array | undefined
  /** The first address behind the range; undefined at the end of the address space. */
  next: Uint32Array | undefined
  steps = 0
  private readonly cells: RangeOverlay
  private readonly outcomeOf: OutcomeOf
  private readonly outcome: number
  private readonly width: number
  private low: Cell
  private high: Cell
  private isLowest = false
  private isHighest = false

  /** @param key an address in the first cell */
  constructor(cells: RangeOverlay, outcomeOf: OutcomeOf, key: Uint32Array, budget: StepBudget) {
    this.cells = cells
    this.outcomeOf = outcomeOf
    this.width = key.length
    this.low = cells.find(key)
    this.high = this.low
    this.outcome = outcomeOf(this.low, budget)
  }

  get isWhole(): boolean {
    return this.isLowest && this.isHighest
  }

  contains(key: Uint32Array): boolean {
    return (!this.first || compare(this.first, key) <= 0) && (!this.next || compare(this.next, key) > 0)
  }

  /** Returns the length of the shortest prefix that contains the key and lies in the range. */
  scopeOf(key: Uint32Array): number {
    return scopeBetween(this.first, this.next, key)
  }

  /** Scans to both sides until a cell has another outcome, or the budget is spent. */
  grow(budget: StepBudget): void {
    const half = budget.left / 2
    this.growDown(budget, half)
    this.growUp(budget)
    this.growDown(budget, 0)
    this.first = this.cells.before(this.low) && this.cells.startOf(this.low, this.width)
    const after = this.cells.after(this.high)
    this.next = after && this.cells.startOf(after, this.width)
  }

  private growDown(budget: StepBudget, until: number): void {
    while (!this.isLowest && budget.left > until) {
      this.spend(budget)
      const before = this.cells.before(this.low)
      if (before && this.outcomeOf(before, budget) === this.outcome) this.low = before
      else this.isLowest = true
    }
  }

  private growUp(budget: StepBudget): void {
    while (!this.isHighest && budget.left > 0) {
      this.spend(budget)
      const after = this.cells.after(this.high)
      if (after && this.outcomeOf(after, budget) === this.outcome) this.high = after
      else this.isHighest = true
    }
  }

  private spend(budget: StepBudget): void {
    budget.left--
    this.steps++
  }

  overlaps(other: UniformRange): boolean {
    return isBelow(this.first, other.next) && isBelow(other.first, this.next)
  }

  /** Extends this range by one that overlaps it, which has the same outcome. */
  absorb(other: UniformRange): void {
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

/**
 * Returns the length of the shortest prefix that contains the key and lies in a range: one bit more than the key has in
 * common with the address on either side.
 * @param first the first address of the range; undefined at the start of the address space
 * @param next the first address behind the range; undefined at the end of the address space
 */
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
