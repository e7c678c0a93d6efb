import { type LogEvent, logEvent } from '../events.ts'
import { ASKED_EXPIRES_MS, type AskedList, AskedSet } from '../health/index.ts'
import { MAX_ASKED, MAX_ASKED_A_ZONE } from '../limits.ts'

const ZONE_PREFIX = 'zone:'

/**
 * Keeps the checks that queries asked for. KV is not a place for them: it has no transactions, and 1,000 writes a day.
 * The object stores one value a zone, and only what changed.
 */
export class AskedTargetsBody {
  private readonly storage: DurableObjectStorage
  private set: AskedSet | undefined

  constructor({ storage }: DurableObjectState) {
    this.storage = storage
  }

  /** Takes what an isolate tells. @returns for each check, in order, whether it is known now */
  async tell(texts: readonly string[]): Promise<readonly boolean[]> {
    const set = await this.loaded()
    const { taken, filled } = set.tell(texts, Date.now())
    for (const zone of filled) logEvent(fullEvent(zone))
    await this.store(set)
    return taken
  }

  /** The checks of the zones that are published. @param isAll whether no other zone asks */
  async list(zones: readonly string[], isAll: boolean): Promise<AskedList> {
    const set = await this.loaded()
    const list = set.list(zones, isAll, Date.now())
    await this.store(set)
    return list
  }

  /** Drops what has expired, where nobody tells or reads any more. */
  async alarm(): Promise<void> {
    const set = await this.loaded()
    set.prune(Date.now())
    await this.store(set)
  }

  private async loaded(): Promise<AskedSet> {
    if (this.set) return this.set
    const stored = await this.storage.list<string>({ prefix: ZONE_PREFIX })
    // While it was read, another call may have gone on.
    if (this.set) return this.set
    this.set = new AskedSet()
    for (const [key, text] of stored) this.set.restore(key.slice(ZONE_PREFIX.length), text)
    return this.set
  }

  private async store(set: AskedSet): Promise<void> {
    const { storage } = this
    const writes = set
      .changes()
      .map(([zone, text]) =>
        text === undefined ? storage.delete(ZONE_PREFIX + zone) : storage.put(ZONE_PREFIX + zone, text),
      )
    await Promise.all(writes)
    if (!set.isEmpty && (await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + ASKED_EXPIRES_MS)
  }
}

/** Told once, until an hour has passed in which nothing was refused. */
const fullEvent = (zone: string): LogEvent =>
  zone === ''
    ? { event: 'asked-full', why: `queries ask for more than ${MAX_ASKED} checks; new ones are not probed` }
    : {
        event: 'asked-full',
        zone,
        why: `queries ask for more than ${MAX_ASKED_A_ZONE} checks; new ones are not probed`,
      }
