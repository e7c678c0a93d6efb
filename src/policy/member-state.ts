import type { Condition, Forced, Hold, Override, Status } from '../health/query-path.ts'
import type { Coming, ForcedStep, HeldStep, MemberStep, PoolMember, WeighedStep } from './alternatives.ts'
import type { Policy } from './types.ts'

/** A member of a pool or failover, and its state. */
export type MemberState = {
  readonly index: number
  readonly part: PoolMember
  readonly policy: Policy
  readonly state: 'up' | 'down' | 'drained'
  readonly real: Status['real']
  readonly validForSeconds: number
  readonly forced: Forced | undefined
  /** Set if the zone's guard holds a target up. */
  readonly held: Hold | undefined
  /** The override of its weight. */
  readonly weighed: Override | undefined
  readonly stale: boolean
  readonly weight: number | undefined
  readonly load: number | undefined
  /** Set while it comes back, or passes a share on. */
  readonly coming?: Coming
  /** The same for members that are equally near. Undefined if distance does not count. */
  readonly rank?: number
}

export const isUnknown = ({ real, forced }: MemberState): boolean => real === 'unknown' && !forced

/** Takes no spread: members may be more than a call takes arguments. */
export const soonest = (of: readonly { readonly validForSeconds: number }[]): number =>
  of.reduce((min, { validForSeconds }) => Math.min(min, validForSeconds), Number.POSITIVE_INFINITY)

/** Returns a member's part of the trace. */
export function stepOf({
  index,
  part,
  state,
  real,
  forced,
  held,
  weighed,
  stale,
  weight,
  load,
  coming,
}: MemberState): MemberStep {
  return {
    member: index,
    state,
    real,
    ...(part.condition && nameOf(part.condition)),
    ...(part.datacenter !== undefined && { datacenter: part.datacenter }),
    ...(forced && { forced: forcedOf(forced) }),
    ...(held && { held: heldOf(held) }),
    ...(weighed && { weighed: weighedOf(weighed) }),
    ...(stale && { stale: true as const }),
    ...(weight !== undefined && { weight }),
    ...(load !== undefined && { load }),
    ...coming?.step,
  }
}

function nameOf(condition: Condition): { check: string; target: string } {
  if (condition.kind !== 'every') return { check: condition.check, target: condition.target }
  const parts = condition.of.map(nameOf)
  const list = (field: 'check' | 'target') => [...new Set(parts.map((part) => part[field]))].join(', ')
  return { check: list('check'), target: list('target') }
}

export const forcedOf = ({ force, ...rest }: Forced): ForcedStep => ({ force, ...reasonOf(rest) })

const heldOf = ({ until, ...rest }: Hold): HeldStep => ({ ...rest, until: isoOf(until), since: isoOf(rest.since) })

const isoOf = (ms: number): string => new Date(ms).toISOString()

const weighedOf = ({ weight, ...rest }: Override): WeighedStep => ({ weight: weight as number, ...reasonOf(rest) })

const reasonOf = ({ by, why, until }: Pick<Override, 'by' | 'why' | 'until'>) => ({
  by,
  why,
  ...(until !== undefined && { until: isoOf(until) }),
})
