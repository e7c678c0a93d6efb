import type { Name } from '../../dns/index.ts'
import { continentOf, countryCodes, everywhere, type Location, NO_DATABASE } from '../../geo/index.ts'
import type { Address } from '../../net/index.ts'
import { placesIn, type Spot, spotsIn } from '../../policy/index.ts'
import type { Zones } from '../../zone/index.ts'
import type { Budget } from '../plan/networks.ts'
import { type Conditions, type Probed, Side, WALK } from '../plan/side.ts'
import { questionFor } from '../question.ts'
import { type Part, restOf } from './parts.ts'
import { type Share, Shares } from './shares.ts'

/** Tells what one client gets, by where it is. */
export type Places = {
  readonly shares: readonly Omit<Part, 'prefix'>[]
  /** The number of the share by country; null if no place decides. */
  readonly countries: Readonly<Record<string, number>> | null
  /** The same by coordinates; null if no distance decides. */
  readonly grid: PlaceGrid | null
  /** The places that distances are measured to. */
  readonly spots: readonly Spot[]
}

/** The numbers of shares from 90° N, 180° W on, row by row, in cells of `step` degrees. */
type PlaceGrid = { readonly step: number; readonly cells: readonly number[] }

export type PlacesOptions = Conditions & {
  readonly client: Address
  /** True for a client with a token. */
  readonly hasToken?: boolean
  /** The steps that are left. Rounds of loading share it. */
  readonly budget: Budget
}

/**
 * Asks for a client as if it were in each country, and, where distances decide, at each point of a grid.
 * @returns undefined if that takes more steps than are left
 */
export function places(name: Name, type: number, zones: Zones, options: PlacesOptions): Places | undefined {
  const world = new World(name, type, zones, options)
  const codes = countryCodes()
  const numbers = world.numbersAt(codes.map(inCountry))
  const cells = numbers && world.isByDistance ? world.numbersAt(CELLS) : []
  if (!numbers || !cells) return undefined
  const countries = Object.fromEntries(codes.map((code, i) => [code, numbers[i] as number]))
  const grid = world.isByDistance ? { step: STEP, cells } : null
  return {
    shares: [...world.numbers.keys()].map(restOf),
    countries: world.isPlaced ? countries : null,
    grid,
    spots: [...world.spots.values()],
  }
}

class World {
  readonly numbers = new Map<Share, number>()
  readonly spots = new Map<string, Spot>()
  isPlaced = false
  isByDistance = false
  private readonly shares = new Shares()
  private readonly sideAt: (location: Location) => Side
  private readonly options: PlacesOptions

  constructor(name: Name, type: number, zones: Zones, options: PlacesOptions) {
    const question = questionFor(name, type)
    const asking = options.hasToken ? 'token' : 'anybody'
    this.options = options
    this.sideAt = (location) => {
      const database = everywhere(location, options.database)
      return new Side(question, WALK, zones, { ...options, database }, { asking, tell: (_, data) => data })
    }
  }

  /**
   * Returns the number of the client's share at each location; undefined if there are too few steps. A probe notes all
   * that decides on the way: where no place does, the way is the same everywhere, and one probe is enough.
   */
  numbersAt(locations: readonly Location[]): readonly number[] | undefined {
    const { budget } = this.options
    const numbers: number[] = []
    for (const location of locations) {
      if (budget.left <= 0) return undefined
      const number = this.numberAt(location)
      if (!this.isPlaced) return locations.map(() => number)
      numbers.push(number)
    }
    return numbers
  }

  private numberAt(location: Location): number {
    const probed = this.sideAt(location).probe(this.options.client)
    this.options.budget.left -= probed.steps
    this.note(probed)
    const share = this.shares.of(probed)
    const number = this.numbers.get(share) ?? this.numbers.size
    this.numbers.set(share, number)
    return number
  }

  private note({ decided }: Probed): void {
    for (const choice of decided.flatMap(({ choices }) => choices)) {
      const by = placesIn(choice)
      this.isPlaced ||= by !== 'none'
      if (by !== 'distance') continue
      this.isByDistance = true
      for (const spot of spotsIn(choice, this.options.database ?? NO_DATABASE)) this.spots.set(spot.name, spot)
    }
  }
}

function inCountry(country: string): Location {
  const continent = continentOf(country)
  return { country, ...(continent && { continent }) }
}

/** Degrees: a cell is some 500 km wide at the equator. */
const STEP = 5

/** The middle of each cell, in the order of the grid. */
const CELLS: readonly Location[] = Array.from({ length: (180 / STEP) * (360 / STEP) }, (_, i) => {
  const [row, column] = [Math.floor((i * STEP) / 360), i % (360 / STEP)]
  return { latitude: 90 - STEP / 2 - row * STEP, longitude: -180 + STEP / 2 + column * STEP }
})
