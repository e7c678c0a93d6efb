/**
 * The events of the log and their fields. `why` is a text for people. The table in docs/operations.md lists the same
 * events and fields; a test compares them.
 */
type Events = {
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
  /** A zone's guard has begun to hold: `fell` of `of` targets went down. Times are ISO 8601. */
  'guard-holds': {
    readonly zone: string
    readonly fell: number
    readonly of: number
    readonly since: string
    readonly until: string
  }
  /** Without a vantage point: no document could be read. */
  'health-failed': { readonly vantage?: string; readonly why: string }
  /** The keys of a zone cannot be used: nobody who wants signatures is answered, or older keys go on signing. */
  'keys-failed': { readonly zone: string; readonly why: string }
  'ledger-failed': { readonly zone: string; readonly why: string }
  /** The record of health, and notifications. */
  'monitor-failed': { readonly why: string }
  /** A message was given up, or several at once. */
  'notification-failed': { readonly receiver: string; readonly why: string }
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

type EventName = keyof Events

/** One line of the log. */
export type LogEvent = { [Name in EventName]: { readonly event: Name } & Events[Name] }[EventName]

/** Takes the events of a part of the Worker. */
export type Log = (event: LogEvent) => void

/** The events that are news. All others are errors. */
const NEWS = ['aliases-resolved', 'api-write', 'geo-loaded', 'probed', 'reconciled', 'zone-loaded'] as const

/** The level of each event, and all of its possible fields: for the documentation. Isolates do without this table. */
export const EVENTS: {
  readonly [Name in EventName]: {
    readonly level: Name extends (typeof NEWS)[number] ? 'log' : 'error'
    readonly fields: { readonly [Field in keyof Events[Name]]-?: true }
  }
} = {
  'adoption-failed': { level: 'error', fields: { why: true } },
  'adoption-waits': { level: 'error', fields: { zone: true, why: true } },
  'aliases-failed': { level: 'error', fields: { why: true } },
  'aliases-resolved': { level: 'log', fields: { names: true, asked: true, saved: true } },
  'api-failed': { level: 'error', fields: { why: true } },
  'api-key-guessed': { level: 'error', fields: { wrong: true, last: true } },
  'api-write': { level: 'log', fields: { key: true, method: true, path: true, status: true } },
  'asked-failed': { level: 'error', fields: { why: true } },
  'asked-full': { level: 'error', fields: { zone: true, why: true } },
  'bad-setting': { level: 'error', fields: { why: true } },
  'catalog-failed': { level: 'error', fields: { why: true } },
  error: { level: 'error', fields: { why: true, stack: true } },
  'geo-failed': { level: 'error', fields: { why: true } },
  'geo-loaded': { level: 'log', fields: { key: true } },
  'guard-holds': { level: 'error', fields: { zone: true, fell: true, of: true, since: true, until: true } },
  'health-failed': { level: 'error', fields: { vantage: true, why: true } },
  'keys-failed': { level: 'error', fields: { zone: true, why: true } },
  'ledger-failed': { level: 'error', fields: { zone: true, why: true } },
  'monitor-failed': { level: 'error', fields: { why: true } },
  'notification-failed': { level: 'error', fields: { receiver: true, why: true } },
  'overrides-failed': { level: 'error', fields: { why: true } },
  probed: {
    level: 'log',
    fields: { at: true, ms: true, due: true, probed: true, left: true, changed: true, saved: true },
  },
  reconciled: { level: 'log', fields: { added: true, changed: true, missing: true, removed: true, refused: true } },
  'region-failed': { level: 'error', fields: { region: true, why: true } },
  'round-failed': { level: 'error', fields: { region: true, why: true } },
  'tick-failed': { level: 'error', fields: { why: true } },
  'zone-failed': { level: 'error', fields: { zone: true, why: true } },
  'zone-loaded': { level: 'log', fields: { zone: true } },
}

/** Writes an event as one line of JSON. */
export const logEvent: Log = (event) => console[isNews(event.event) ? 'log' : 'error'](JSON.stringify(event))

const isNews = (name: string): boolean => (NEWS as readonly string[]).includes(name)
