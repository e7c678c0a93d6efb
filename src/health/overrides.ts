import type { Recurring } from './recurring.ts'

/** A state that a person sets in place of a measured one. Names are globs: `*` is any text, `?` any character. */
export type Override = {
  readonly check?: string | undefined
  readonly target?: string | undefined
  readonly pool?: string | undefined
  readonly datacenter?: string | undefined
  /**
   * `drained` removes a member from its pool; unlike `down`, it is not answered even if all others are down. `weight`
   * sets the weight of a member, and `resume` lets targets in that wait for it after they were down (`failback`).
   */
  readonly force: State | 'weight' | 'resume'
  /** Set for `weight`. */
  readonly weight?: number | undefined
  /** Milliseconds since the epoch. Set for `resume`: it is about targets that were up then. */
  readonly from?: number | undefined
  readonly until?: number | undefined
  /** The windows between `from` and `until` in which it counts; always if it is left out. */
  readonly every?: Recurring | undefined
  readonly by: string
  readonly why: string
}

type State = 'up' | 'down' | 'drained'

/** An override with the code that looks into it, which is loaded with the first of them. */
export type LiveOverride = Override & {
  names(subject: Subject): boolean
  /** Returns those of a list that name a subject, in its order. The list never changes: it has an index. */
  among(overrides: readonly LiveOverride[], subject: Subject): readonly LiveOverride[]
  /** Returns if it counts at a time, and when that changes next. Times are milliseconds since the epoch. */
  at(now: number): { readonly isActive: boolean; readonly changesAt: number }
}

/** An override of a state. */
export type Forced = LiveOverride & { readonly force: State }

/** The subject of an override: a check of a target, a pool, or a datacenter of a pool. */
export type Subject =
  | { readonly check: string; readonly aliases?: readonly string[] | undefined; readonly target: string }
  | { readonly pool: string; readonly datacenter?: string | undefined }
