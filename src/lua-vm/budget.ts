import { MAX_SCRIPT_BYTES, MAX_SCRIPT_CALLS, MAX_SCRIPT_STEPS } from '../limits.ts'

/** The limits of one evaluation; going over any of them ends it. */
export type Budget = {
  /** Nodes of statements carried out, and what the library does in proportion to its input. */
  readonly steps: number
  /** Octets of texts made, and the space of table entries, closures and lists of values. */
  readonly bytes: number
  /** Calls inside calls. */
  readonly calls: number
}

export const DEFAULT_BUDGET: Budget = { steps: MAX_SCRIPT_STEPS, bytes: MAX_SCRIPT_BYTES, calls: MAX_SCRIPT_CALLS }

/** The bytes that each thing costs when it is made: roughly what V8 needs for it. */
export const BYTES = { entry: 32, table: 96, closure: 64, value: 8 } as const

/** The number of octets of a text that one step reads. A shorter text is part of the step that reads it. */
export const OCTETS_A_STEP = 64
