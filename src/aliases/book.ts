import { type Budget, refill, spend } from '../health/index.ts'
import { type AliasDocument, entryId, questionOf } from './document.ts'
import { ADDRESS_TYPES, type AddressType, type AliasEntry, runsOutAt, type Told } from './entry.ts'

/** A name to ask for, absolute and in lower case. */
export type AliasQuestion = { readonly name: string; readonly type: AddressType }

/** An upstream server's answer. `addresses` in any order, `ttl` in seconds. */
export type AliasAnswer = Pick<Told, 'addresses' | 'ttl' | 'from'>

/** An unchanged document is written again after so long, so that its readers know that somebody goes on asking. */
const HEARTBEAT_MS = 900_000

/** Readers believe a document for so long: a heartbeat may be late by some minutes. */
export const VOUCHED_MS = HEARTBEAT_MS + 300_000

/** Tokens that are kept for what is new and for failures: addresses that change all the time cannot use them. */
const RESERVE = 10

/** The share of a day's writes that `RESERVE` is at most. */
const RESERVE_SHARE = 0.05

/** A name is asked for again after a second at the earliest, however short its TTL is. */
const MIN_GAP_MS = 1000

type DueOptions = {
  /**
   * Milliseconds after which a name is asked for again, though its TTL has not run out: a change is followed by then.
   */
  readonly recheckMs: number
  /** The most questions at once. */
  readonly most: number
  /** Counts the calls: those that do not fit take turns, also where nobody remembers the call before. */
  readonly turn: number
}

/**
 * All that is known of the targets of ALIAS records outside the zones: as it was last written, and what was found out
 * since. It does no I/O. Times are milliseconds since the epoch.
 */
export class AliasBook {
  private written: AliasDocument | undefined
  private entries = new Map<string, AliasEntry>()
  private readonly askedAt = new Map<string, number>()

  /** Takes the document as it stands in storage, which others may have written. An older one than the last is left. */
  take(document: AliasDocument): void {
    if (this.written && document.at <= this.written.at) return
    this.written = document
    for (const [id, entry] of document.entries) {
      const own = this.entries.get(id)
      if (!own || changedAt(own) <= changedAt(entry)) this.entries.set(id, entry)
    }
  }

  entry(question: AliasQuestion): AliasEntry | undefined {
    return this.entries.get(idOf(question))
  }

  /** Returns the questions to ask now: first what nothing is known of. */
  due(names: readonly string[], now: number, { recheckMs, most, turn }: DueOptions): readonly AliasQuestion[] {
    const all = names.flatMap((name) => ADDRESS_TYPES.map((type) => ({ name, type })))
    const due = all.filter((question) => this.isDue(question, now, recheckMs))
    const isKnown = (question: AliasQuestion): boolean => this.entry(question) !== undefined
    const unknown = inTurn(
      due.filter((question) => !isKnown(question)),
      most,
      turn,
    )
    return [...unknown, ...inTurn(due.filter(isKnown), most - unknown.length, turn)]
  }

  private isDue(question: AliasQuestion, now: number, recheckMs: number): boolean {
    const entry = this.entry(question)
    if (!entry) return true
    const { told } = entry
    const asked = this.askedAt.get(idOf(question)) ?? told?.at ?? Number.NEGATIVE_INFINITY
    const since = now - asked
    // A time that is ahead is one that a wrong clock gave.
    if (since < 0 || since >= recheckMs) return true
    return since >= MIN_GAP_MS && (!told || now >= runsOutAt(told))
  }

  answered(question: AliasQuestion, answer: AliasAnswer, now: number): void {
    const addresses = [...new Set(answer.addresses)].sort()
    const before = this.entry(question)?.told
    const cycle = before && isSame(before.addresses, addresses) ? Math.max(before.cycle, answer.ttl) : answer.ttl
    this.note(question, { told: { ...answer, addresses, at: now, cycle } }, now)
  }

  /** Addresses that still count are no failure yet. */
  failed(question: AliasQuestion, why: string, now: number): void {
    const { told, failing } = this.entry(question) ?? {}
    if (told && now < runsOutAt(told)) return this.note(question, { told }, now)
    const over = Math.max(told ? runsOutAt(told) : now, (this.written?.at ?? 0) + VOUCHED_MS)
    this.note(question, { told, failing: { since: failing?.since ?? Math.min(now, over), why } }, now)
  }

  private note(question: AliasQuestion, entry: AliasEntry, now: number): void {
    this.entries.set(idOf(question), entry)
    this.askedAt.set(idOf(question), now)
  }

  /**
   * Returns the document to write now, a token of its budget spent; undefined if nothing has changed, or there is no
   * token.
   * @param names the targets; undefined if not all are known, so that others are kept
   */
  toWrite(names: readonly string[] | undefined, now: number, perDay: number): AliasDocument | undefined {
    if (names) this.keepOnly(new Set(names))
    const change = this.change(now)
    if (change === 'none') return undefined
    const budget = refill(this.written?.budget, now, perDay)
    const reserve = change === 'urgent' ? 0 : Math.min(RESERVE, perDay * RESERVE_SHARE)
    const spent = spend(budget, reserve)
    return spent && { at: now, budget: plain(spent), entries: new Map(this.entries) }
  }

  /** Notes that a document was written. */
  wrote(document: AliasDocument): void {
    this.written = document
    // The largest TTL is that between two writes: a target's may have become smaller.
    for (const [id, entry] of this.entries) {
      const { told } = entry
      if (told) this.entries.set(id, { ...entry, told: { ...told, cycle: told.ttl } })
    }
  }

  private keepOnly(names: ReadonlySet<string>): void {
    for (const id of this.entries.keys()) {
      if (names.has(questionOf(id).name)) continue
      this.entries.delete(id)
      this.askedAt.delete(id)
    }
  }

  private change(now: number): Change {
    const before = this.written?.entries ?? new Map<string, AliasEntry>()
    const isBeating = this.entries.size > 0 && now - (this.written?.at ?? now) >= HEARTBEAT_MS
    let change: Change = isBeating ? 'urgent' : before.size > this.entries.size ? 'usual' : 'none'
    for (const [id, entry] of this.entries) {
      const one = changeOf(before.get(id), entry)
      if (one === 'urgent') return one
      if (one === 'usual') change = change === 'none' ? one : change
    }
    return change
  }
}

/** Every one comes, after so many turns as it takes. */
function inTurn<T>(items: readonly T[], most: number, turn: number): readonly T[] {
  if (items.length <= most) return items
  const from = (turn * most) % items.length
  return [...items.slice(from), ...items.slice(0, from)].slice(0, most)
}

type Change = 'none' | 'usual' | 'urgent'

function changeOf(before: AliasEntry | undefined, { told, failing }: AliasEntry): Change {
  if (!before || (before.failing === undefined) !== (failing === undefined)) return 'urgent'
  if (!told || !before.told) return told === before.told ? 'none' : 'urgent'
  if (!isSame(told.addresses, before.told.addresses)) return 'usual'
  // The first TTL may have been the rest of one.
  return told.ttl >= 2 * Math.max(1, before.told.cycle) ? 'usual' : 'none'
}

const idOf = ({ name, type }: AliasQuestion): string => entryId(name, type)

const changedAt = ({ told, failing }: AliasEntry): number => Math.max(told?.at ?? 0, failing?.since ?? 0)

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])

const plain = ({ tokens, at }: Budget): Budget => ({ tokens, at })
