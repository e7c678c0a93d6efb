/** The state of one target at one vantage point. Times are seconds since the epoch; `at` may have a fraction. */
export type TargetState = {
  readonly state: 'up' | 'down' | 'unknown'
  /** The start of the state; 0 while it is unknown. */
  readonly since: number
  /** The time of the last probe that ran; 0 before the first. */
  readonly at: number
  /** The time of the last probe that could not run. It is not stored. */
  readonly triedAt?: number
  /** The duration of the last probe, in milliseconds. */
  readonly ms: number
  /** The number of consecutive results against the state: failures while up or unknown, successes while down. */
  readonly count: number
  /** The reason why the last probe failed or could not run; empty after a success. */
  readonly why: string
  /** The weight and load that the target or the application reports. */
  readonly weight?: number
  readonly load?: number
  /** The time of the report that had the load. */
  readonly loadAt?: number
  /** The limits that were reported with the load. */
  readonly limits?: LoadLimits
  /** Set while answers of a pool follow the load. */
  readonly offered?: Offered
  /** The number of times that it went down since `from`, for flap damping. */
  readonly flaps?: { readonly count: number; readonly from: number }
  /** The number of times that it went down, or came up again, since it was first known; 0 if it is left out. */
  readonly changes?: number
  /**
   * The time at which it went down before it came up again; undefined while it is down, or was never seen to go down.
   */
  readonly fell?: number
  /** Set if a query asked for the check, and no document contains it: such a state expires soon. */
  readonly asked?: true
}

/** The load from which on a target passes clients on, and the load that clients of others never take it above. */
export type LoadLimits = { readonly target: number; readonly capacity: number }

/** The load that a target would have with all of its own clients, and without those of others. */
export type Offered = {
  readonly load: number
  /** The share of its own clients that it has, as they follow the answers. */
  readonly kept: number
  /** The load of clients that others pass on to it. */
  readonly received: number
}

export type Thresholds = {
  /** The number of consecutive failures that take a target down. */
  readonly fall: number
  /** The number of consecutive successes that bring a target up. */
  readonly rise: number
  /** The first result alone `decides` (gdnsd), or a first failure only `counts` towards `fall` (PowerDNS). */
  readonly first: 'decides' | 'counts'
  /** A target that goes down `changes` times `within` seconds stays down for `hold` seconds, whatever it answers. */
  readonly damping?: { readonly changes: number; readonly within: number; readonly hold: number } | undefined
}

/** Returns true if flap damping keeps a target down. */
export function isHeld(state: TargetState, now: number, { damping }: Thresholds): boolean {
  if (!damping || state.state !== 'down') return false
  return (state.flaps?.count ?? 0) >= damping.changes && now < state.since + damping.hold
}

/**
 * Returns the number of results until the state can change at the earliest, the next one included. gdnsd's dynamic TTL
 * is this many intervals.
 */
export function resultsToChange(state: TargetState, { fall, rise }: Thresholds): number {
  switch (state.state) {
    case 'up':
      return fall - state.count
    case 'down':
      return rise - state.count
    case 'unknown':
      return 1
  }
}
