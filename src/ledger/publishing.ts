import { LEDGER_KEPT_MS, MIN_KV_WRITE_GAP_MS } from '../limits.ts'
import { type KeptCompiled, recompiledOf } from '../store/index.ts'
import type { LocalZone } from '../zone/index.ts'
import type { Book } from './book.ts'
import type { ListedZone } from './calls.ts'
import type { Version } from './change.ts'
import { catalogEntry } from './foreign.ts'
import { type CompiledVersion, PUBLISHER } from './outside.ts'
import { type CatalogWriter, type LedgerKv, publishVersion, type Target } from './publication.ts'
import type { LedgerStorage } from './storage.ts'
import { STALE_MS } from './verdict.ts'

type PublishingOptions = {
  readonly book: Book
  readonly storage: Pick<LedgerStorage, 'setAlarm' | 'deleteAlarm'>
  readonly kv: LedgerKv
  readonly catalog: CatalogWriter
  /** Gives milliseconds since the epoch. */
  readonly clock: () => number
  /** The most parts and pieces of a zone that are written in one invocation. */
  readonly maxPuts: number
  /** Keeps the object alive until work that nobody waits for is done. */
  readonly waitUntil: (work: Promise<unknown>) => void
  /** Returns the newest version, compiled; undefined if there is no zone. It throws if that is not valid any more. */
  readonly compiled: () => CompiledVersion | undefined
  /** Returns the row of the zone in the list of all zones. */
  readonly listed: () => ListedZone | null
  readonly failed: (error: unknown) => void
  /** Is called each time that publishing ends. */
  readonly ended: () => void
}

/** An alarm goes on with what is being published, if the object is lost. */
const SAFETY_MS = 10_000

/** The next attempt after a failure: twice as late each time. */
const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 300_000

/** While a publisher is at work, its catalog is looked at this often; and our own, which is to be written. */
const PUBLISHER_MS = 30_000
const LATER_MS = 2000

/**
 * Brings the newest version of a zone into KV, at most once a second, and tries again after a failure. An alarm goes on
 * with a version that is not published yet, or with the end of a deleted zone.
 */
export class Publishing {
  /** The compiled zone that was written last: parts that did not change are not written anew. */
  written: KeptCompiled | undefined
  private readonly options: PublishingOptions
  private work: Promise<void> | undefined

  constructor(options: PublishingOptions) {
    this.options = options
  }

  /** The work that is under way, if any. */
  get current(): Promise<void> | undefined {
    return this.work
  }

  /** Publishes the newest version, if it may be written now. @returns undefined if that has to wait */
  begin(): Promise<void> | undefined {
    const { book, clock, waitUntil } = this.options
    if (this.work || !book.isPending || this.dueAt() > clock()) return undefined
    const work = this.publish().finally(() => {
      this.work = undefined
      this.options.ended()
      return this.schedule()
    })
    this.work = work
    waitUntil(work)
    return work
  }

  /** The time of the alarm for a version that is stored now. */
  nextAlarm(): number {
    const now = this.options.clock()
    const at = this.dueAt()
    return this.work || at <= now ? now + SAFETY_MS : at
  }

  /** Sets the alarm for what is left to do. */
  async schedule(): Promise<void> {
    const { book, storage, clock } = this.options
    const { newest, isPending, document } = book
    if (isPending) await storage.setAlarm(Math.max(this.dueAt(), clock()))
    else if (newest && !document) await storage.setAlarm(newest.time + LEDGER_KEPT_MS)
    else await storage.deleteAlarm()
  }

  /** Never rejects: what failed is tried again. */
  private async publish(): Promise<void> {
    const { book, clock, failed } = this.options
    try {
      const retryMs = await this.publishNewest()
      if (retryMs === undefined) await this.removeOrphans().catch(failed)
      else if (retryMs > 0) book.save({ retryAt: clock() + retryMs })
    } catch (error) {
      const failures = (book.state.failures ?? 0) + 1
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20), MAX_RETRY_MS)
      book.save({ failures, retryAt: clock() + retryMs })
      failed(error)
    }
  }

  /** @returns undefined if KV has the version, else the milliseconds after which it goes on */
  private async publishNewest(): Promise<number | undefined> {
    const { options } = this
    const { book, kv, clock, listed } = options
    const version = book.newest as Version
    const compiled = options.compiled()
    const target: Target = { version, listed, valid: compiled?.valid, source: compiled?.source }
    if (version.author === PUBLISHER && book.state.adopted?.some(({ id }) => id === version.id)) {
      // The publisher writes the catalog itself, for all of its zones at once.
      const named = await catalogEntry(kv, book.origin)
      const done = { id: version.id, hash: version.hash, values: [], pieces: [] }
      if (named?.hash === version.hash) return void book.published(done, clock())
      if (clock() - version.time < STALE_MS) return PUBLISHER_MS
    }
    const ports = {
      ...options,
      state: () => book.state,
      save: book.save.bind(book),
      write: async (zone: LocalZone): Promise<KeptCompiled> => {
        this.written = await recompiledOf(this.written, zone)
        return this.written
      },
    }
    const published = await publishVersion(target, ports)
    switch (published) {
      case 'more':
        return 0
      case 'later':
        return LATER_MS
      default:
        return void book.published(published, clock())
    }
  }

  /** Deletes pieces that no document names. One that cannot be deleted now goes with the next version. */
  private async removeOrphans(): Promise<void> {
    const { book, kv } = this.options
    for (const key of book.state.orphans ?? []) {
      await kv.delete(key)
      book.save({ orphans: (book.state.orphans ?? []).filter((other) => other !== key) })
    }
  }

  /** The time at which the newest version may be written. A clock that went back makes nothing wait for long. */
  private dueAt(): number {
    const { wroteAt = Number.NEGATIVE_INFINITY, retryAt = 0 } = this.options.book.state
    return Math.min(Math.max(wroteAt + MIN_KV_WRITE_GAP_MS, retryAt), this.options.clock() + MAX_RETRY_MS)
  }
}
