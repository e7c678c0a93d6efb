import { MAX_CNAME_CHAIN } from '../limits.ts'
import type { NeedsZone, Zones } from '../zone/query-path.ts'
import { Deadline, QUERY_DEADLINE_MS, type Timer } from './deadline.ts'
import type { WaitUntil } from './refreshed.ts'
import type { Snapshot } from './snapshot.ts'

type Query<Answer> = {
  readonly snapshot: Snapshot
  /** Answers from the zones, or returns the one that has to be loaded first. */
  readonly ask: (zones: Zones) => Answer | NeedsZone
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly waitUntil: WaitUntil
  /** Milliseconds of the deadline that are gone already. */
  readonly waited?: number
  readonly timer?: Timer | undefined
}

type Kind = { readonly kind: string }

/** Answers at once from a snapshot that is fresh enough, else as `inOneDeadline`. */
export function answerFrom<Answer extends Kind>(
  query: Query<Answer>,
): Answer | NeedsZone | Promise<Answer | NeedsZone> {
  const { snapshot, now, waitUntil } = query
  const wait = snapshot.prepare(now, waitUntil)
  if (wait) return inOneDeadline(query, wait)
  const answered = answerOnce(query)
  return isAnswer(answered) ? answered : inOneDeadline(query, undefined)
}

/**
 * Loads what an answer needs and asks again: a chain of CNAMEs can lead through several zones. All of that has one
 * deadline. After it the answer comes from memory.
 * @param first what to wait for before the first try
 */
export async function inOneDeadline<Answer extends Kind>(
  query: Query<Answer>,
  first: Promise<void> | undefined,
): Promise<Answer | NeedsZone> {
  const { snapshot, ask, now, waitUntil, waited = 0, timer } = query
  const deadline = new Deadline(QUERY_DEADLINE_MS - waited, timer)
  let loading: NeedsZone | undefined
  try {
    let inTime = await deadline.within(first)
    for (let loads = 0; inTime && loads <= MAX_LOADS; loads++) {
      const answered = answerOnce(query)
      if (isAnswer(answered)) return answered
      loading = answered
      const work = snapshot.load(answered, now, waitUntil)
      if (!work) break
      inTime = await deadline.within(work)
    }
    snapshot.giveUp(loading?.origin)
    return ask(snapshot.zonesInMemory())
  } finally {
    deadline.end()
  }
}

/** Each name of a chain may need a zone, and a part of it; a zone that is changed meanwhile needs both again. */
const MAX_LOADS = 2 * (MAX_CNAME_CHAIN + 2)

function answerOnce<Answer extends Kind>({ snapshot, ask, now, waitUntil }: Query<Answer>): Answer | NeedsZone {
  const zones = snapshot.zones(now)
  const answered = ask(zones)
  if (isAnswer(answered)) snapshot.refresh(zones, now, waitUntil)
  return answered
}

const isAnswer = <Answer extends Kind>(answered: Answer | NeedsZone): answered is Answer =>
  answered.kind !== 'needs-zone'
