import type { Policy } from './types.ts'

/** Weights that are summed up for a step. */
const WEIGHTS_A_STEP = 128
/** Members that are drawn from, or copied, for a step. */
const MEMBERS_A_STEP = 32
/** Points of a ring that are copied for a step, where other members are left than before. */
const POINTS_A_STEP = 128
/** Hashing a name or an address, and finding a point or a network by halves. */
const STEPS_A_SEARCH = 2
/** Placing a client: a search in a database, and what it has of a place. */
const STEPS_A_PLACE = 8
/** Weighing one member of a pool: its state, what forces it, and what the trace tells of it. */
export const STEPS_A_MEMBER = 1
/** Making a script ready to run, and what it can see. */
const STEPS_A_SCRIPT = 8

/**
 * Returns the steps that it takes to evaluate a policy. Members are not counted: they are policies again. The run of a
 * script is not counted either. The kinds with health are charged in `reduce` for their members.
 */
export function stepsOf(policy: Policy): number {
  switch (policy.kind) {
    case 'values':
    case 'fail':
    case 'all':
    case 'hashed':
      return 1
    case 'random':
      return 1 + drawn(policy.count, policy.members.length)
    case 'weighted':
      // Each draw goes through the weights.
      return 1 + over(Math.min(policy.count, policy.weights.length) * policy.weights.length, WEIGHTS_A_STEP)
    case 'multi':
      return 1 + over(policy.members.length, MEMBERS_A_STEP)
    case 'weighted-hashed':
    case 'name-hashed':
      return STEPS_A_SEARCH + over(policy.weights.length, WEIGHTS_A_STEP)
    case 'consistent-hashed':
    case 'view':
    case 'networks':
      return STEPS_A_SEARCH
    case 'geo':
    case 'datacenters':
      return STEPS_A_PLACE
    case 'pool':
      return (
        1 +
        (policy.nearest ? STEPS_A_PLACE * (1 + policy.parts.length) : 0) +
        over(policy.ring?.points.length ?? 0, POINTS_A_STEP)
      )
    case 'failover':
      return 1
    case 'script':
      return STEPS_A_SCRIPT
  }
}

/** One member is drawn at once; for several all are copied. */
const drawn = (count: number, of: number): number => (count === 1 ? 0 : over(of, MEMBERS_A_STEP))

const over = (things: number, aStep: number): number => Math.floor(things / aStep)
