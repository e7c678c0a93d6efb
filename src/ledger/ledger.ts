import type { Log } from '../events.ts'
import {
  LEDGER_KEPT_MS,
  MAX_API_ZONES,
  MAX_AUTHOR_CHARS,
  MAX_KV_KEY_OCTETS,
  MAX_LEDGER_DOCUMENT_CHARS,
  MAX_LEDGER_WAITING,
  MAX_REASON_CHARS,
} from '../limits.ts'
import { err, type Result } from '../result.ts'
import { hashText, inTime, type Source, sourceOf } from '../store/index.ts'
import type { LocalZone, ZoneDocument, Zones } from '../zone/index.ts'
import { Book, type Entry } from './book.ts'
import type { LedgerCalls, ListedZone, PastChange, Reading } from './calls.ts'
import type { Noticed } from './catalog-calls.ts'
import type { Author, Change, Changed, Condition, Refused, Version } from './change.ts'
import { failedCondition } from './conditions.ts'
import { judge, noZone, type Present } from './judge.ts'
import { type CompiledVersion, hasKey, Outside } from './outside.ts'
import type { CatalogWriter, LedgerKv } from './publication.ts'
import { Publishing } from './publishing.ts'
import { Queue } from './queue.ts'
import type { RecentZones } from './recent.ts'
import { NO_SIGNING, type Signing, type SigningChange, signingChanged } from './signing.ts'
import type { LedgerState } from './state.ts'
import type { LedgerStorage } from './storage.ts'
import { heldExpectations, refused, tooLong, type ValidZone, validDocument } from './validation.ts'

type LedgerOptions = {
  /** Absolute, in lower case. */
  readonly origin: string
  readonly storage: LedgerStorage
  readonly kv: LedgerKv
  readonly catalog: CatalogWriter
  /** Gives milliseconds since the epoch. */
  readonly clock: () => number
  /** Asks the published zones, as `askWhole` does. */
  readonly published: <T>(ask: (zones: Zones) => T) => Promise<Result<T>>
  /** A reader looks at the key of the zone in KV this often. */
  readonly refreshMs: number
  readonly log: Log
  /** The zones that the isolate compiled last. */
  readonly recent: RecentZones
  /** The most parts and pieces of a zone that are written in one invocation. */
  readonly maxPuts: number
  /** Keeps the object alive until work that nobody waits for is done. */
  readonly waitUntil: (work: Promise<unknown>) => void
}

/** A caller waits for so long until KV has the change. */
const PATIENCE_MS = 1000

/** The newest version as it is compiled. */
type Compiled = CompiledVersion & { readonly id: number }

/**
 * A zone's newest document and its history, over the storage of one Durable Object. Changes come one after the other.
 * Each is validated, then stored at once, then answered; publishing follows, and is taken up again wherever it broke
 * off.
 */
export class Ledger implements LedgerCalls {
  private readonly options: LedgerOptions
  private readonly book: Book
  private readonly queue = new Queue(MAX_LEDGER_WAITING)
  private compiled: Compiled | undefined
  private readonly outside: Outside
  private readonly publishing: Publishing

  constructor(options: LedgerOptions) {
    this.options = options
    this.book = new Book(options.storage, options.origin)
    const { book } = this
    this.outside = new Outside({
      ...{ book, kv: options.kv, clock: options.clock },
      commit: (...given) => this.commit(...given),
      tell: () => this.tell(),
      failed: (error) => this.failed(error),
    })
    this.publishing = new Publishing({
      ...options,
      book,
      compiled: () => (this.valid() ? this.compiled : undefined),
      listed: () => this.listed(),
      failed: (error) => this.failed(error),
      ended: () => this.remember(),
    })
    this.recall()
  }

  async read(): Promise<Reading | undefined> {
    await this.lookAtTimes()
    const { newest: version, document, expectations, state } = this.book
    if (state.refused?.isTooLarge) throw new Error(state.refused.why)
    if (!version || !document) return undefined
    const source = this.compiled?.id === version.id ? this.compiled.source : undefined
    const text = source?.pieces.size === 0 ? source.text : JSON.stringify(document)
    return { version, text, ...(expectations !== undefined && { expectations }) }
  }

  async change(change: Change, author: Author, condition?: Condition): Promise<Changed> {
    const { changed, publishing } = await this.queue.add(async () => {
      await this.outside.look(0)
      const changed = await this.take(change, author, condition)
      return { changed, publishing: this.publishing.begin() }
    })
    if (changed.kind === 'refused' || !changed.isEffective) return changed
    const told = inTime(this.note(), PATIENCE_MS)
    await Promise.allSettled([told, publishing && inTime(publishing, PATIENCE_MS)])
    return { ...changed, version: this.book.find(changed.version.id) ?? changed.version }
  }

