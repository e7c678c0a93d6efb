import type { ZoneEntry } from '../store/index.ts'
import type { ListedZone } from './calls.ts'

export type { Noticed } from '../store/index.ts'

/**
 * The calls of the one writer of the catalog, the Durable Object `ZoneAdopter`, which keeps the index of zones, too.
 * `origin` is as in `zoneKey`: in lower case, without the final dot.
 */
export type CatalogCalls = {
  /**
   * Makes an entry count; null removes the zone. The caller has written its parts, its head and its zone key before. It
   * is durable when it resolves. Several within a second are one write. Asking again for the same entry is harmless,
   * and tells whether it counts by now.
   * @param listed as in `note`
   */
  switchZone(origin: string, entry: ZoneEntry | null, listed: ListedZone | null): Promise<Switched>
  /**
   * Has a zone have these keys: `hash` of a key set that was written before, or null for none. As `switchZone`
   * otherwise.
   */
  switchKeys(origin: string, hash: string | null): Promise<Switched>
  /** Tells what the list says of a zone from now on, before it is published; null where it was deleted. */
  note(origin: string, listed: ListedZone | null): Promise<void>
  /** Returns false if there are so many zones that no other may be created. */
  hasRoom(): Promise<boolean>
  /**
   * Returns all zones by origin, those that were published without the API among them.
   * @throws if KV fails, so that not all are known
   */
  index(): Promise<readonly ListedZone[]>
}

/** The outcome of a switch. `later`: KV did not take it within seconds, and it goes on by alarm. */
export type Switched = 'published' | 'later'
