import { MAX_SPILL_RECEIVERS, SPILL_UNITS } from '../../limits.ts'
import { addressBits } from '../../net/index.ts'
import { burtle } from '../hash.ts'
import type { ByClient } from '../kinds/by-client.ts'
import type { ChoiceInput } from '../kinds/kind.ts'
import type { Policy } from '../types.ts'
import { sumOf } from '../weights.ts'
import type { Passed } from './spread.ts'

/** A member that clients go on to, and their number in units of the clients that there were. */
export type Receiver = { readonly policy: Policy; readonly index: number; readonly units: number }

/** Counts parts in units, rounded down: nobody gets more than there is room for. */
export const receiversOf = (
  passed: readonly Passed[],
  memberAt: (i: number) => { readonly policy: Policy; readonly index: number },
): readonly Receiver[] =>
  passed
    .map(({ to, part }) => ({ ...memberAt(to), units: Math.floor(part * SPILL_UNITS + ROUNDING) }))
    .filter(({ units }) => units > 0)

/** 0.07 of 100 is 7: without the margin, rounding errors make it 6. */
const ROUNDING = 1e-6

type Own = { readonly policy: Policy; readonly index: number }

/** Passes clients on by chance, for a choice by chance. */
export function byChance(own: Own, receivers: readonly Receiver[]): Policy {
  const kept = { ...own, units: SPILL_UNITS - unitsOf(receivers) }
  return drawOf([kept, ...receivers])
}

/**
 * Passes clients on by a hash of each: one that stays at some load stays at every lower one. They are divided among the
 * receivers by another hash, so that as few as possible move if the parts of the receivers change.
 */
export function byHash(own: Own, receivers: readonly Receiver[], text: string): Policy {
  const [only] = receivers
  const most = receivers.toSorted((a, b) => b.units - a.units).slice(0, MAX_SPILL_RECEIVERS)
  const units = unitsOf(receivers)
  const rest: Policy = receivers.length === 1 && only ? only.policy : new Divided(most, text)
  return new Passing(
    [
      { ...own, units: SPILL_UNITS - units },
      { policy: rest, index: -1, units },
    ],
    text,
    undefined,
  )
}

/**
 * Passes clients on by a hash of each, or by `place`, to one receiver after the other: those that go first go to the
 * first one, and stay there when more follow.
 */
export function byOrder(own: Own, receivers: readonly Receiver[], text: string, place: Place | undefined): Policy {
  const kept = { ...own, units: SPILL_UNITS - unitsOf(receivers) }
  return new Passing([kept, ...receivers.toReversed()], text, place)
}

/**
 * The part of a member's clients, from 0 to 1, that is nearer to the next member than those of this place, at both
 * ends.
 */
export type Place = { readonly from: number; readonly to: number }

const unitsOf = (receivers: readonly Receiver[]): number => sumOf(receivers.map(({ units }) => units))

/** Draws one by its units. */
function drawOf(all: readonly Receiver[]): Policy {
  const some = all.filter(({ units }) => units > 0)
  const [only] = some
  if (some.length === 1 && only) return only.policy
  const weights = some.map(({ units }) => units)
  return {
    kind: 'weighted',
    members: some.map(({ policy }) => policy),
    among: some.map(({ index }) => index),
    weights,
    total: sumOf(weights),
    count: 1,
  }
}

/** Each client has a point from 0 up to all units, and takes the part in which it lies. The first part stays. */
class Passing implements ByClient<Policy> {
  readonly kind = 'by-client'
  private readonly parts: readonly Receiver[]
  private readonly text: Uint8Array
  private readonly place: Place | undefined

  constructor(parts: readonly Receiver[], text: string, place: Place | undefined) {
    this.parts = parts
    this.text = new TextEncoder().encode(`${text} load`)
    this.place = place
  }

  get members(): readonly Policy[] {
    return this.parts.map(({ policy }) => policy)
  }

  get over(): Policy {
    const { place = EVERYWHERE } = this
    const [low, high] = [pointIn(place, 1), pointIn(place, 0)]
    if (high - low < 1) return this.at(low).policy
    let end = 0
    const overlaps = this.parts.map((part): Receiver => {
      const start = Math.max(end, low)
      end += part.units
      return { ...part, units: Math.max(0, Math.round(Math.min(end, high) - start)) }
    })
    return drawOf(overlaps)
  }

  choose({ client }: ChoiceInput): ReturnType<ByClient<Policy>['choose']> {
    const point = pointIn(this.place ?? EVERYWHERE, 1 - pointOf(client.bytes, this.text))
    return { member: this.at(point).policy, scope: addressBits(client.family) }
  }

  private at(point: number): Receiver {
    let end = 0
    for (const part of this.parts) {
      end += part.units
      if (point < end) return part
    }
    return this.parts.at(-1) as Receiver
  }
}

const EVERYWHERE: Place = { from: 0, to: 1 }

/** The clients of the place whose way on is shortest are at the end. @param at from 0, the end of the place, to 1 */
const pointIn = ({ from, to }: Place, at: number): number => SPILL_UNITS * (1 - (from + (to - from) * at))

/** Divides clients by the highest random weight: a receiver whose part grows takes clients, and loses none. */
class Divided implements ByClient<Policy> {
  readonly kind = 'by-client'
  private readonly receivers: readonly Receiver[]
  private readonly texts: readonly Uint8Array[]

  constructor(receivers: readonly Receiver[], text: string) {
    this.receivers = receivers
    this.texts = receivers.map(({ index }) => new TextEncoder().encode(`${text} to ${index}`))
  }

  get members(): readonly Policy[] {
    return this.receivers.map(({ policy }) => policy)
  }

  get over(): Policy {
    return drawOf(this.receivers)
  }

  choose({ client }: ChoiceInput): ReturnType<ByClient<Policy>['choose']> {
    let [least, best] = [Number.POSITIVE_INFINITY, this.receivers[0] as Receiver]
    this.receivers.forEach((one, i) => {
      const score = -Math.log(1 - pointOf(client.bytes, this.texts[i] as Uint8Array)) / one.units
      if (score < least) [least, best] = [score, one]
    })
    return { member: best.policy, scope: addressBits(client.family) }
  }
}

/** Returns a number from 0 up to 1 by a client's address and a text. */
function pointOf(bytes: Uint8Array, text: Uint8Array): number {
  const octets = new Uint8Array(bytes.length + text.length)
  octets.set(bytes)
  octets.set(text, bytes.length)
  return burtle(octets) / 2 ** 32
}
