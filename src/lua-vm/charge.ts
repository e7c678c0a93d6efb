import type { Meter } from '../meter.ts'
import { LuaTable } from './table.ts'
import type { LuaValue } from './value.ts'

/**
 * The price of a function of the library. It is charged in one place, before the body of the function runs: see
 * `LuaFunction`. The body charges work that depends on more than the arguments (a pattern, a position in a table).
 */
export type Charge = {
  /** Steps of a call, beside those of the call's own nodes in the code. */
  readonly call: number
  /** Steps for an octet of the texts among the arguments, and in the tables that the function goes through. */
  readonly octet: number
  /** The largest number of octets charged for one text: longer texts are refused unread. */
  readonly most: number
  /** Levels of tables that the function goes through: 1 for a list, 2 for a list of pairs. */
  readonly levels: number
  /** Steps for a slot of such a table, holes included. */
  readonly slot: number
}

/** A function of a script: its statements are charged as they run. */
export const BY_STATEMENTS = undefined

// --- steps for an octet ---------------------------------------------------------------------------------------------

/** V8 copies, compares and hashes many octets at once. */
export const COPIED = 1 / 64
/** A regular expression scans the text. */
export const READ = 1 / 16
/** A loop in JavaScript scans the text. */
export const SCANNED = 1 / 8
/** The text is split into parts. */
export const PARSED = 1 / 2

// --- charges --------------------------------------------------------------------------------------------------------

/** Reads its arguments as they are, without the octets of texts or the elements of tables. */
export const BY_VALUE: Charge = { call: 0, octet: 0, most: 0, levels: 0, slot: 0 }

/** Takes numbers. Texts that stand for numbers are charged by `toNumber`, as they are where an operator reads them. */
export const NUMBERS = BY_VALUE

/** Reads the texts among its arguments. */
export const byTexts = (octet: number, call = 1, most = Number.POSITIVE_INFINITY): Charge => ({
  ...{ call, octet, most },
  levels: 0,
  slot: 0,
})

/** Reads the tables among its arguments, and the tables in them. */
export const byTables = (levels: number, octet: number, slot = 1, call = 1): Charge => ({
  ...{ call, octet, levels, slot },
  most: Number.POSITIVE_INFINITY,
})

/** Making the text of a number that is not whole takes a microsecond. */
export const STEPS_A_FRACTION = 2
/** Values of a list, of arguments or results, that are copied for a step. */
export const VALUES_A_STEP = 32

/** Charges a call. */
export function take(meter: Meter, charge: Charge, args: readonly LuaValue[]): void {
  let steps = charge.call
  steps += Math.floor(args.length / VALUES_A_STEP)
  const { octet, levels } = charge
  if (octet > 0 || levels > 0) {
    for (let i = 0; i < args.length; i++) {
      const value = args[i]
      if (value instanceof LuaTable) {
        if (levels > 0) goThrough(value, levels, meter, charge)
      } else steps += stepsOf(value, charge)
    }
  }
  if (steps > 0) meter.chargeSteps(Math.ceil(steps))
}

/** Charges while it walks: tables may contain each other, so that the walk itself may be long. */
function goThrough(table: LuaTable, levels: number, meter: Meter, charge: Charge): void {
  meter.chargeSteps(Math.ceil(table.size * charge.slot))
  if (levels === 1 && charge.octet === 0) return
  let steps = 0
  table.eachSlot((value) => {
    if (!(value instanceof LuaTable)) steps += stepsOf(value, charge)
    else if (levels > 1) goThrough(value, levels - 1, meter, charge)
  })
  if (steps > 0) meter.chargeSteps(Math.ceil(steps))
}

function stepsOf(value: LuaValue, { octet, most }: Charge): number {
  if (typeof value === 'string') return value.length > SHORT ? Math.min(value.length, most) * octet : 0
  return typeof value === 'number' && octet > 0 && !Number.isInteger(value) ? STEPS_A_FRACTION : 0
}

/** The price of a call, or of a slot, covers a text of this many octets. */
const SHORT = 16
