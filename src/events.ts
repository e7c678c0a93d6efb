/**
 * The events of the log and their fields. `why` is a text for people. The table in docs/operations.md lists the same
 * events and fields; a test compares them.
 */
export type Events = {
  'adoption-failed': { readonly why: string }
  'adoption-waits': { readonly zone: string; readonly why: string }
  /** Addresses of names outside the zones. */
  'aliases-failed': { readonly why: string }
  'aliases-resolved': { readonly names: number; readonly asked: number; readonly saved: 'written' | 'failed' }
  'api-failed': { readonly why: string }
  'api-key-guessed': { readonly wrong: number; readonly last: string }
  /** A write of the API: who, what, and the status of the reply. */
  'api-write': { readonly key: string; readonly method: string; readonly path: string; readonly status: number }
  'asked-failed': { readonly why: string }
  /** Without a zone: all zones together. */
  'asked-full': { readonly zone?: string; readonly why: string }
  'bad-setting': { readonly why: string }
  'catalog-failed': { readonly why: string }
  error: { readonly why: string; readonly stack?: string | undefined }
  'geo-failed': { readonly why: string }
  /** Without a key: the database was removed. */
  'geo-loaded': { readonly key?: string }
  /** Without a vantage point: no document could be read. */
  'health-failed': { readonly vantage?: string; readonly why: string }
  /** The keys of a zone cannot be used: nobody who wants signatures is answered, or older keys go on signing. */
  'keys-failed': { readonly zone: string; readonly why: string }
  'ledger-failed': { readonly zone: string; readonly why: string }
  'overrides-failed': { readonly why: string }
  /** `at` to `left` are missing if no round was due. */
  probed: {
    readonly at?: number
    readonly ms?: number
    readonly due?: number
    readonly probed?: number
    readonly left?: number
    readonly changed: 'nothing' | 'progress' | 'state'
    readonly saved: 'kept' | 'written' | 'failed'
  }
  reconciled: {
    readonly added: readonly string[]
    readonly changed: readonly string[]
    readonly missing: readonly string[]
    readonly removed: readonly string[]
    readonly refused: readonly { readonly origin: string; readonly why: string }[]
  }
  'region-failed': { readonly region: string; readonly why: string }
  /** Without a region: the round of the cron, or of any vantage point while it writes early results. */
  'round-failed': { readonly region?: string; readonly why: string }
  'tick-failed': { readonly why: string }
  'zone-failed': { readonly zone: string; readonly why: string }
  'zone-loaded': { readonly zone: string }
}

export type EventName = keyof Events

/** One line of the log. */
export type LogEvent = { [Name in EventName]: { readonly event: Name } & Events[Name] }[EventName]

/** Takes the events of a part of the Worker. */
export type Log = (event: LogEvent) => void

/** Events that are no failure. */
const NEWS: ReadonlySet<EventName> = new Set([
  'aliases-resolved',
  'api-write',
  'geo-loaded',
  'probed',
  'reconciled',
  'zone-loaded',
])

/** Returns the level at which an event is logged. */
export const levelOf = (event: EventName): 'error' | 'log' => (NEWS.has(event) ? 'log' : 'error')

/** Writes an event as one line of JSON. */
export const logEvent: Log = (event) => console[levelOf(event.event)](JSON.stringify(event))
