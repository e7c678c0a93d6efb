import { MAX_SCRIPT_BYTES, MAX_SCRIPT_CALLS, MAX_SCRIPT_STEPS } from '../limits.ts'

/** How much an evaluation may take; going over any of these ends it. */
export type Budget = {
  /** Nodes of statements carried out, and what the library does in proportion to its input. */
  readonly steps: number
  /** Octets of texts made, and the space of table entries, closures and lists of values. */
  readonly bytes: number
  /** Calls inside calls. */
  readonly calls: number
}

export const DEFAULT_BUDGET: Budget = { steps: MAX_SCRIPT_STEPS, bytes: MAX_SCRIPT_BYTES, calls: MAX_SCRIPT_CALLS }

/** What things made take off the budget, in bytes: roughly what V8 needs for them. */
export const BYTES = { entry: 32, table: 96, closure: 64, value: 8 } as const

/** Looking at this many octets of a text is one step. Shorter ones are part of the step that looks at them. */
export const OCTETS_A_STEP = 64
