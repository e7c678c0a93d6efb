import type { EventName } from './events.ts'
import type { Format } from './receiver.ts'

/** A receiver as the API shows it, without secrets. `number` names it in a test. Times are ISO 8601. */
export type ReceiverReport = {
  readonly number: number
  /** The zone whose document names it; null for NOTIFY. */
  readonly zone: string | null
  readonly format: Format
  readonly url: string
  readonly on: readonly EventName[]
  readonly hold: number
  /** Messages that wait to be sent. */
  readonly waiting: number
  /** Messages that were delivered, and that were given up, since it was first there. */
  readonly delivered: number
  readonly failed: number
  /** The last try. */
  readonly last: Attempt | null
  /** The reason why it cannot be sent to. */
  readonly problem?: string
}

/** Returns true for a receiver that could not be told of something. */
export const isFailing = ({ last, problem }: ReceiverReport): boolean =>
  problem !== undefined || (last !== null && !last.delivered)

export type Attempt = {
  readonly at: string
  readonly delivered: boolean
  readonly event: string
  /** The status of the response, if there was one. */
  readonly status?: number
  readonly why?: string
}

export type NotificationReport = {
  readonly receivers: readonly ReceiverReport[]
  /** The errors of NOTIFY. */
  readonly problems: readonly string[]
}

/** The outcome of a test. */
export type Tested = {
  readonly receiver: number
  readonly delivered: boolean
  readonly status?: number
  readonly why?: string
}
