import { MAX_KV_KEY_OCTETS } from '../limits.ts'
import { hashText, parseEntry, type Source, sourceOf, zoneKey } from '../store/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import type { Book, Entry } from './book.ts'
import type { Noticed } from './catalog-calls.ts'
import type { Version } from './change.ts'
import { catalogEntry, foreignZone, readZoneKey } from './foreign.ts'
import { isSame } from './judge.ts'
import type { LedgerKv } from './publication.ts'
import { isAbove, serialAfter, withSerial } from './serial.ts'
import type { LedgerState } from './state.ts'
import { type ValidZone, validDocument } from './validation.ts'
import { STALE_MS, verdictOf } from './verdict.ts'

/** A version as it is compiled. `source` is its written document. */
export type CompiledVersion = { readonly valid: ValidZone; readonly source?: Source | undefined }

type Ports = {
  readonly book: Book
  readonly kv: LedgerKv
  /** Gives milliseconds since the epoch. */
  readonly clock: () => number
  /** Stores versions, the last of which is the newest then. */
  readonly commit: (
    entries: readonly Entry[],
    compiled: CompiledVersion | undefined,
    state?: Partial<LedgerState>,
  ) => Version
  /** Has the list of all zones show the newest version. */
  readonly tell: () => void
  readonly failed: (error: unknown) => void
}

/** The authors of versions that did not come through the API. */
const BY_HAND = 'kv'
export const PUBLISHER = 'publish'

/** Versions of others that are remembered. */
const MAX_ADOPTED = 20

/**
 * Takes in what others put under the key of a zone in KV: people, and publishers past the API. Calls must not overlap.
 */
export class Outside {
  private readonly ports: Ports
  private lookedAt: number | undefined

  constructor(ports: Ports) {
    this.ports = ports
  }

  /** Returns true if nobody has looked for so long. */
  isDue(maxAgeMs: number): boolean {
    const now = this.ports.clock()
    return this.lookedAt === undefined || now - this.lookedAt >= maxAgeMs || now < this.lookedAt
  }

  /**
   * Looks if KV has a document that somebody else wrote, and takes it in.
   * @throws if KV fails and nothing is known of the zone
   */
  async look(maxAgeMs: number): Promise<Noticed> {
    const { book, kv, clock } = this.ports
    if (!this.isDue(maxAgeMs) || !hasKey(book.origin)) return SAME
    try {
      const { value: text, metadata } = await readZoneKey(kv, book.origin)
      const hash = text === null ? '' : await hashText(text)
      const noticed = await this.compare(text, hash, parseEntry(metadata)?.hash === hash ? PUBLISHER : BY_HAND)
      this.lookedAt = clock()
      return noticed
    } catch (error) {
      if (!book.newest) throw error
      this.ports.failed(error)
      return SAME
    }
  }

  private async compare(text: string | null, hash: string, author: string): Promise<Noticed> {
    const { book, kv, clock } = this.ports
    const { newest, state } = book
    const isOwn = (one: string): boolean =>
      book.hasHash(one) || (state.adopted ?? []).some((other) => other.hash === one)
    const { published, spelled, wroteAt, refused } = state
    const own = { published: published?.hash, spelled: spelled?.id === newest?.id ? spelled?.hash : undefined }
    const known = { newest, ...own, wroteAt, isOwn, refused }
    const now = clock()
    const verdict = verdictOf({ text, hash }, known, now)
    if (verdict.kind !== 'missing' && state.missingSince !== undefined) book.save({ missingSince: undefined })
    if (verdict.kind === 'refused') return verdict
    if (verdict.kind === 'missing') return this.missing(now)
    if (state.refused) book.save({ refused: undefined })
    if (verdict.kind !== 'foreign' || text === null) return SAME
    const read = await foreignZone(kv, book.origin, text)
    if (read.ok) return this.adopt(read.value, hash, author, now)
    book.save({ refused: { ...read.error, hash, at: now } })
    return { kind: 'refused', why: read.error.why }
  }

  /**
   * Makes a version of what somebody else wrote. A newer change of ours, which KV does not have yet, stays the newest.
   */
  private async adopt(valid: ValidZone, hash: string, author: string, now: number): Promise<Noticed> {
    const { book, commit, tell } = this.ports
    const { newest, document, state, isPending } = book
    if (newest && document && isSame(valid.document, document)) {
      book.save({ spelled: { id: newest.id, hash } })
      return SAME
    }
    const source = await sourceOf(valid.document)
    const entry = { time: now, serial: valid.document.soa.serial, hash: await hashText(source.text) }
    const theirs: Entry = { ...entry, author, document: valid.document }
    const spelled = { id: (newest?.id ?? 0) + 1, hash }
    const adopted = [...(state.adopted ?? []), spelled].slice(-MAX_ADOPTED)
    const isOlder = newest && isPending && !state.adopted?.some(({ id }) => id === newest.id)
    if (!isOlder) {
      if (!document) book.dropExpectations()
      commit([theirs], { valid, source }, { adopted, spelled })
      tell()
      return { kind: 'adopted' }
    }
    const again = await this.again(newest, document, valid.document.soa.serial, now)
    commit([theirs, again.entry], again.compiled, { adopted })
    return SAME
  }

  /** Makes the newest version again, after a version of somebody else whose serial it has to be above. */
  private async again(
    { id, author, serial }: Version,
    document: ZoneDocument | undefined,
    theirs: number,
    now: number,
  ): Promise<{ readonly entry: Entry; readonly compiled: CompiledVersion | undefined }> {
    const reason = `change ${id} again: change ${id + 1} was in KV before it`
    if (!document) return { entry: { time: now, author, reason, serial, hash: '', document }, compiled: undefined }
    const next = isAbove(serial, theirs) ? serial : serialAfter(theirs, document, now)
    const valid = validDocument(withSerial(document, next))
    if (!valid.ok) throw new Error(valid.error.error)
    const source = await sourceOf(valid.value.document)
    const entry = { time: now, author, reason, serial: next, hash: await hashText(source.text) }
    return { entry: { ...entry, document: valid.value.document }, compiled: { valid: valid.value, source } }
  }

  /** A key that stays missing was deleted, once the catalog does not have the zone any more. */
  private async missing(now: number): Promise<Noticed> {
    const { book, kv, commit, tell } = this.ports
    const { newest, state } = book
    const since = state.missingSince
    if (since === undefined || since > now) book.save({ missingSince: now })
    if (since === undefined || now - since < STALE_MS) return SAME
    if ((await catalogEntry(kv, book.origin)) !== undefined) return SAME
    const reason = 'the key of the zone was deleted from KV'
    commit(
      [{ time: now, author: BY_HAND, reason, serial: newest?.serial ?? 0, hash: '', document: undefined }],
      undefined,
    )
    tell()
    return { kind: 'adopted' }
  }
}

/** Returns true if the key of the zone is one that KV takes. */
export const hasKey = (origin: string): boolean => zoneKey(origin.slice(0, -1)).length <= MAX_KV_KEY_OCTETS

const SAME: Noticed = { kind: 'same' }