  async history(): Promise<readonly Version[]> {
    await this.lookAtTimes()
    return this.book.history()
  }

  async past(id: number): Promise<PastChange | undefined> {
    const version = this.book.find(id)
    if (!version) return undefined
    const written = (document: ZoneDocument | null | undefined): string | null =>
      document ? JSON.stringify(document) : null
    return {
      version,
      before: written(this.book.documentBefore(id)),
      after: written(this.book.documentOf(id)),
    }
  }

  async notice(): Promise<Noticed> {
    const noticed = await this.queue.add(() => this.outside.look(0))
    this.publishing.begin()
    return noticed
  }

  /** Goes on with what is to be published, and forgets a zone that was deleted long ago. */
  async alarm(): Promise<void> {
    await this.publishing.current
    await this.publishing.begin()
    const { newest, isPending, document } = this.book
    const isOver = newest && !document && !isPending && this.options.clock() - newest.time >= LEDGER_KEPT_MS
    if (isOver) await this.queue.add(() => this.book.clear())
    else await this.publishing.schedule()
  }

  async signing(): Promise<Signing | undefined> {
    await this.lookAtTimes()
    const { document, signing } = this.book
    if (!document) return undefined
    return signing === undefined ? NO_SIGNING : (JSON.parse(signing) as Signing)
  }

  /** Reads and writes without a wait in between, so that no two changes are made to the same keys. */
  async changeSigning(change: SigningChange): Promise<Result<Signing>> {
    await this.lookAtTimes()
    const { book } = this
    if (!book.document) return err(noZone(book.origin))
    const { signing } = book
    const changed = signingChanged(signing === undefined ? NO_SIGNING : JSON.parse(signing), change)
    if (changed.ok) book.saveSigning(JSON.stringify(changed.value))
    return changed
  }

  /** Looks for what others wrote, if a reader did not do so lately. */
  private async lookAtTimes(): Promise<void> {
    const { queue, outside, options } = this
    if (outside.isDue(options.refreshMs)) await queue.add(() => outside.look(options.refreshMs))
  }

  /** Makes the change, if it may be made. */
  private async take(change: Change, author: Author, condition: Condition | undefined): Promise<Changed> {
    const { book, options } = this
    const { newest, document, state, origin } = book
    if (!hasKey(origin)) return refused(422, NO_KEY).error
    const failed = failedCondition(condition, document && newest?.hash)
    if (failed) return failed
    if (state.refused?.isTooLarge) return refused(413, state.refused.why).error
    if (change.kind === 'expectations') return this.takeExpectations(change.text)
    const now = options.clock()
    const valid = this.compiled?.id === newest?.id ? this.compiled?.valid : undefined
    const present: Present = { origin, serial: newest?.serial, document, valid }
    const judged = judge(change, present, (id) => book.documentOf(id), now)
    if (!judged.ok) return judged.error
    const oldSerial = document?.soa.serial
    const draft = judged.value
    if (draft.kind === 'unchanged') return this.unchanged()
    const more = { time: now, ...bounded(author) }
    if (draft.kind === 'deleted') {
      const serial = newest?.serial ?? 0
      const version = this.commit([{ ...more, serial, hash: '', document: undefined }], undefined)
      return { kind: 'changed', isNew: false, isEffective: true, version, oldSerial, isBumped: false }
    }
    if (!document && !(await options.catalog.hasRoom())) return refused(422, TOO_MANY_ZONES).error
    const { isBumped } = draft
    // The tests of a zone that was deleted come back with it. They are none of another zone that gets its name.
    const rows = document || change.kind === 'rollback' ? book.expectations : undefined
    const broken = rows === undefined ? undefined : await this.held(rows, draft.valid.zone)
    if (broken) return broken
    const source = await sourceOf(draft.valid.document)
    const chars = charsOf(source)
    if (chars > MAX_LEDGER_DOCUMENT_CHARS) return refused(413, tooLong(chars)).error
    if (rows === undefined) book.dropExpectations()
    const entry = { ...more, serial: draft.valid.document.soa.serial, hash: await hashText(source.text) }
    const version = this.commit([{ ...entry, document: draft.valid.document }], { valid: draft.valid, source })
    return { kind: 'changed', isNew: document === undefined, isEffective: true, version, oldSerial, isBumped }
  }

