import type { Meter } from '../../meter.ts'
import type { Trace } from './kind.ts'

/** A choice by weight, in which the weights change in time. Docs: docs/coming-back.md. */
export interface Shift<P, Input> {
  readonly kind: 'shift'
  readonly members: readonly P[]
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** Milliseconds since the epoch. */
  readonly start: number
  readonly end: number
  /** Returns the choice as it is now, and the seconds for which it stays. @param meter is charged for the weights */
  at(input: Input, meter: Meter, trace: Trace<ShiftStep> | undefined): ShiftState<P>
}

type ShiftState<P> = {
  readonly policy: P
  readonly validForSeconds: number
  /** True while clients go over: then each of them has its own answer. */
  readonly isByClient: boolean
}

export type ShiftStep = {
  readonly step: 'shift'
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** ISO 8601. */
  readonly start: string
  readonly end: string
  /** The part of the way, from 0 to 1. */
  readonly done: number
}
