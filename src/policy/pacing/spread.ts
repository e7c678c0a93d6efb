/** The load of a member with all of its own clients and no others, and its limits. All of a pool have one unit. */
export type Loaded = {
  readonly offered: number
  readonly target: number
  readonly capacity: number
  /** The load that it reports, and the part of it that others' clients make, as far as that is known. */
  readonly load?: number
  readonly has?: number
}

/** The way on of clients: to all that have room at once, or to one after the other. */
export type Way = 'by-room' | 'in-turn'

/** A part of a member's clients, and the member that they go on to. */
export type Passed = { readonly to: number; readonly part: number }

/** The clients of a member. */
export type Spread = {
  /** The part of its own clients that stays. */
  readonly kept: number
  /** The parts that go on. Nearly all of the rest of 1; none if nothing has room. */
  readonly passed: readonly Passed[]
  /** The load of the clients that other members pass on to it. */
  readonly received: number
}

/**
 * Divides the load above the targets of members. A member above its target passes the excess on to those that are not
 * above theirs; none of them gets more than its room, from its offered load up to its capacity. Load that nobody has
 * room for stays where it is. A member whose load is not known passes nothing on, and takes what those before it, or
 * all others, have no room for.
 * @param loads in the order of the members; undefined for one whose load is not known
 * @param way `in-turn`: the excess goes to the members behind, the first of them first
 * @param weights divide the load for members whose loads are not known
 */
export function spread(
  loads: readonly (Loaded | undefined)[],
  way: Way,
  weights: readonly number[] = loads.map(() => 1),
): readonly Spread[] {
  const excesses = loads.map(excessOf)
  const rooms = loads.map((load, i) => roomOf(load, excesses[i] as number))
  const passed = way === 'in-turn' ? inTurn(excesses, rooms) : byRoom(excesses, rooms, weights)
  return loads.map((load, i) => {
    const own = passed[i] as readonly Flow[]
    const offered = load?.offered ?? 0
    return {
      kept: own.length === 0 ? 1 : 1 - sumOf(own) / offered,
      passed: own.map(({ to, load }) => ({ to, part: load / offered })),
      received: sumOf(passed.flat().filter(({ to }) => to === i)),
    }
  })
}

/**
 * Returns the load that a member passes on. How much of its load is its own is an estimate while it has clients of
 * others: such a member passes on nothing until it is half-way from its target to its capacity, so that none gives and
 * takes in turns.
 */
export function excessOf(load: Loaded | undefined): number {
  if (!load) return 0
  const { offered, target, capacity, has = 0 } = load
  const from = has > NOTEWORTHY * offered ? (target + capacity) / 2 : target
  return offered > from ? offered - target : 0
}

/** A part of a load that is more than an error of rounding. */
const NOTEWORTHY = 0.01

/** Returns the load that a member may receive: none if it is above its own target, and any if its load is not known. */
export function roomOf(load: Loaded | undefined, excess: number): number {
  if (!load) return Number.POSITIVE_INFINITY
  if (excess > 0) return 0
  const { offered, capacity, load: now = 0, has = 0 } = load
  const room = Math.max(0, capacity - offered)
  // A report that says that it is full counts before what its own clients are believed to make of it.
  return now < capacity ? room : Math.min(room, Math.max(0, has - (now - capacity)))
}

/** A load that goes on to a member. */
type Flow = { readonly to: number; readonly load: number }

const sumOf = (flows: readonly Flow[]): number => flows.reduce((sum, { load }) => sum + load, 0)

function inTurn(excesses: readonly number[], rooms: readonly number[]): readonly (readonly Flow[])[] {
  const left = [...rooms]
  return excesses.map((excess, i) => {
    const flows: Flow[] = []
    let rest = excess
    for (let to = i + 1; to < left.length && rest > 0; to++) {
      const load = Math.min(rest, left[to] as number)
      if (load === 0) continue
      flows.push({ to, load })
      rest -= load
      left[to] = (left[to] as number) - load
    }
    return flows
  })
}

function byRoom(
  excesses: readonly number[],
  rooms: readonly number[],
  weights: readonly number[],
): readonly (readonly Flow[])[] {
  const excess = excesses.reduce((sum, one) => sum + one, 0)
  const known = rooms.reduce((sum, room) => sum + (Number.isFinite(room) ? room : 0), 0)
  const open = rooms.reduce((sum, room, i) => sum + (Number.isFinite(room) ? 0 : (weights[i] as number)), 0)
  const toKnown = Math.min(excess, known)
  const shares = rooms.map((room, i) => {
    if (Number.isFinite(room)) return known > 0 ? (toKnown * room) / known : 0
    return ((excess - toKnown) * (weights[i] as number)) / open
  })
  return excesses.map((own) =>
    own === 0 ? [] : shares.flatMap((load, to) => (load > 0 ? [{ to, load: (load * own) / excess }] : [])),
  )
}
