import type { ZoneDocument } from '../zone/index.ts'
import type { Version } from './change.ts'
import { History } from './history.ts'
import { type LedgerState, type Published, readState, writeState } from './state.ts'
import { hasTables, type LedgerStorage, makeTables, readText, writeText } from './storage.ts'
import { WrittenDocument } from './written-document.ts'

/** A version to be written. `document` is undefined for a deletion. */
export type Entry = Pick<Version, 'author' | 'reason' | 'serial' | 'hash' | 'time'> & {
  readonly document: ZoneDocument | undefined
}

type Open = { readonly written: WrittenDocument; readonly history: History }

const EXPECTATIONS = 'expectations'
const SIGNING = 'signing'

/**
 * All that is stored of a zone: the newest document, the history, what is published. Nothing is stored before the first
 * version: whoever asks for zones that do not exist leaves nothing behind.
 */
export class Book {
  readonly origin: string
  private readonly storage: LedgerStorage
  private open: Open | undefined
  private known: Version | undefined
  private kept: LedgerState

  constructor(storage: LedgerStorage, origin: string) {
    this.storage = storage
    this.origin = origin
    this.kept = { origin }
    this.load()
  }

  /** The newest version, which may be that of a deletion. */
  get newest(): Version | undefined {
    return this.known
  }

  /** The newest document; undefined if there is no zone. */
  get document(): ZoneDocument | undefined {
    return this.open?.written.document
  }

  /** Takes another object with the content of the newest document, whose parts others know. */
  use(document: ZoneDocument): void {
    this.open?.written.use(document)
  }

  get state(): LedgerState {
    return this.kept
  }

  get expectations(): string | undefined {
    return this.open && readText(this.storage, EXPECTATIONS)
  }

  /** The keys and settings by which PowerDNS signs, as JSON. */
  get signing(): string | undefined {
    return this.open && readText(this.storage, SIGNING)
  }

  /** Returns true if the newest version is not published. */
  get isPending(): boolean {
    return this.known !== undefined && this.known.id !== this.kept.published?.id
  }

  history(): readonly Version[] {
    return this.open?.history.list() ?? []
  }

  find(id: number): Version | undefined {
    return this.open?.history.find(id)
  }

  hasHash(hash: string): boolean {
    return this.open?.history.hasHash(hash) ?? false
  }

  /** Returns the document that a change made; null for a deletion, undefined if the change is not kept. */
  documentOf(id: number): ZoneDocument | null | undefined {
    const { open } = this
    if (!open?.history.find(id)) return undefined
    if (id === this.known?.id) return open.written.document ?? null
    const rows = open.written.rows()
    open.history.goBack(rows, id)
    return rows.document() ?? null
  }

  /** Returns the document before a change; null if there was no zone. The change has to be one that is kept. */
  documentBefore(id: number): ZoneDocument | null {
    const { open } = this
    if (!open) return null
    const rows = open.written.rows()
    open.history.goBack(rows, id - 1)
    return rows.document() ?? null
  }

  /**
   * Writes versions, one after the other, and what else changes with them: all or nothing. They are durable when what
   * the caller answers leaves the object.
   * @param alarmAt when they are to be published at the latest, in milliseconds since the epoch
   */
  commit(entries: readonly Entry[], state: Partial<LedgerState>, alarmAt: number): readonly Version[] {
    const versions: Version[] = []
    this.atomically(() => {
      const { written, history } = this.opened()
      for (const { document, ...entry } of entries) {
        const id = (versions.at(-1) ?? this.known)?.id ?? 0
        const version: Version = { ...entry, id: id + 1, origin: this.origin }
        history.add(version, written.replace(document))
        versions.push(version)
      }
      this.kept = { ...this.kept, ...state }
      writeState(this.storage, this.kept)
    })
    this.known = versions.at(-1) ?? this.known
    void this.storage.setAlarm(alarmAt)
    return versions
  }

  /** Keeps what is given of the state. Before the first version it is kept in memory. */
  save(state: Partial<LedgerState>): void {
    this.kept = { ...this.kept, ...state }
    if (this.open) this.storage.transactionSync(() => writeState(this.storage, this.kept))
  }

  saveExpectations(text: string | null): void {
    this.atomically(() => writeText(this.storage, EXPECTATIONS, text))
  }

  saveSigning(text: string): void {
    this.atomically(() => writeText(this.storage, SIGNING, text))
  }

  dropExpectations(): void {
    if (this.expectations !== undefined) this.saveExpectations(null)
  }

  /**
   * Notes that KV has a version. Pieces that only the version before named are to be deleted.
   * @param now as in `Version`
   */
  published(published: Published, now: number): void {
    this.atomically(() => {
      this.opened().history.published(published.id, now)
      const { published: before, orphans = [] } = this.kept
      const gone = new Set([...orphans, ...(before?.pieces ?? [])])
      for (const key of published.pieces) gone.delete(key)
      const done = { keyed: undefined, written: undefined, failures: undefined, retryAt: undefined }
      this.kept = { ...this.kept, ...done, published, orphans: [...gone] }
      writeState(this.storage, this.kept)
    })
    if (this.known?.id === published.id) this.known = { ...this.known, published: now }
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    await this.storage.deleteAll()
    this.load()
  }

  private load(): void {
    const { storage, origin } = this
    this.open = undefined
    this.known = undefined
    this.kept = { origin }
    if (!hasTables(storage)) return
    const { history } = this.opened()
    this.known = history.newest()
    this.kept = readState(storage) ?? { origin }
  }

  private opened(): Open {
    if (this.open) return this.open
    const { storage, origin } = this
    makeTables(storage)
    this.open = { written: new WrittenDocument(storage), history: new History(storage, origin) }
    return this.open
  }

  /** Does the work. If it fails, the memory goes back to what is stored. */
  private atomically(work: () => void): void {
    try {
      this.storage.transactionSync(work)
    } catch (error) {
      this.load()
      throw error
    }
  }
}
