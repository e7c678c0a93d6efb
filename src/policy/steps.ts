/** The number of weights that are summed up for one step. */
const WEIGHTS_A_STEP = 128
/** The number of members that are drawn from, or copied, for one step. */
const MEMBERS_A_STEP = 32
/** The number of points of a ring that are copied for one step, if other members are left than before. */
const POINTS_A_STEP = 128
/** The steps of hashing a name or an address, and of a binary search for a point or a network. */
export const STEPS_A_SEARCH = 2
/** The steps of locating a client: a search in a database, and reading the location that it has. */
export const STEPS_A_PLACE = 8
/** The steps of one member of a pool: its state, what forces it, and its part of the trace. */
export const STEPS_A_MEMBER = 1
/** The steps of preparing a script to run. The run itself is charged as it goes. */
export const STEPS_A_SCRIPT = 8

export const stepsToSum = (weights: number): number => Math.floor(weights / WEIGHTS_A_STEP)
export const stepsToVisit = (members: number): number => Math.floor(members / MEMBERS_A_STEP)
export const stepsToCopy = (points: number): number => Math.floor(points / POINTS_A_STEP)
/** One member is drawn at once; for several all are copied. */
export const stepsToDraw = (count: number, of: number): number => (count === 1 ? 0 : stepsToVisit(of))
