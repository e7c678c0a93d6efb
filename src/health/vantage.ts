import { err, ok, type Result } from '../result.ts'
import { type Budget, isBudget } from './budget.ts'
import { type TargetState, truncateReason } from './machine.ts'

/**
 * The states of one vantage point: one document in KV. Only that vantage point writes it, since KV has no transactions.
 * Vantage points are `cron`, regions, agents, and `push`.
 */
export type Vantage = {
  readonly name: string
  /** The last confirmation, in milliseconds since the epoch: older states are stale. */
  readonly at: number
  /** The number of an agent's last accepted report: an older one is a replay. */
  readonly seq?: number
  readonly budget?: Budget
  readonly round?: Round
  /** True if an urgent change is not written yet. It is not stored. */
  readonly urgent?: boolean
  readonly targets: ReadonlyMap<string, TargetState>
}

/** Figures of the last round of probes. */
export type Round = {
  /** The start, in milliseconds since the epoch. */
  readonly at: number
  readonly ms: number
  readonly due: number
  readonly probed: number
  /** The number of due probes that wait for the next round. */
  readonly left: number
}

/** The Worker's vantage point if no regions are set. */
export const CRON = 'cron'
/** The vantage point that applications report to. */
export const PUSH = 'push'

/** Valid names of vantage points. */
export const VANTAGE_NAME = /^[a-z0-9-]{1,32}$/

export const emptyVantage = (name: string): Vantage => ({ name, at: 0, targets: new Map() })

/**
 * Merges the documents of two writers: the later state of each target counts. KV has no transactions, and the cron may
 * run twice at once: neither run may undo the results of the other.
 * @param keptSince keeps targets that only `other` contains, perhaps of zones that are still unknown here, if they were
 *   probed after this time, in seconds since the epoch
 * @param askedSince the same for targets that queries asked for
 */
export function mergeVantages(base: Vantage, other: Vantage, keptSince: number, askedSince = keptSince): Vantage {
  const targets = new Map(base.targets)
  for (const [id, state] of other.targets) {
    if (state.at > (targets.get(id)?.at ?? (state.asked ? askedSince : keptSince))) targets.set(id, state)
  }
  const budget = later(base.budget, other.budget)
  const round = later(base.round, other.round)
  return { ...base, at: Math.max(base.at, other.at), targets, ...(budget && { budget }), ...(round && { round }) }
}

const later = <T extends { readonly at: number }>(a: T | undefined, b: T | undefined): T | undefined =>
  a && b ? (a.at >= b.at ? a : b) : (a ?? b)

const STATES = ['unknown', 'up', 'down'] as const

/**
 * A stored target, as a short list, so that thousands fit in one value: state, since, at, ms, count, why, weight, load,
 * flaps, flaps from, asked (1). Empty values at the end are left out.
 */
type Row = readonly (number | string | null)[]

function toRow({ state, since, at, ms, count, why, weight, load, flaps, asked }: TargetState): Row {
  const row = [STATES.indexOf(state), since, Math.floor(at), Math.round(ms), count, truncateReason(why)]
  const from = flaps && Math.floor(flaps.from)
  const reported = [weight ?? null, load === undefined ? null : rounded(load)]
  const full = [...row, ...reported, flaps?.count ?? null, from ?? null, asked ? 1 : null]
  // A weight or load of 0 is not empty.
  while (full.at(-1) === null) full.pop()
  if (full.at(-1) === '') full.pop()
  if (full.length === 5 && count === 0) full.pop()
  return full
}

/** Rounds a load to six digits, to save space: a document may have thousands. */
const rounded = (load: number): number => Number(load.toPrecision(6))

/** Parses a row. It ignores values that a later version adds at the end, so that a rollback still reads the states. */
function fromRow(row: unknown): TargetState | undefined {
  if (!Array.isArray(row)) return undefined
  const [code, since, at, ms, count = 0, why = '', weight, load, flaps, from, asked] = row as unknown[]
  const state = Number.isInteger(code) ? STATES[code as number] : undefined
  const numbers = [ms, count].every(Number.isFinite) && [since, at].every((time) => isTime(time, 1000))
  const others = [weight, load, flaps, from].every((value) => (value ?? null) === null || Number.isFinite(value))
  if (state === undefined || !numbers || !others || typeof why !== 'string') return undefined
  return {
    state,
    since: since as number,
    at: at as number,
    ms: ms as number,
    count: count as number,
    why,
    ...(typeof weight === 'number' && { weight }),
    ...(typeof load === 'number' && { load }),
    ...(typeof flaps === 'number' && typeof from === 'number' && { flaps: { count: flaps, from } }),
    ...(asked === 1 && { asked: true as const }),
  }
}

/** Returns true for the number of a report: a safe integer, so that a larger one can follow. */
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/**
 * Returns true for a time that can be printed: agents may send any number.
 * @param unit the unit of the value, in milliseconds
 */
const isTime = (value: unknown, unit: 1 | 1000): boolean =>
  typeof value === 'number' && value >= 0 && value * unit <= LAST_MS

/** The end of the year 9999. An interval can be added to it without passing the last date (ECMA-262 §21.4.1.1). */
const LAST_MS = 253_402_300_799_999

export function formatVantage({ targets, urgent: _, ...rest }: Vantage): string {
  const rows = Array.from(targets, ([id, state]) => [id, toRow(state)] as const)
  return JSON.stringify({ ...rest, targets: Object.fromEntries(rows) })
}

export function parseVantage(text: string): Result<Vantage> {
  const bad = (why: string) => err(`the health document is not valid: ${why}; expected { "name", "at", "targets" }`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return bad((error as Error).message)
  }
  if (!isObject(value) || !isObject(value.targets)) return bad('it has no targets')
  const { name, at, seq, budget, round } = value
  if (typeof name !== 'string' || typeof at !== 'number' || !isTime(at, 1))
    return bad('its "name" or "at" is missing or not valid')
  const targets = new Map<string, TargetState>()
  for (const [id, row] of Object.entries(value.targets)) {
    const state = fromRow(row)
    if (!state) return bad(`the row of ${id} is damaged`)
    targets.set(id, state)
  }
  return ok({
    name,
    at,
    targets,
    ...(isNumber(seq) && { seq }),
    ...(isBudget(budget) && { budget }),
    ...(isRound(round) && { round }),
  })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isRound = (value: unknown): value is Round =>
  isObject(value) &&
  isTime(value.at, 1) &&
  ['ms', 'due', 'probed', 'left'].every((field) => typeof value[field] === 'number')
