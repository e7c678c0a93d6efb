import type { Avoidance, Exact } from '../chance.ts'
import type { Rng } from '../random.ts'
import { stepsToVisit } from '../steps.ts'
import { type Among, type Draw, membersText, named, type Trace } from './kind.ts'

/**
 * Each member by itself, with its weight's share of the largest weight; a member of the largest weight is always there
 * (gdnsd's weighted `multi`). Only pools have it.
 */
export interface Multi<P> extends Among {
  readonly kind: 'multi'
  readonly members: readonly P[]
  readonly weights: readonly number[]
  readonly largest: number
}

export type MultiStep = {
  readonly step: 'multi'
  readonly picked: readonly number[]
  readonly weights: readonly number[]
}

export function draw(
  { weights, largest, among }: Multi<unknown>,
  random: Rng,
  trace: Trace<MultiStep> | undefined,
): Draw {
  const picked: number[] = []
  weights.forEach((weight, i) => {
    if (Math.floor(random() * largest) < weight) picked.push(i)
  })
  trace?.push({ step: 'multi', picked: named(picked, among), weights })
  return picked
}

export const steps = ({ members }: Multi<unknown>): number => 1 + stepsToVisit(members.length)

export const maxMembers = ({ members }: Multi<unknown>): number => members.length

export const identity = ({ weights }: Multi<unknown>): unknown => weights

/** Each member is either absent, or drawn and not a hit. */
export function avoidance({ weights, largest }: Multi<unknown>, { always, times }: Exact): Avoidance {
  return (chances) =>
    chances.reduce((product, chance, i) => {
      const drawn = always.mul(weights[i] as number).div(largest)
      return times(product, chance === null ? null : always.sub(drawn).add(drawn.mul(chance)))
    }, always)
}

export const text = ({ picked }: MultiStep): string =>
  `drew ${membersText(picked)}, each by itself, as likely as its weight is of the largest`
