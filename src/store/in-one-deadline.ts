import { MAX_CNAME_CHAIN } from '../limits.ts'
import type { Answered, Zones } from '../zone/query-path.ts'
import { Deadline, QUERY_DEADLINE_MS, type Timer } from './deadline.ts'
import type { WaitUntil } from './refreshed.ts'
import type { Snapshot } from './snapshot.ts'

type Query = {
  readonly snapshot: Snapshot
  readonly ask: (zones: Zones) => Answered
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly waitUntil: WaitUntil
  readonly timer?: Timer | undefined
}

/**
 * Loads what an answer needs and asks again: a chain of CNAMEs can lead through several zones. All of that has one
 * deadline. After it the answer comes from what is in memory.
 * @param first what to wait for before the first try
 */
export async function inOneDeadline(
  { snapshot, ask, now, waitUntil, timer }: Query,
  first: Promise<void> | undefined,
): Promise<Answered> {
  const deadline = new Deadline(QUERY_DEADLINE_MS, timer)
  try {
    let inTime = await deadline.within(first)
    for (let loads = 0; inTime && loads <= MAX_CNAME_CHAIN + 1; loads++) {
      const answered = ask(snapshot.zones(now, waitUntil))
      if (answered.kind !== 'needs-zone') return answered
      inTime = await deadline.within(snapshot.load(answered.origin, now, waitUntil))
    }
    return ask(snapshot.zonesInMemory())
  } finally {
    deadline.end()
  }
}
