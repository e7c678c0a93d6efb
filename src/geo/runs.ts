import { type Cell, Cells } from './cells.ts'
import type { Database } from './database.ts'
import type { Division, Outcome } from './division.ts'
import type { Place } from './place.ts'
import { type Effort, Run } from './run.ts'
import { Networks } from './table.ts'

/** A walk that went over so many cells is remembered; a shorter one takes microseconds. */
const LONG = 2048

/** So many steps cost as much as it does to unpack a place and to decide about it. */
const STEPS_OF_PLACE = 16

/**
 * What a database comes to by one division, remembered as it is asked for: the outcome of each place, which is looked
 * up once, and the runs that are long. So nothing has to be made for a whole database beforehand.
 */
export class Runs {
  private readonly database: Database
  private readonly division: Division
  private readonly numbers = new Map<Outcome, number>()
  private readonly cells: { readonly 1: Cells; readonly 2: Cells }
  /** By place, or by area where nothing else of a place is read; from 1, and 0 is not looked up yet. */
  private readonly known: Uint32Array
  private readonly byArea: boolean
  private readonly ofNetwork: Uint32Array
  private readonly long = { 1: [] as Run[], 2: [] as Run[] }

  constructor(database: Database, division: Division) {
    this.database = database
    this.division = division
    this.byArea = ['asn', 'latitude', 'longitude'].every((field) => division.reads?.has(field as keyof Place) === false)
    this.known = new Uint32Array(this.byArea ? database.areaCount : database.placeCount)
    const { networks } = division
    this.cells = {
      1: new Cells(database.table(1), networks && new Networks(networks.map.v4)),
      2: new Cells(database.table(2), networks && new Networks(networks.map.v6)),
    }
    this.ofNetwork = Uint32Array.from(division.networks?.outcomes ?? [], (outcome) => this.numberOf(outcome))
  }

  /**
   * Bits of the shortest prefix around a key in which everything comes to the same. Where the effort does not suffice it
   * is a longer one, which holds too; each further question makes it shorter, until it is exact.
   */
  scopeAround(family: 1 | 2, key: Uint32Array, effort: Effort): number {
    const long = this.long[family]
    const known = long.find((run) => run.holds(key))
    if (known?.isWhole) return known.scopeOf(key)
    const cells = this.cells[family]
    const run = known ?? new Run(cells, (cell, effort) => this.numberAt(cells, cell, effort), key, effort)
    run.grow(effort)
    // A run without steps had no effort left: there is nothing to cache.
    if (run.steps >= LONG || (!run.isWhole && run.steps > 0)) this.remember(long, run)
    return run.scopeOf(key)
  }

  private remember(long: Run[], run: Run): void {
    for (const other of long.filter((other) => other !== run && other.meets(run))) {
      run.take(other)
      long.splice(long.indexOf(other), 1)
    }
    if (!long.includes(run)) long.push(run)
  }

  private numberAt({ table, networks }: Cells, { i, j }: Cell, effort: Effort): number {
    const network = networks ? networks.decider(j) : -1
    if (network >= 0) return this.ofNetwork[network] as number
    const place = table.place(i)
    const index = this.byArea ? this.database.areaOf(place) : place
    const known = this.known[index]
    if (known !== 0 && known !== undefined) return known
    effort.left -= STEPS_OF_PLACE
    const { outcome, reads } = this.division
    const number = this.numberOf(outcome(this.database.part(place, reads), this.database))
    this.known[index] = number
    return number
  }

  private numberOf(outcome: Outcome): number {
    const known = this.numbers.get(outcome)
    if (known !== undefined) return known
    const number = this.numbers.size + 1
    this.numbers.set(outcome, number)
    return number
  }
}
