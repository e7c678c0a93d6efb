import type { LoadLimits } from '../../health/query-path.ts'
import { MAX_WEIGHT } from '../../limits.ts'
import { Damaged, listOf, maybe, numberOf, textOf, wholeOf } from '../../stored-value.ts'
import type { Pace, PoolMember } from '../alternatives.ts'
import { loadMembers, loadNumbers, type PacingLoader } from '../storing.ts'
import type { Policy, Shift } from '../types.ts'
import { sumOf } from '../weights.ts'
import { PACING } from './pacing.ts'
import { shiftOf } from './shift.ts'

/** Returns the pace of each part as it is stored: `[failback, rampUp, trickle]`, and the limits of a load, or null. */
export const storePaces = (parts: readonly PoolMember[]): unknown =>
  parts.map(({ pace }) => (pace ? stored(pace) : null))

function stored({ failback, rampUp, trickle, load }: Pace): unknown {
  const limits = load === 'reported' ? load : load && [load.target, load.capacity]
  return [failback ?? null, rampUp ?? null, trickle ?? null, ...(limits ? [limits] : [])]
}

/** Returns the JSON value of a shift. */
export const storeShift = ({ from, to, start, end }: Shift): readonly unknown[] => [from, to, start, end]

/** Throws on what was not stored like this. */
export const PACING_LOADER: PacingLoader<Policy> = {
  alternatives(stored, parts) {
    const paces = listOf(stored).map((pace) => maybe(pace, loadPace))
    if (paces.length !== parts.length) throw new Damaged('a pace for each part')
    return { parts: parts.map((part, i) => withPace(part, paces[i])), pacing: PACING }
  },

  shift([, stored, ...course], loading) {
    const members = loadMembers(stored, loading)
    const [from, to] = course.slice(0, 2).map((weights) => loadNumbers(weights, members, 0, MAX_WEIGHT))
    const [start, end] = course.slice(2).map((time) => wholeOf(time, 0, Number.MAX_SAFE_INTEGER))
    if (!from || !to || start === undefined || end === undefined || end <= start) throw new Damaged('a shift')
    if (sumOf(from) === 0 || sumOf(to) === 0) throw new Damaged('a weight above 0 at both ends')
    return shiftOf({ members, from, to, start, end })
  },
}

const withPace = (part: PoolMember, pace: Pace | undefined): PoolMember => (pace ? { ...part, pace } : part)

function loadPace(value: unknown): Pace {
  const [failback, rampUp, trickle, load] = listOf(value)
  const read = {
    failback: maybe(failback, (time) => (time === 'manual' ? (textOf(time) as 'manual') : numberOf(time))),
    rampUp: maybe(rampUp, numberOf),
    trickle: maybe(trickle, numberOf),
    ...(load !== undefined && { load: load === 'reported' ? (load as 'reported') : loadLimits(load) }),
  }
  if (read.rampUp !== undefined && !(read.rampUp >= 0)) throw new Damaged('a time of 0 or more')
  return read
}

function loadLimits(value: unknown): LoadLimits {
  const [target = 0, capacity = 0] = listOf(value).map(numberOf)
  if (!(target > 0 && capacity >= target)) throw new Damaged('a target above 0, and a capacity of as much or more')
  return { target, capacity }
}
