import { LAST_TIME_MS } from '../calendar.ts'
import type { TargetState } from './target-state.ts'

/** The states by their codes. */
export const STATES = ['unknown', 'up', 'down'] as const

/**
 * A stored target, as a short list, so that thousands fit in one value: state, since, at, ms, count, why, weight, load,
 * flaps, flaps from, asked (1), changes, fell, time of the load where it is not `at`, its target and capacity, and of
 * the offered load: load, kept, received. Empty values at the end are left out.
 */
export type Row = readonly (number | string | null)[]

/** Parses a row. It ignores values that a later version adds at the end, so that a rollback still reads the states. */
export function fromRow(row: unknown): TargetState | undefined {
  if (!Array.isArray(row)) return undefined
  const [code, since, at, ms, count = 0, why = '', weight, load, flaps, from, asked, changes, fell, ...loads] =
    row as unknown[]
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
    ...(typeof load === 'number' && { load, ...loadFrom(loads, at as number) }),
    ...(typeof flaps === 'number' && typeof from === 'number' && { flaps: { count: flaps, from } }),
    ...(asked === 1 && { asked: true as const }),
    ...(typeof changes === 'number' && { changes }),
    ...(typeof fell === 'number' && { fell }),
  }
}

/** Reads what stands behind a load. What is not valid is left out. */
function loadFrom([loadAt, target, capacity, load, kept, received]: readonly unknown[], at: number) {
  const isLoad = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0
  return {
    loadAt: isTime(loadAt, 1000) ? (loadAt as number) : at,
    ...(isLoad(target) && isLoad(capacity) && { limits: { target, capacity } }),
    ...(isLoad(load) && isLoad(kept) && isLoad(received) && { offered: { load, kept, received } }),
  }
}

/**
 * Returns true for a time that can be printed: agents may send any number.
 * @param unit the unit of the value, in milliseconds
 */
export const isTime = (value: unknown, unit: 1 | 1000): boolean =>
  typeof value === 'number' && value >= 0 && value * unit <= LAST_TIME_MS
