import { commonBits } from '../net/index.ts'
import type { Database } from './database.ts'
import type { Division, Outcome } from './division.ts'
import type { Place } from './place.ts'
import { compareStarts, Networks, startOf, type Table } from './table.ts'

/**
 * Neighbouring ranges that come to the same by a division: their first address, and the first behind them. Undefined
 * where that is the edge of the address space.
 */
export type Run = { readonly first: Uint32Array | undefined; readonly next: Uint32Array | undefined }

/** One bit more than the key has in common with what is on either side: the shortest prefix that stays in the run. */
export function scopeIn({ first, next }: Run, key: Uint32Array): number {
  const before = first ? commonBits(first, 0, key, key.length, true) : -1
  const after = next ? commonBits(next, 0, key, key.length, false) : -1
  return Math.max(before, after) + 1
}

/** A walk that went over so many ranges is remembered; a shorter one takes microseconds. */
const LONG = 2048

/**
 * What a database comes to by one division, remembered as it is asked for: the outcome of each place, which is looked
 * up once, and the runs that are long. So nothing has to be made for a whole database beforehand.
 */
export class Runs {
  private readonly database: Database
  private readonly division: Division
  private readonly numbers = new Map<Outcome, number>()
  private readonly networks: { readonly 1: Networks; readonly 2: Networks } | undefined
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
    this.networks = networks && { 1: new Networks(networks.map.v4), 2: new Networks(networks.map.v6) }
    this.ofNetwork = Uint32Array.from(division.networks?.outcomes ?? [], (outcome) => this.numberOf(outcome))
  }

  /** The run around a key, of all networks and places together. */
  around(family: 1 | 2, key: Uint32Array): Run {
    const known = this.long[family].find((run) => isIn(run, key))
    if (known) return known
    const table = this.database.table(family)
    const networks = this.networks?.[family]
    const walk = new Walk(table, networks, (i, j) => this.numberAt(table, networks, i, j))
    const run = walk.around(key)
    if (walk.steps >= LONG) this.long[family].push(run)
    return run
  }

  private numberAt(table: Table, networks: Networks | undefined, i: number, j: number): number {
    const network = networks ? networks.decider(j) : -1
    if (network >= 0) return this.ofNetwork[network] as number
    const place = table.place(i)
    const index = this.byArea ? this.database.areaOf(place) : place
    const known = this.known[index]
    if (known !== 0 && known !== undefined) return known
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

function isIn({ first, next }: Run, key: Uint32Array): boolean {
  return (!first || compare(first, key) <= 0) && (!next || compare(next, key) > 0)
}

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number)
  return 0
}

/** Over the cells into which two lists of ranges cut the address space: range `i` of the one, `j` of the other. */
class Walk {
  steps = 0
  private readonly table: Table
  private readonly networks: Networks | undefined
  private readonly outcome: (i: number, j: number) => number

  constructor(table: Table, networks: Networks | undefined, outcome: (i: number, j: number) => number) {
    this.table = table
    this.networks = networks
    this.outcome = outcome
  }

  around(key: Uint32Array): Run {
    const i = this.table.find(key)
    const j = this.networks ? this.networks.find(key) : 0
    const own = this.outcome(i, j)
    return { first: this.down(i, j, own, key.length), next: this.up(i, j, own, key.length) }
  }

  private down(fromI: number, fromJ: number, own: number, width: number): Uint32Array | undefined {
    const { table, networks, outcome } = this
    let [i, j] = [fromI, fromJ]
    for (; ; this.steps++) {
      // The cell begins where the later of its two ranges does; before that lies the one before.
      const later = networks ? compareStarts(table, i, networks, j) : 1
      const beforeI = later >= 0 ? i - 1 : i
      const beforeJ = later <= 0 ? j - 1 : j
      if (beforeI < 0 || beforeJ < 0) return undefined
      if (outcome(beforeI, beforeJ) !== own) {
        return later >= 0 || !networks ? startOf(table, i, width) : startOf(networks, j, width)
      }
      i = beforeI
      j = beforeJ
    }
  }

  private up(fromI: number, fromJ: number, own: number, width: number): Uint32Array | undefined {
    const { table, networks, outcome } = this
    const lastI = table.length - 1
    const lastJ = networks ? networks.length - 1 : 0
    let [i, j] = [fromI, fromJ]
    for (; i < lastI || j < lastJ; this.steps++) {
      const sooner = j === lastJ || !networks ? -1 : i === lastI ? 1 : compareStarts(table, i + 1, networks, j + 1)
      if (sooner <= 0) i++
      if (sooner >= 0) j++
      if (outcome(i, j) !== own) {
        return sooner <= 0 || !networks ? startOf(table, i, width) : startOf(networks, j, width)
      }
    }
    return undefined
  }
}
