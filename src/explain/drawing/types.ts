/** The state of a member, a pool or a target, with what explains it. */
export type DrawnState = {
  readonly state: 'up' | 'down' | 'drained'
  /** The measured state; `unknown` counts as the check says. */
  readonly real: 'up' | 'down' | 'unknown'
  readonly check?: string
  readonly target?: string
  /** The reason of the last probe that failed, for a target that is down. */
  readonly why?: string
  /** ISO 8601: the start of the measured state. */
  readonly since?: string
  readonly forced?: { readonly force: 'up' | 'down' | 'drained'; readonly by: string; readonly why: string }
  readonly stale?: true
}

/** A policy as a node of a tree, which people look at. */
export type DrawnNode = {
  readonly kind: string
  /** The way that it chooses, in words. */
  readonly text: string
  /** The name of a pool, as overrides have it. */
  readonly name?: string
  readonly state?: DrawnState
  /** The records of an end. */
  readonly records?: readonly string[]
  /** The records or branches that are left out. */
  readonly more?: number
  readonly branches?: readonly DrawnBranch[]
}

/** A way out of a node. */
export type DrawnBranch = {
  readonly label: string
  /** The chance of this way once its node is reached, over chance and over all clients; null if that is not known. */
  readonly chance?: number | null
  readonly state?: DrawnState
  readonly to: DrawnNode
}
