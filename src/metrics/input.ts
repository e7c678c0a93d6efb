import type { AskedFull, Deployment, Guards, Health, PoolShape, ProbeCondition } from '../health/index.ts'

/** All that metrics are made of: what stands in KV, as the isolate has it, and the isolate's own counts. */
export type MetricsInput = {
  readonly version: string
  readonly health: Health
  readonly deployment: Deployment
  /** Checks of documents first, then those that queries asked for. */
  readonly conditions: readonly ProbeCondition[]
  /** The pools of each zone, by its origin without the final dot. */
  readonly pools: ReadonlyMap<string, readonly PoolShape[]>
  /** The guards of zones, by the origin without the final dot. */
  readonly guards: Guards
  /**
   * Published zones. `since`: when this version was published, in milliseconds since the epoch. `dnssec`: the hash of
   * its keys, if it is signed.
   */
  readonly zones: ReadonlyMap<
    string,
    { readonly serial: number; readonly since?: number | undefined; readonly dnssec?: string | undefined }
  >
  /** Keys in KV that are not served as they stand; `catalog` among them. */
  readonly refused: readonly { readonly origin: string }[]
  /** The keys of signed zones, as far as they are known. */
  readonly keys?: readonly KeyState[]
  readonly askedFull: readonly AskedFull[]
  /** False if a zone, or the list of asked checks, could not be read. */
  readonly isComplete: boolean
  /** The number of settings that are not valid. */
  readonly settingProblems: number
  /** Writes of the API that this isolate answered, by the status of the reply. */
  readonly apiWrites: ReadonlyMap<number, number>
  /** Notifications by format; undefined while there are no receivers, or nobody knows. */
  readonly notifications?: Notifications | undefined
  /** This isolate's forwarder; undefined while other names are not forwarded. */
  readonly forwarding?: Forwarding | undefined
}

/** `totals`: delivered and given up, by format. `waiting`: those that are still to be sent. */
export type Notifications = {
  readonly totals: Readonly<Record<string, { readonly delivered: number; readonly failed: number }>>
  readonly waiting: number
}

/** `bytes`: octets of the replies that are kept. `upstreams`: if each answers, by its host. */
export type Forwarding = {
  readonly bytes: number
  readonly maxBytes: number
  readonly upstreams: readonly { readonly host: string; readonly isWell: boolean }[]
}

/** The keys of a signed zone. `zone`: without the final dot; `notBefore`: milliseconds since the epoch. */
export type KeyState = {
  readonly zone: string
  readonly usable: boolean
  readonly parentDs?: number
  readonly dsMatches?: boolean
  readonly stage?: { readonly name: string; readonly notBefore: number; readonly waitsForParent: boolean }
  readonly warnings: readonly string[]
}