  private async takeExpectations(text: string | null): Promise<Changed> {
    const { book } = this
    const valid = this.valid()
    // The tests of a zone that was deleted may stand in the way of its return.
    if (!valid && text === null && book.expectations !== undefined) book.dropExpectations()
    else if (!valid) return refused(404, noZone(book.origin)).error
    const broken = text === null || !valid ? undefined : await this.held(text, valid.zone)
    if (broken) return broken
    const isEffective = (book.expectations ?? null) !== text
    if (isEffective) book.saveExpectations(text)
    const unchanged = this.unchanged()
    return unchanged.kind === 'changed' ? { ...unchanged, isEffective } : unchanged
  }

  /** Holds expectations against a zone among the published ones. @throws if those cannot be read */
  private async held(rows: string, zone: LocalZone): Promise<Refused | undefined> {
    const { book, options } = this
    const now = options.clock()
    const held = await options.published((zones) => heldExpectations(rows, zone, book.origin, zones, now))
    if (!held.ok) throw new Error(held.error)
    return held.value
  }

  private unchanged(): Changed {
    const { newest: version, document, origin } = this.book
    if (!version) return refused(404, noZone(origin)).error
    const oldSerial = document?.soa.serial
    return { kind: 'changed', isNew: false, isEffective: false, version, oldSerial, isBumped: false }
  }

  /** Stores versions, the last of which is the newest then. @param compiled that one; undefined for a deletion */
  private commit(
    entries: readonly Entry[],
    compiled: CompiledVersion | undefined,
    state: Partial<LedgerState> = {},
  ): Version {
    const versions = this.book.commit(entries, { missingSince: undefined, ...state }, this.publishing.nextAlarm())
    const version = versions.at(-1) as Version
    this.compiled = compiled && { ...compiled, id: version.id }
    return version
  }

  /** Returns the newest version, compiled; undefined if there is no zone. @throws if it is not valid any more */
  private valid(): ValidZone | undefined {
    const { newest, document } = this.book
    if (!newest || !document) return undefined
    if (this.compiled?.id === newest.id) return this.compiled.valid
    const valid = validDocument(document)
    if (!valid.ok) throw new Error(`the newest document is not valid in this version: ${valid.error.error}`)
    this.compiled = { id: newest.id, valid: valid.value }
    return valid.value
  }

  /** Takes up what the isolate knows of the newest version since before the object was evicted. */
  private recall(): void {
    const { newest, document, origin } = this.book
    const recent = this.options.recent.get(origin)
    if (!recent || !newest || !document || recent.hash !== newest.hash) return
    const { valid, source, written } = recent
    // The compiled names are known by the objects that they were made of.
    this.book.use(valid.document)
    this.compiled = { id: newest.id, valid, source }
    this.publishing.written = written
  }

  private remember(): void {
    const { compiled, options } = this
    const { written } = this.publishing
    const { newest, origin } = this.book
    if (!compiled || compiled.id !== newest?.id) return options.recent.forget(origin)
    const { valid, source } = compiled
    options.recent.keep(origin, { hash: newest.hash, valid, source, written })
  }

  private failed(error: unknown): void {
    const { log, origin } = this.options
    log({ event: 'ledger-failed', zone: origin, why: String(error) })
  }

  private listed(): ListedZone | null {
    const { newest, document } = this.book
    if (!newest || !document) return null
    const { origin, serial, hash, time: changed, author, published } = newest
    const { kind = 'Native', account = '' } = document.api ?? {}
    return { origin, serial, hash, changed, author, kind, account, ...(published !== undefined && { published }) }
  }

  /** Has the list of all zones show the newest version. */
  private async note(): Promise<void> {
    const { catalog, origin } = this.options
    try {
      await catalog.note(origin.slice(0, -1), this.listed())
    } catch (error) {
      this.failed(error)
    }
  }

  /** As `note`, for a caller that may be the list itself: it does not wait. */
  private tell(): void {
    this.options.waitUntil(this.note())
  }
}

const NO_KEY = `the name of the zone is too long for a key of KV; expected at most ${MAX_KV_KEY_OCTETS} octets, escapes included`

const TOO_MANY_ZONES =
  `there are ${MAX_API_ZONES} zones already, the most that the API creates; ` +
  'expected one that is not needed to be deleted'

/** Returns the characters of a document with its pieces. */
const charsOf = ({ text, pieces }: Source): number =>
  [...pieces.values()].reduce((sum, piece) => sum + piece.length, text.length)

const bounded = ({ author, reason }: Author): Author => ({
  author: author.slice(0, MAX_AUTHOR_CHARS),
  ...(reason !== undefined && { reason: reason.slice(0, MAX_REASON_CHARS) }),
})
