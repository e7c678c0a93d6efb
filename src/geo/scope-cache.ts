import type { Database } from './database.ts'
import type { Location } from './location.ts'
import type { StepBudget } from './lookup.ts'
import type { GeoOutcome, GeoPartition } from './partition.ts'
import { type Cell, RangeOverlay } from './range-overlay.ts'
import { Networks } from './table.ts'
import { UniformRange } from './uniform-range.ts'

/** The number of cells from which a scanned range is cached. A shorter scan takes microseconds. */
const LONG = 2048

/** The cost, in steps, of unpacking a location and finding its outcome. */
const STEPS_PER_LOCATION = 16

/**
 * Computes the scopes of one partition lazily. It caches the outcome of each location, and long ranges of one outcome:
 * nothing has to be computed for a whole database in advance.
 */
export class ScopeCache {
  private readonly database: Database
  private readonly partition: GeoPartition
  /** The number of each outcome, from 1. */
  private readonly numbers = new Map<GeoOutcome, number>()
  private readonly cells: { readonly 1: RangeOverlay; readonly 2: RangeOverlay }
  /** The outcome's number for each location, or for each area if the partition reads no more; 0 is not computed yet. */
  private readonly outcomes: Uint32Array
  private readonly byArea: boolean
  private readonly networkOutcomes: Uint32Array
  private readonly long = { 1: [] as UniformRange[], 2: [] as UniformRange[] }

  constructor(database: Database, partition: GeoPartition) {
    this.database = database
    this.partition = partition
    this.byArea = ['asn', 'latitude', 'longitude'].every(
      (field) => partition.reads?.has(field as keyof Location) === false,
    )
    this.outcomes = new Uint32Array(this.byArea ? database.areaCount : database.locationCount)
    const { networks } = partition
    this.cells = {
      1: new RangeOverlay(database.table(1), networks && new Networks(networks.map.v4)),
      2: new RangeOverlay(database.table(2), networks && new Networks(networks.map.v6)),
    }
    this.networkOutcomes = Uint32Array.from(partition.networks?.outcomes ?? [], (outcome) => this.numberOf(outcome))
  }

  /**
   * Returns the length of the shortest prefix around a key in which all addresses have the same outcome. If the budget
   * is too small, the prefix is longer, and still valid; each later look-up continues the scan, until it is exact.
   */
  scopeAround(family: 1 | 2, key: Uint32Array, budget: StepBudget): number {
    const long = this.long[family]
    const cached = long.find((range) => range.contains(key))
    if (cached?.isWhole) return cached.scopeOf(key)
    const cells = this.cells[family]
    const range = cached ?? new UniformRange(cells, (cell, budget) => this.numberAt(cells, cell, budget), key, budget)
    range.grow(budget)
    // A range without steps had no budget left: there is nothing to cache.
    if (range.steps >= LONG || (!range.isWhole && range.steps > 0)) this.remember(long, range)
    return range.scopeOf(key)
  }

  private remember(long: UniformRange[], range: UniformRange): void {
    for (const other of long.filter((other) => other !== range && other.overlaps(range))) {
      range.absorb(other)
      long.splice(long.indexOf(other), 1)
    }
    if (!long.includes(range)) long.push(range)
  }

  private numberAt({ table, networks }: RangeOverlay, { i, j }: Cell, budget: StepBudget): number {
    const network = networks ? networks.decider(j) : -1
    if (network >= 0) return this.networkOutcomes[network] as number
    const location = table.locationOf(i)
    const index = this.byArea ? this.database.areaOf(location) : location
    const cached = this.outcomes[index]
    if (cached !== 0 && cached !== undefined) return cached
    budget.left -= STEPS_PER_LOCATION
    const { outcome, reads } = this.partition
    const number = this.numberOf(outcome(this.database.fieldsOf(location, reads), this.database))
    this.outcomes[index] = number
    return number
  }

  private numberOf(outcome: GeoOutcome): number {
    const existing = this.numbers.get(outcome)
    if (existing !== undefined) return existing
    const number = this.numbers.size + 1
    this.numbers.set(outcome, number)
    return number
  }
}
