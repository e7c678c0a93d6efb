import { compareStarts, type Networks, startOf, type Table } from './table.ts'

/** The intersection of range `i` of the database with range `j` of a partition's networks. */
export type Cell = { readonly i: number; readonly j: number }

/** The cells into which the ranges of the database and of a partition's networks cut the address space, in order. */
export class RangeOverlay {
  readonly table: Table
  readonly networks: Networks | undefined

  constructor(table: Table, networks: Networks | undefined) {
    this.table = table
    this.networks = networks
  }

  find(key: Uint32Array): Cell {
    return { i: this.table.find(key), j: this.networks ? this.networks.find(key) : 0 }
  }

  /** Returns the cell before this one; undefined for the first. */
  before({ i, j }: Cell): Cell | undefined {
    // A cell starts where the later of its two ranges starts.
    const later = this.networks ? compareStarts(this.table, i, this.networks, j) : 1
    const before = { i: later >= 0 ? i - 1 : i, j: later <= 0 ? j - 1 : j }
    return before.i < 0 || before.j < 0 ? undefined : before
  }

  /** Returns the cell after this one; undefined for the last. */
  after({ i, j }: Cell): Cell | undefined {
    const { table, networks } = this
    const isLastI = i === table.length - 1
    const isLastJ = !networks || j === networks.length - 1
    if (isLastI && isLastJ) return undefined
    const sooner = isLastJ ? -1 : isLastI ? 1 : compareStarts(table, i + 1, networks, j + 1)
    return { i: sooner <= 0 ? i + 1 : i, j: sooner >= 0 ? j + 1 : j }
  }

  /** Returns the first address of a cell, as `width` 32-bit numbers. */
  startOf({ i, j }: Cell, width: number): Uint32Array {
    const { table, networks } = this
    const later = networks ? compareStarts(table, i, networks, j) : 1
    return later >= 0 || !networks ? startOf(table, i, width) : startOf(networks, j, width)
  }
}
