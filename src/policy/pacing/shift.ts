import { addressBits } from '../../net/index.ts'
import { burtle } from '../hash.ts'
import type { ByClient } from '../kinds/by-client.ts'
import { stepsToSum } from '../steps.ts'
import type { Policy, Shift } from '../types.ts'
import type { Course as CourseOf } from '../weighted-members.ts'
import { atPoint, sumOf } from '../weights.ts'

type Course = CourseOf<Policy>

/** Returns the choice by weights that go over into others. Each list of weights has at least one above 0. */
export function shiftOf(course: Course): Shift {
  const { from, to, start, end } = course
  const before = drawn(course, from)
  const after = drawn(course, to)
  return {
    kind: 'shift',
    ...course,
    at({ health: { now } }, meter, trace) {
      meter.chargeSteps(stepsToSum(2 * from.length))
      const done = Math.min(1, Math.max(0, (now - start) / (end - start)))
      trace?.push({ step: 'shift', from, to, start: iso(start), end: iso(end), done })
      if (now < start) return { policy: before, validForSeconds: wholeSeconds(start - now), isByClient: false }
      if (now >= end) return { policy: after, validForSeconds: Number.POSITIVE_INFINITY, isByClient: false }
      const validForSeconds = wholeSeconds(Math.min(end - now, (end - start) / TTLS_A_SHIFT))
      return { policy: new Moving(course, before, after, now), validForSeconds, isByClient: true }
    },
  }
}

/** An answer lives for a tenth of a shift at most, while it lasts. */
const TTLS_A_SHIFT = 10

const wholeSeconds = (ms: number): number => Math.max(1, Math.floor(ms / 1000))

const iso = (ms: number): string => new Date(ms).toISOString()

function drawn({ members }: Course, weights: readonly number[]): Policy {
  const only = weights.findIndex((weight) => weight > 0)
  if (weights.every((weight, i) => i === only || weight === 0)) return members[only] as Policy
  return { kind: 'weighted', members, weights, total: sumOf(weights), count: 1 }
}

/**
 * The choice while clients go over. A client has the member of the weights before, until its moment comes; members that
 * give up a share lose their clients one by one, and those go to members that gain, in proportion. So the share of each
 * member goes over in a line, and each client moves at most once.
 */
class Moving implements ByClient<Policy> {
  readonly kind = 'by-client'
  readonly over: Policy
  private readonly course: Course
  private readonly done: number

  constructor(course: Course, before: Policy, after: Policy, now: number) {
    const { start, end } = course
    this.course = course
    this.done = (now - start) / (end - start)
    const weights = [end - now, now - start]
    this.over = { kind: 'weighted', members: [before, after], weights, total: end - start, count: 1 }
  }

  get members(): readonly Policy[] {
    return this.course.members
  }

  choose({ client }: Parameters<ByClient<Policy>['choose']>[0]): ReturnType<ByClient<Policy>['choose']> {
    const { members, from, to } = this.course
    const [ofFrom, ofTo] = [sumOf(from), sumOf(to)]
    const before = atPoint(from, pointOf(client.bytes, 0) * ofFrom)
    const shares = from.map((weight, i) => ({ had: weight / ofFrom, has: (to[i] as number) / ofTo }))
    const { had, has } = shares[before] as (typeof shares)[number]
    const goes = has < had && pointOf(client.bytes, 1) < (this.done * (had - has)) / had
    const picked = goes ? gainer(shares, pointOf(client.bytes, 2)) : before
    return { member: members[picked] as Policy, scope: addressBits(client.family) }
  }
}

/** Returns the member at a point from 0 to 1 of what members gain. */
function gainer(shares: readonly { readonly had: number; readonly has: number }[], point: number): number {
  const gains = shares.map(({ had, has }) => Math.max(0, has - had))
  let left = point * sumOf(gains)
  let last = 0
  for (const [i, gain] of gains.entries()) {
    if (gain === 0) continue
    if (left < gain) return i
    left -= gain
    last = i
  }
  return last
}

/** Returns a number from 0 to 1 by a client's address. The three of a client are independent. */
function pointOf(bytes: Uint8Array, of: 0 | 1 | 2): number {
  const octets = new Uint8Array(bytes.length + SALT.length)
  octets.set(bytes)
  octets.set(SALT, bytes.length)
  octets[octets.length - 1] = of
  return burtle(octets) / 2 ** 32
}

/** Sets the hash apart from those of other choices. */
const SALT = new TextEncoder().encode('shift ')
