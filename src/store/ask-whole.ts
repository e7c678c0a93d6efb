import { ROOT } from '../dns/index.ts'
import type { GeoLookup } from '../geo/index.ts'
import type { Health } from '../health/index.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type NeedsZone, NotingZones, type Outside, type Zones } from '../zone/index.ts'
import { Deadline, KV_IS_LATE, type Timer } from './deadline.ts'
import type { WaitUntil } from './refreshed.ts'
import { CATALOG_KEY } from './shapes.ts'
import type { Snapshot } from './snapshot.ts'

/** The sources of an answer. */
export type Sources = {
  readonly zones: Zones
  readonly health: Health
  readonly database: GeoLookup | undefined
  readonly outside: Outside | undefined
}

/** The needs of a question beside those of the zones that it looks at: states of targets, the database of places. */
export type Needs = { readonly health?: boolean; readonly places?: boolean }

type Asking = { readonly snapshot: Snapshot; readonly waitUntil: WaitUntil; readonly timer?: Timer | undefined }

/**
 * Asks the published zones a question that takes many look-ups, like `explain`. It loads what the question looks for,
 * and asks again, until all of it is there.
 * @param ask has no effects: it is called several times
 * @param now milliseconds since the epoch
 * @returns an error if storage does not give out what is needed in time
 */
export async function askWhole<T>(
  { snapshot, waitUntil, timer }: Asking,
  ask: (sources: Sources) => T,
  now: number,
  needs: Needs = {},
): Promise<Result<T>> {
  const deadline = new Deadline(PEOPLE_WAIT_MS, timer)
  try {
    if (!(await deadline.within(snapshot.prepare(now, waitUntil)))) return err(KV_IS_LATE)
    if (isUnread(snapshot)) return err('the list of zones could not be read')
    const beside = [
      needs.health && snapshot.freshHealth(now, waitUntil),
      needs.places && snapshot.places.refresh(now, waitUntil),
    ]
    if (!(await deadline.within(Promise.all(beside)))) return err(KV_IS_LATE)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const zones = snapshot.zones(now)
      const noting = new NotingZones(zones)
      const found = snapshot.outside(now, waitUntil)
      let isOutsideMissing = false
      const outside: Outside | undefined =
        found &&
        ((name, type) => {
          const answer = found(name, type)
          isOutsideMissing ||= answer === undefined
          return answer ?? { why: 'is not in memory' }
        })
      const answered = ask({ zones: noting, health: snapshot.health(now), database: snapshot.database, outside })
      const missing = isOutsideMissing ? [...noting.missing, OUTSIDE] : noting.missing
      if (missing.length === 0) {
        snapshot.refresh(zones, now, waitUntil)
        return ok(answered)
      }
      const loads = missing.map((one) => snapshot.load(one, now, waitUntil))
      // A part that was waited for in vain lately is not tried again.
      if (loads.some((load) => load === undefined)) break
      if (!(await deadline.within(Promise.all(loads)))) break
    }
    return err('a zone that is needed could not be read from storage')
  } finally {
    deadline.end()
  }
}

const OUTSIDE: NeedsZone = { kind: 'needs-zone', origin: ROOT.key, isOutside: true }

/** A person waits longer than a resolver. */
const PEOPLE_WAIT_MS = 8000

/** Each name of a chain may need a zone, then a part of it; and chains may divide. */
const MAX_ROUNDS = 4 * (MAX_CNAME_CHAIN + 2)

const isUnread = ({ published, refused }: Snapshot): boolean =>
  published.size === 0 && refused.some(({ origin }) => origin === CATALOG_KEY)
