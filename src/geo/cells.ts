import { compareStarts, type Networks, startOf, type Table } from './table.ts'

/** What range `i` of a database's table and range `j` of a division's networks have in common. */
export type Cell = { readonly i: number; readonly j: number }

/** The cells into which two lists of ranges cut the address space, in order. */
export class Cells {
  readonly table: Table
  readonly networks: Networks | undefined

  constructor(table: Table, networks: Networks | undefined) {
    this.table = table
    this.networks = networks
  }

  find(key: Uint32Array): Cell {
    return { i: this.table.find(key), j: this.networks ? this.networks.find(key) : 0 }
  }

  /** Undefined before the first. */
  before({ i, j }: Cell): Cell | undefined {
    // The cell begins where the later of its two ranges does; before that lies the one before.
    const later = this.networks ? compareStarts(this.table, i, this.networks, j) : 1
    const before = { i: later >= 0 ? i - 1 : i, j: later <= 0 ? j - 1 : j }
    return before.i < 0 || before.j < 0 ? undefined : before
  }

  /** Undefined behind the last. */
  after({ i, j }: Cell): Cell | undefined {
    const { table, networks } = this
    const isLastI = i === table.length - 1
    const isLastJ = !networks || j === networks.length - 1
    if (isLastI && isLastJ) return undefined
    const sooner = isLastJ ? -1 : isLastI ? 1 : compareStarts(table, i + 1, networks, j + 1)
    return { i: sooner <= 0 ? i + 1 : i, j: sooner >= 0 ? j + 1 : j }
  }

  /** The first address, in as many numbers as a key has. */
  startOf({ i, j }: Cell, width: number): Uint32Array {
    const { table, networks } = this
    const later = networks ? compareStarts(table, i, networks, j) : 1
    return later >= 0 || !networks ? startOf(table, i, width) : startOf(networks, j, width)
  }
}
