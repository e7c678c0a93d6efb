/** The events that a reader of the record wants. Times are milliseconds since the epoch. */
export type EventQuery = {
  readonly zone?: string | undefined
  readonly target?: string | undefined
  readonly pool?: string | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly limit?: number | undefined
}

/** The past of a target, the oldest first, by each check that has it. Times are ISO 8601. */
export type History = {
  readonly from: string
  readonly to: string
  readonly changes: readonly StateChange[]
  readonly latency: readonly LatencySeries[]
}

/** A change of a target's state. `by`: who forces it. The first one may lie before `from`: it says how it was then. */
export type StateChange = { readonly check: string; readonly at: string; readonly state: string; readonly by?: string }

/** The durations of successful probes from a vantage point, in milliseconds. */
export type LatencySeries = {
  readonly check: string
  readonly vantage: string
  readonly at: readonly string[]
  readonly ms: readonly number[]
}
