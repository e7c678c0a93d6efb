import type { Rng } from '../random.ts'
import { stepsToVisit } from '../steps.ts'
import { type Among, type Draw, named, type Trace } from './kind.ts'

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
