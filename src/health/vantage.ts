import { err, ok, type Result } from '../result.ts'
import { type Budget, isBudget } from './budget.ts'
import { brief, type TargetState } from './machine.ts'

/**
 * What one vantage point knows: one document in KV, which only that vantage point writes, since KV has no
 * transactions. `cron`, a region, an agent, or `push`.
 */
export type Vantage = {
  readonly name: string
  /** When it last said so, in milliseconds since the epoch: older states are stale. */
  readonly at: number
  /** The last report that was taken, for agents: an older one is a replay. */
  readonly seq?: number
  readonly budget?: Budget
  readonly round?: Round
  /** Whether something settled changed that is not written yet; not written down. */
  readonly urgent?: boolean
  readonly targets: ReadonlyMap<string, TargetState>
}

/** How the last round of probes went. */
export type Round = {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number
  readonly ms: number
  readonly due: number
  readonly probed: number
  /** Due, and left for the next round. */
  readonly left: number
}

/** The Worker's own, where no regions are set; and the one that applications report to. */
export const CRON = 'cron'
export const PUSH = 'push'

/** The names that vantage points may have. */
export const VANTAGE_NAME = /^[a-z0-9-]{1,32}$/

export const emptyVantage = (name: string): Vantage => ({ name, at: 0, targets: new Map() })

/**
 * What two writers of one document know together: of each target the later. KV has no transactions, and the cron may run
 * in two places at once: neither undoes what the other found.
 * @param keptSince in seconds since the epoch: what only the other knows of, perhaps of zones that are not known here
 * yet, stays if it was probed after that; `askedSince`: the same for what queries asked for
 */
export function mergeVantages(own: Vantage, other: Vantage, keptSince: number, askedSince = keptSince): Vantage {
  const targets = new Map(own.targets)
  for (const [id, theirs] of other.targets) {
    if (theirs.at > (targets.get(id)?.at ?? (theirs.asked ? askedSince : keptSince))) targets.set(id, theirs)
  }
  const budget = later(own.budget, other.budget)
  const round = later(own.round, other.round)
  return { ...own, at: Math.max(own.at, other.at), targets, ...(budget && { budget }), ...(round && { round }) }
}

const later = <T extends { readonly at: number }>(own: T | undefined, other: T | undefined): T | undefined =>
  own && other ? (own.at >= other.at ? own : other) : (own ?? other)

const STATES = ['unknown', 'up', 'down'] as const

/**
 * A target is a short list, so that thousands fit in one value: state, since, at, ms, count, why, weight, load, flaps,
 * flaps from, asked (1); what is missing at the end is empty.
 */
type Row = readonly (number | string | null)[]

function toRow({ state, since, at, ms, count, why, weight, load, flaps, asked }: TargetState): Row {
  const row = [STATES.indexOf(state), since, Math.floor(at), Math.round(ms), count, brief(why)]
  const from = flaps && Math.floor(flaps.from)
  const said = [weight ?? null, load === undefined ? null : rounded(load)]
  const full = [...row, ...said, flaps?.count ?? null, from ?? null, asked ? 1 : null]
  // A weight or load of 0 says something.
  while (full.at(-1) === null) full.pop()
  if (full.at(-1) === '') full.pop()
  if (full.length === 5 && count === 0) full.pop()
  return full
}

/** Thousands of loads are kept: six digits of each are enough. */
const rounded = (load: number): number => Number(load.toPrecision(6))

/** What a later version writes behind that is not read: after a way back to this one, health is still known. */
function fromRow(row: unknown): TargetState | undefined {
  if (!Array.isArray(row)) return undefined
  const [code, since, at, ms, count = 0, why = '', weight, load, flaps, from, asked] = row as unknown[]
  const state = Number.isInteger(code) ? STATES[code as number] : undefined
  const numbers = [ms, count].every(Number.isFinite) && [since, at].every((time) => isTime(time, 1000))
  const others = [weight, load, flaps, from].every((value) => (value ?? null) === null || Number.isFinite(value))
  if (state === undefined || !numbers || !others || typeof why !== 'string') return undefined
  return {
    ...{ state, since: since as number, at: at as number, ms: ms as number, count: count as number, why },
    ...(typeof weight === 'number' && { weight }),
    ...(typeof load === 'number' && { load }),
    ...(typeof flaps === 'number' && typeof from === 'number' && { flaps: { count: flaps, from } }),
    ...(asked === 1 && { asked: true as const }),
  }
}

/** The number of a report: a whole number that is exact, so that a larger one can follow. */
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Whether it can be told to people: agents send what they like. @param unit milliseconds */
const isTime = (value: unknown, unit: 1 | 1000): boolean =>
  typeof value === 'number' && value >= 0 && value * unit <= LAST_MS

/** The end of the year 9999, far from where dates end (ECMA-262 §21.4.1.1): an interval is added to it. */
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
    return bad('it does not say whose it is, and when')
  const targets = new Map<string, TargetState>()
  for (const [id, row] of Object.entries(value.targets)) {
    const state = fromRow(row)
    if (!state) return bad(`the row of ${id} is damaged`)
    targets.set(id, state)
  }
  return ok({
    ...{ name, at, targets },
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
