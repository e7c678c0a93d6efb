import { type EventName, eventOf, isRefused, isTrouble, WELL } from './events.ts'
import type { Subject } from './subject.ts'

/** A subject as it was last seen. `zones`: those that it concerned. */
export type Seen = Pick<Subject, 'kind' | 'state' | 'shown' | 'about'> & { readonly zones: readonly string[] }

/** A difference between what was seen before and what is seen now. */
export type Difference = {
  readonly key: string
  /** The state before; '' for a subject that is new. */
  readonly from: string
  /** The subject as it is now. */
  readonly now: Seen
  /** The event that it is; undefined for a change that only the record has. */
  readonly event?: EventName
  /** True if the zones no longer have it: then it need not be remembered. */
  readonly isGone: boolean
}

type Seeing = {
  /** True if nothing was ever seen: nothing that is there now is news. */
  readonly isFirst: boolean
  /** A zone whose version counted before this time was published long ago: KV may have shown an old list meanwhile. */
  readonly newsFrom: number
  /** True if all zones could be read, so that a missing subject is gone. */
  readonly isComplete: boolean
}

/**
 * Compares what is there with what was there. A target, a pool or a vantage point is no news when it is first seen.
 * Zones and overrides are, since somebody published or set them.
 */
export function differences(
  seen: ReadonlyMap<string, Seen>,
  found: ReadonlyMap<string, Subject>,
  { isFirst, isComplete, newsFrom }: Seeing,
): Difference[] {
  const all: Difference[] = []
  const isForgotten = (key: string): boolean =>
    found.get(key)?.state === 'unknown' && (seen.get(key)?.state ?? 'unknown') !== 'unknown'
  for (const [key, subject] of found) {
    const before = seen.get(key)
    const change = before ? changed(before, subject, isForgotten) : appeared(subject, isFirst, newsFrom)
    if (change) all.push({ key, isGone: false, ...change })
  }
  for (const [key, before] of seen) {
    if (!found.has(key) && (isComplete || isOfItsOwn(before))) all.push({ key, isGone: true, ...gone(before) })
  }
  return all
}

type Change = Pick<Difference, 'from' | 'now' | 'event'>

function changed(before: Seen, subject: Subject, isForgotten: (key: string) => boolean): Change | undefined {
  const { kind, state, shown, parts = [] } = subject
  // Nobody knows the state of a target whose reports are missing: the last one that was known holds, of its pools, too.
  const isUnknown = (state === 'unknown' && before.state !== 'unknown') || parts.some(isForgotten)
  const isOlder = kind === 'zone' && isOlderVersion(before, subject)
  if (isOlder || ((isUnknown || before.state === state) && (before.shown === shown || kind === 'pool')))
    return undefined
  const to = isUnknown ? before.state : state
  return withEvent(before.state, { kind, state: to, shown, about: subject.about, zones: subject.zones() })
}

/** KV may still show a catalog that was replaced. */
const isOlderVersion = ({ about, state }: Seen, subject: Subject): boolean =>
  state !== subject.state &&
  !isRefused(state) &&
  !isRefused(subject.state) &&
  about.since !== undefined &&
  subject.about.since !== undefined &&
  subject.about.since < about.since

function appeared({ kind, state, shown, about, zones }: Subject, isFirst: boolean, newsFrom: number): Change {
  const now = { kind, state, shown, about, zones: zones() }
  const isPublished = kind === 'zone' && (about.since === undefined || about.since >= newsFrom)
  const isNews = !isFirst && (isPublished || kind === 'override')
  return isNews ? withEvent('', now) : { from: '', now }
}

/** Trouble of what is gone has ended, and whoever was told of it is told that. */
function gone({ kind, state, about, zones }: Seen): Change {
  const well = WELL[kind]
  const { why: _, ...rest } = about
  const now = { kind, state: well, shown: 'gone', about: { ...rest, gone: true as const }, zones }
  return isTrouble(kind, state) ? withEvent(state, now) : { from: state, now }
}

/** Overrides are read apart from zones. */
const isOfItsOwn = ({ kind }: Seen): boolean => kind === 'override'

function withEvent(from: string, now: Seen): Change {
  const event = eventOf(now.kind, from, now.state)
  return { from, now, ...(event && { event }) }
}
