/** The things that have a state: their changes are events. */
export type Kind = 'target' | 'pool' | 'vantage' | 'guard' | 'override' | 'zone'

type EventRow = {
  readonly kind: Kind
  /** The gravity of trouble that begins; `end` for what ends such trouble, and `news` for what is no trouble. */
  readonly grade: 'critical' | 'error' | 'warning' | 'info' | 'end' | 'news'
  /** True if one subject causes at most one message in `MESSAGE_GAP_MS`. */
  readonly isSpaced: boolean
}

/**
 * All events that receivers can ask for. A new one is a row here, a case of `eventOf` and of `sentenceOf`, and a row of
 * docs/notifications.md.
 */
const NOTIFY_EVENTS = {
  'target-down': { kind: 'target', grade: 'error', isSpaced: true },
  'target-up': { kind: 'target', grade: 'end', isSpaced: true },
  'pool-degraded': { kind: 'pool', grade: 'warning', isSpaced: true },
  'pool-down': { kind: 'pool', grade: 'critical', isSpaced: true },
  // Always told to whoever was told of the trouble.
  'pool-restored': { kind: 'pool', grade: 'end', isSpaced: false },
  'vantage-silent': { kind: 'vantage', grade: 'error', isSpaced: true },
  'vantage-back': { kind: 'vantage', grade: 'end', isSpaced: true },
  'guard-on': { kind: 'guard', grade: 'critical', isSpaced: true },
  'guard-off': { kind: 'guard', grade: 'end', isSpaced: false },
  'zone-refused': { kind: 'zone', grade: 'error', isSpaced: false },
  'zone-published': { kind: 'zone', grade: 'news', isSpaced: false },
  'override-set': { kind: 'override', grade: 'info', isSpaced: false },
  'override-ended': { kind: 'override', grade: 'end', isSpaced: false },
} as const satisfies Readonly<Record<string, EventRow>>

export type EventName = keyof typeof NOTIFY_EVENTS

export const EVENT_NAMES = Object.keys(NOTIFY_EVENTS) as readonly EventName[]

export const rowOf = (event: EventName): EventRow => NOTIFY_EVENTS[event]

/**
 * Returns the event of a change; undefined for a change that nobody is told of, such as the first result of a target.
 * @param from the state before; '' for none
 */
export function eventOf(kind: Kind, from: string, to: string): EventName | undefined {
  if (from === to) return undefined
  switch (kind) {
    case 'target':
      if (to === 'down') return 'target-down'
      return from === 'down' ? 'target-up' : undefined
    case 'pool':
      if (to === 'down') return 'pool-down'
      if (to === 'degraded') return 'pool-degraded'
      return from === 'down' || from === 'degraded' ? 'pool-restored' : undefined
    case 'vantage':
      if (to === 'silent') return 'vantage-silent'
      return from === 'silent' ? 'vantage-back' : undefined
    case 'guard':
      if (to === 'holding') return 'guard-on'
      return from === 'holding' ? 'guard-off' : undefined
    case 'override':
      if (to === 'active') return 'override-set'
      return from === 'active' ? 'override-ended' : undefined
    case 'zone':
      if (isRefused(to)) return isRefused(from) ? undefined : 'zone-refused'
      // A zone that is gone was removed by somebody, and one without a version never was one.
      if (to !== '') return 'zone-published'
      return isRefused(from) ? 'zone-published' : undefined
  }
}

/**
 * The mark in the state of a zone whose document in KV is refused. The rest is the hash of the version that is served.
 */
export const REFUSED = '!'

export const isRefused = (state: string): boolean => state.endsWith(REFUSED)

/** Returns true for a state that is trouble. Trouble has an end, of which a receiver is told that was told of it. */
export const isTrouble = (kind: Kind, state: string): boolean => {
  switch (kind) {
    case 'target':
      return state === 'down'
    case 'pool':
      return state === 'down' || state === 'degraded'
    case 'vantage':
      return state === 'silent'
    case 'guard':
      return state === 'holding'
    case 'override':
      return state === 'active'
    case 'zone':
      return isRefused(state)
  }
}

/** The state without trouble. */
export const WELL: Readonly<Record<Kind, string>> = {
  target: 'up',
  pool: 'up',
  vantage: 'fine',
  guard: 'calm',
  override: '',
  zone: '',
}
