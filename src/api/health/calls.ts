import type { PoolShape } from '../../health/index.ts'
import type { Form } from '../../metrics/index.ts'
import type { EventQuery } from '../../notify/index.ts'
import type { PushEntry } from './push.ts'

/** The outcome of a call: what to answer with, or an error in words. */
export type HealthReply =
  | { readonly status: 200; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: 404 | 409 | 412 | 422 | 500 | 503; readonly error: string }

/** The calls about health, for one request: by then its sender is known, and its body has a valid shape. */
export type HealthCalls = {
  readonly hasAgents: boolean
  readonly agentSecret: (agent: string) => string | undefined
  readonly health: () => Promise<HealthReply>
  /** Reads the counts of queries; undefined if there are none, or they cannot be read. */
  readonly traffic?: ((hours: number) => Promise<HealthReply>) | undefined
  /** Returns what the deployment is made of. */
  readonly deployment: () => Promise<HealthReply>
  /** Returns the pools of each zone, by its origin without the final dot. */
  readonly pools: () => Promise<ReadonlyMap<string, readonly PoolShape[]>>
  /** Returns the text of the metrics. @param writes of the API, which this isolate answered, by status */
  readonly metrics: (form: Form, writes: ReadonlyMap<number, number>) => Promise<string>
  /** Returns `ok`, or the word for what is wrong. */
  readonly liveness: () => Promise<string>
  readonly events: (query: EventQuery) => Promise<HealthReply>
  /** Times are milliseconds since the epoch. */
  readonly history: (zone: string, target: string, from: number, to: number) => Promise<HealthReply>
  readonly notifications: () => Promise<HealthReply>
  /** Sends a test to a receiver, by its number in `notifications`. */
  readonly testNotification: (receiver: number) => Promise<HealthReply>
  readonly overrides: () => Promise<HealthReply>
  /** @param anyway true if a pool may be left without a member */
  readonly putOverrides: (
    text: string,
    isExpected: ((etag: string) => boolean) | undefined,
    anyway: boolean,
  ) => Promise<HealthReply>
  readonly push: (entries: readonly PushEntry[]) => Promise<HealthReply>
  readonly agentProbes: (agent: string) => Promise<HealthReply>
  readonly agentReport: (agent: string, text: string) => Promise<HealthReply>
}
