import type { Log } from '../events.ts'
import { MAX_BROKEN_OFF, MAX_KNOWN_REFUSALS, MAX_NOTICES, MAX_WAITING_CHARS } from '../limits.ts'
import { type Bucket, filled, spent, taken } from './bucket.ts'
import type { Catalog, ZoneEntry } from './catalog.ts'
import type { CatalogWriter } from './catalog-writer.ts'
import type { Put, Reconciliation } from './conclude.ts'
import type { HandDocument, Judge, Judgement, Standing } from './finding.ts'
import { standingIn } from './heads.ts'
import { inTime } from './in-time.ts'
import type { Noticed, ZoneLedgers } from './ledgers.ts'
import { compilePiecemeal, type Outcome } from './piecemeal.ts'
import type { PlanLimits } from './plan-limits.ts'
import { type KvStore, type ReconcileOptions, reconcile } from './reconcile.ts'

/** The storage of the Durable Object. */
type AdopterStorage = {
  get<T>(key: string): Promise<T | undefined>
  put(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<unknown>
  /** Resolves when all that was put will be there, whatever happens. */
  sync(): Promise<void>
}

type AdopterOptions = {
  readonly kv: KvStore
  readonly storage: AdopterStorage
  readonly writer: CatalogWriter
  readonly ledgers: ZoneLedgers
  readonly limits: PlanLimits
  readonly log: Log
}

/** The result of a look. */
export type Looked = {
  /** The text of the catalog, if it was written. */
  readonly catalog: string | undefined
  readonly result: Reconciliation
  /** True if there is something left to compile: call `goOn`. */
  readonly isBusy: boolean
}

/** A refused document. `at` is the time of its compilation, in milliseconds since the epoch. */
type KnownRefusal = { readonly hash: string; readonly why: string; readonly at: number }

/** A later version of the Worker may accept what this one refused. */
const REFUSED_MS = 3_600_000

/** The compilation that has begun last, and how often. */
type Begun = { readonly origin: string; readonly hash: string; readonly times: number }

type Budgets = { readonly lists: Bucket; readonly writes: Bucket; readonly turn: number }

const BUDGETS_KEY = 'budgets'
const BEGUN_KEY = 'begun'
const REFUSED_KEY = 'refused'

type Waiting = HandDocument & { readonly standing: Standing }
type Compiling = { readonly document: HandDocument; readonly pieces: AsyncGenerator<number, Outcome> }

/** The operations that one call has left, and has used. */
type Call = { readonly now: number; work: number; lists: number; puts: number; notices: number; hasWaited: boolean }

/** A ledger that is at work is asked again in the next look. */
const NOTICE_MS = 2000

/**
 * Adopts documents that were put by hand. It looks at the zone keys within KV's budgets, and compiles what has changed
 * in pieces, each within the CPU of one call. It lives in a Durable Object, which exists once: budgets hold for all
 * isolates, and no two compile the same. Its calls must not overlap. What it has in memory may be lost at any time:
 * then the next look finds the documents again.
 */
export class Adopter implements Judge {
  private readonly kv: KvStore
  private readonly storage: AdopterStorage
  private readonly writer: CatalogWriter
  private readonly ledgers: ZoneLedgers
  private readonly limits: PlanLimits
  private readonly log: Log
  private budgets: Budgets | undefined
  private refused: Map<string, KnownRefusal> = new Map()
  private readonly waiting = new Map<string, Waiting>()
  private compiling: Compiling | undefined
  /** The outcomes for documents that the catalog does not know of yet. */
  private readonly outcomes = new Map<string, Outcome & { readonly hash: string }>()
  /** The origins whose outcome a look has seen. */
  private readonly told = new Set<string>()
  /** The zones that the catalog says were removed a short time ago. */
  private removed: readonly string[] = []
  private call: Call = { now: 0, work: 0, lists: 0, puts: 0, notices: 0, hasWaited: false }

  constructor({ kv, storage, writer, ledgers, limits, log }: AdopterOptions) {
    this.kv = this.counting(kv)
    this.storage = storage
    this.writer = writer
    this.ledgers = ledgers
    this.limits = limits
    this.log = log
  }

  /**
   * Looks once: at all keys if the budget has a list left, else at some of the zones that are known, in turn. It
   * compiles small documents at once. Call it each minute.
   * @param now milliseconds since the epoch
   */
  look(now: number): Promise<Looked> {
    return this.charged(now, 1, async ({ lists, turn }) => {
      const looked = await this.reconcile({
        ...{ turn, maxKeys: this.limits.keysALook },
        ...(lists.tokens < 1 && { origins: lookedIn }),
      })
      await this.tellRemoved()
      return looked
    })
  }

  /**
   * Does one piece of the work, and at the end of it writes the catalog.
   * @returns as `look`; `more` in the middle of the work, and `idle` if there is none
   */
  goOn(now: number): Promise<Looked | 'more' | 'idle'> {
    return this.charged(now, 0, async ({ turn }) => {
      if (!this.isBusy) {
        // The object was evicted: what it was about is looked at again.
        const begun = await this.storage.get<Begun>(BEGUN_KEY)
        return begun ? this.reconcile({ turn, origins: (catalog) => catalog && [begun.origin] }) : 'idle'
      }
      await this.advance()
      if (this.isCompiling) return 'more'
      const origins = [...this.outcomes.keys()]
      const looked = await this.reconcile({ turn, origins: (catalog) => catalog && origins })
      // A key that is gone, or has another document by now, needs them no more.
      for (const origin of origins) this.outcomes.delete(origin)
      return { ...looked, isBusy: this.isBusy }
    })
  }

  async noticed(origin: string, hash: string): Promise<Awaited<ReturnType<Judge['noticed']>>> {
    if (!this.ledgers.owns(origin)) return undefined
    const refusal = this.refusalOf(origin, hash)
    if (refusal) return { kind: 'refused', why: refusal.why }
    const noticed = await this.notice(origin)
    switch (noticed?.kind) {
      case 'same':
        return { kind: 'same' }
      case 'refused': {
        const why = noticed.why ?? 'the ledger of the zone refuses the document'
        await this.remember(origin, { hash, why, at: this.call.now })
        return { kind: 'refused', why }
      }
      // Its ledger switches the catalog, if there is anything to switch.
      case 'adopted':
      case undefined:
        return { kind: 'unread' }
    }
  }

  /** Tells ledgers of zones that a publisher, or a missing key, has removed from the catalog. */
  private async tellRemoved(): Promise<void> {
    for (const origin of this.removed)
      if (this.ledgers.owns(origin) && !this.writer.isRecent(origin)) await this.notice(origin)
  }

  /** Returns undefined if the ledger cannot be asked now. */
  private async notice(origin: string): Promise<Noticed | undefined> {
    if (this.call.notices >= MAX_NOTICES) return undefined
    this.call.notices++
    try {
      return await inTime(this.ledgers.notice(origin), NOTICE_MS)
    } catch (error) {
      this.log({ event: 'adoption-failed', why: `the ledger of ${origin} could not be asked: ${error}` })
      return undefined
    }
  }

  tooLarge(text: string): string | undefined {
    const { documentBytes, plan } = this.limits
    // A text has at least as many octets as characters, and at most three times as many.
    if (3 * text.length <= documentBytes) return undefined
    const bytes = text.length > documentBytes ? text.length : new TextEncoder().encode(text).length
    if (bytes <= documentBytes) return undefined
    return (
      `the document has ${bytes} octets, which the Worker does not compile on the ${plan} plan; expected at most ` +
      `${documentBytes}, or "npx edge-gslb publish", which compiles it`
    )
  }

  async judge(document: HandDocument, standing: Standing): Promise<Judgement> {
    const { origin, hash } = document
    const refusal = this.refusalOf(origin, hash)
    if (refusal) return this.tell(document, { kind: 'refused', ...refusal })
    if (!this.isKnown(document)) this.wait({ ...document, standing })
    await this.advance()
    const outcome = this.outcomes.get(origin)
    return outcome?.hash === hash ? this.tell(document, outcome) : { kind: 'unread' }
  }

  made(origin: string, hash: string): ZoneEntry | undefined {
    const outcome = this.outcomes.get(origin)
    if (outcome?.hash !== hash || outcome.kind !== 'compiled') return undefined
    this.told.add(origin)
    return outcome.entry
  }

  private refusalOf(origin: string, hash: string): KnownRefusal | undefined {
    const refusal = this.refused.get(origin)
    return refusal?.hash === hash && this.call.now - refusal.at < REFUSED_MS ? refusal : undefined
  }

  private async remember(origin: string, refusal: KnownRefusal): Promise<void> {
    const { refused } = this
    refused.delete(origin)
    refused.set(origin, refusal)
    for (const oldest of refused.keys()) if (refused.size > MAX_KNOWN_REFUSALS) refused.delete(oldest)
    await this.storage.put(REFUSED_KEY, [...refused])
  }

  private tell({ origin }: HandDocument, outcome: Outcome): Judgement {
    this.told.add(origin)
    return outcome.kind === 'refused'
      ? { kind: 'refused', why: outcome.why }
      : { kind: 'compiled', entry: outcome.entry }
  }

  /** Returns whether the document waits, is being compiled, or has been. */
  private isKnown({ origin, hash }: HandDocument): boolean {
    const { compiling, waiting, outcomes } = this
    const begun = compiling?.document.origin === origin ? compiling.document : undefined
    return [begun, waiting.get(origin), outcomes.get(origin)].some((one) => one?.hash === hash)
  }

  private wait(document: Waiting): void {
    const { origin, text } = document
    // The document has changed since: what was begun is of no use any more.
    if (this.compiling?.document.origin === origin) this.compiling = undefined
    this.waiting.delete(origin)
    this.outcomes.delete(origin)
    let chars = text.length
    for (const other of this.waiting.values()) chars += other.text.length
    if (chars <= MAX_WAITING_CHARS) this.waiting.set(origin, document)
  }

  private get isCompiling(): boolean {
    return this.compiling !== undefined || (this.waiting.size > 0 && this.mayWrite)
  }

  /** True if there is something to compile, or something compiled that is to be told. */
  private get isBusy(): boolean {
    return this.isCompiling || this.outcomes.size > 0
  }

  private get mayWrite(): boolean {
    return this.budgets !== undefined && this.budgets.writes.tokens - this.call.puts > 0
  }

  /** Compiles until the work of the call is done. */
  private async advance(): Promise<void> {
    while (this.call.work > 0) {
      this.compiling ??= await this.next()
      if (!this.compiling) return
      const { document, pieces } = this.compiling
      const piece = await this.tried(pieces)
      if (!piece.done) this.call.work -= piece.value
      else {
        this.call.work--
        this.compiling = undefined
        await this.settle(document, piece.value)
      }
    }
  }

  /** A compilation that KV or a fault breaks off is not the document's fault. */
  private async tried(pieces: Compiling['pieces']): Promise<IteratorResult<number, Outcome>> {
    try {
      return await pieces.next()
    } catch (error) {
      this.compiling = undefined
      await this.storage.delete(BEGUN_KEY)
      throw error
    }
  }

  private async next(): Promise<Compiling | undefined> {
    const [document] = this.waiting.values()
    if (!document) return undefined
    const { origin, hash, standing } = document
    if (!this.mayWrite) {
      if (!this.call.hasWaited) this.log({ event: 'adoption-waits', zone: origin, why: WRITES_USED })
      this.call.hasWaited = true
      return undefined
    }
    this.waiting.delete(origin)
    const before = await this.storage.get<Begun>(BEGUN_KEY)
    const times = before?.origin === origin && before.hash === hash ? before.times + 1 : 1
    if (times > MAX_BROKEN_OFF) {
      await this.settle(document, { kind: 'refused', why: BROKEN_OFF })
      return this.next()
    }
    await this.storage.put(BEGUN_KEY, { origin, hash, times } satisfies Begun)
    // Too much CPU resets the object, with what was not stored for good.
    await this.storage.sync()
    const { head, isLost } = standing
    const isNamed = await standingIn(this.kv, head)
    const stands = (key: string) => isNamed(key) && !isLost?.(key)
    const put = ({ key, value, metadata }: Put) => this.kv.put(key, value, { metadata })
    return { document, pieces: compilePiecemeal(document, put, stands, this.call.now) }
  }

  private async settle({ origin, hash }: HandDocument, outcome: Outcome): Promise<void> {
    this.outcomes.set(origin, { ...outcome, hash })
    if (outcome.kind === 'refused') await this.remember(origin, { hash, why: outcome.why, at: this.call.now })
    else if (this.refused.delete(origin)) await this.storage.put(REFUSED_KEY, [...this.refused])
    await this.storage.delete(BEGUN_KEY)
  }

  private async reconcile(options: ReconcileOptions): Promise<Looked> {
    const { kv, call, limits, writer } = this
    let text: string | undefined
    this.told.clear()
    const { verifiedALook: maxVerified, copiesALook: maxCopies } = limits
    const { catalog, result } = await reconcile(kv, call.now, {
      ...{ judge: this, maxVerified, maxCopies, sweeps: () => !this.isBusy },
      isNew: (origin) => writer.isRecent(origin),
      readCatalog: () => writer.read(),
      writeCatalog: async (next) => {
        call.puts++
        text = await writer.write(next)
      },
      ...options,
    })
    for (const origin of this.told) this.outcomes.delete(origin)
    this.removed = [...catalog.removed.keys()]
    return { catalog: text, result, isBusy: this.isBusy }
  }

  /** Does the work of a call, and charges what it used. */
  private async charged<T>(now: number, turns: 0 | 1, work: (budgets: Budgets) => Promise<T>): Promise<T> {
    const { storage, limits } = this
    if (!this.budgets) this.refused = new Map(await storage.get<[string, KnownRefusal][]>(REFUSED_KEY))
    const stored = this.budgets ?? (await storage.get<Budgets>(BUDGETS_KEY))
    const lists = filled(stored?.lists, limits.lists, now)
    const writes = filled(stored?.writes, limits.writes, now)
    const turn = stored?.turn ?? 0
    this.call = { now, work: limits.pieceWork, lists: 0, puts: 0, notices: 0, hasWaited: false }
    this.budgets = { lists, writes, turn }
    try {
      return await work(this.budgets)
    } finally {
      const { call } = this
      // Switches are not held back, and leave no debt: what was put by hand waits until there is something left.
      const left = taken(writes, this.writer.takePuts())
      this.budgets = { lists: spent(lists, call.lists), writes: spent(left, call.puts), turn: turn + turns }
      await storage.put(BUDGETS_KEY, this.budgets)
    }
  }

  /** Counts lists and writes. */
  private counting(kv: KvStore): KvStore {
    return {
      get: (...given) => kv.get(...given),
      getWithMetadata: ((...given: Parameters<KvStore['getWithMetadata']>) =>
        kv.getWithMetadata(...given)) as KvStore['getWithMetadata'],
      list: (options) => {
        this.call.lists++
        return kv.list(options)
      },
      put: (...given) => {
        this.call.puts++
        return kv.put(...given)
      },
      delete: (key) => kv.delete(key),
    }
  }
}

const WRITES_USED = 'the writes to KV of a day are used up, so that documents put by hand wait'

const BROKEN_OFF =
  `the compilation of the document broke off ${MAX_BROKEN_OFF} times, most likely because it takes more CPU than a request ` +
  'has; expected "npx edge-gslb publish", which compiles it'

/** The zones that are looked at without a list: those that are served, and those that are refused. */
const lookedIn = (catalog: Catalog | undefined): readonly string[] =>
  catalog ? [...new Set([...catalog.zones.keys(), ...catalog.refused.keys()])] : []
