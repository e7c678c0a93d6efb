import {
  type AddressType,
  type AliasAnswer,
  type AliasDocument,
  type AliasEntry,
  entryId,
  parseAliases,
  type Served,
  servedOf,
  VOUCHED_MS,
} from '../aliases/index.ts'
import { formatName, type Name, parseRdataText, type Rdata, TYPE } from '../dns/index.ts'
import type { Log } from '../events.ts'
import { MAX_ALIAS_ASKS_A_MINUTE, MAX_ALIAS_FLIGHTS, MAX_ALIAS_MEMORY } from '../limits.ts'
import type { Result } from '../result.ts'
import type { OutsideAnswer } from '../zone/index.ts'
import { cacheTtlFor, Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'
import { ALIASES_KEY } from './shapes.ts'

type OutsideCopyOptions = RefreshTiming & {
  /** Asks upstream servers. Undefined: none are named. */
  readonly ask: ((name: Name, type: AddressType, waitUntil: WaitUntil) => Promise<Result<AliasAnswer>>) | undefined
  readonly log: Log
}

type KvText = { get(key: string, options: { type: 'text'; cacheTtl: number }): Promise<string | null> }

/** @property isFinal true if the answer must not wait for storage any more */
type Asking = {
  readonly now: number
  readonly waitUntil: WaitUntil
  readonly isFinal?: boolean | undefined
}

/** After a failure a name is asked for again so much later. */
const RETRY_MS = 5000

/**
 * An isolate's copy of the addresses of names outside the zones: those that the cron found out, and those that it found
 * out itself behind answers, of names that the cron does not know. A document that cannot be read does not replace the
 * one before.
 */
export class OutsideCopy {
  private readonly kv: KvText
  private readonly options: OutsideCopyOptions
  private readonly copy: Refreshed
  private text: string | null = null
  private document: AliasDocument | undefined
  /** The last is the newest. */
  private readonly own = new Map<string, AliasEntry>()
  private readonly flights = new Set<string>()
  private readonly retryAt = new Map<string, number>()
  private minute = { begun: 0, asks: 0 }
  private readonly rdatas = new WeakMap<readonly string[], readonly Rdata[]>()

  constructor(kv: KvText, options: OutsideCopyOptions) {
    this.kv = kv
    this.options = options
    const timedOut = () => options.log({ event: 'aliases-failed', why: 'KV did not answer in time' })
    this.copy = new Refreshed((isCurrent) => this.read(isCurrent), timedOut, options)
  }

  /** As in `Refreshed`. */
  refresh(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    return this.copy.refresh(now, waitUntil)
  }

  /**
   * Finds the addresses of a name, as `Outside` says. Behind the answer a name is asked for whose addresses do not
   * count.
   */
  find(name: Name, type: number, { now, waitUntil, isFinal }: Asking): OutsideAnswer | undefined {
    if (!isFinal && this.copy.mustWait(now)) return undefined
    this.copy.refresh(now, waitUntil)
    const question = { name, type: type === TYPE.A ? 'A' : 'AAAA' } as const
    const id = entryId(formatName(name.key), question.type)
    const served = this.served(id, now)
    if (!served || served.isStale) this.renew(id, question, now, waitUntil)
    return served ? this.answerOf(served, question, now) : { why: this.whyNot(id) }
  }

  private served(id: string, now: number): Served | undefined {
    const { document } = this
    const entry = document?.entries.get(id)
    const written = document && entry && servedOf(entry, now, document.at + VOUCHED_MS)
    if (written && !written.isStale) return written
    const own = this.own.get(id)
    const found = own && servedOf(own, now, 0)
    if (!found || !written) return found ?? written
    return found.isStale && written.told.at > found.told.at ? written : found
  }

  private answerOf({ told, seconds, isStale }: Served, { name, type }: Question, now: number): OutsideAnswer {
    const { addresses, from, at } = told
    let rdatas = this.rdatas.get(addresses)
    if (!rdatas) {
      rdatas = addresses.flatMap((address) => {
        const rdata = parseRdataText(TYPE[type], address, name)
        return rdata.ok ? [rdata.value] : []
      })
      this.rdatas.set(addresses, rdatas)
    }
    const ede = { code: STALE_ANSWER, text: `the addresses of ${formatName(name)} could not be renewed yet` }
    const age = Math.max(0, Math.floor((now - at) / 1000))
    return { rdatas, ttl: seconds, ...(isStale && { ede }), from, age }
  }

  private whyNot(id: string): string {
    if (!this.options.ask) return NO_UPSTREAMS
    const why = (this.own.get(id) ?? this.document?.entries.get(id))?.failing?.why
    return why === undefined ? 'is being resolved: ask again in a few seconds' : `cannot be resolved: ${why}`
  }

  private renew(id: string, { name, type }: Question, now: number, waitUntil: WaitUntil): void {
    const { ask } = this.options
    if (!ask || this.flights.has(id) || this.flights.size >= MAX_ALIAS_FLIGHTS) return
    const retryAt = this.retryAt.get(id) ?? 0
    if (now < retryAt && retryAt - now <= RETRY_MS) return
    if (now - this.minute.begun >= 60_000 || now < this.minute.begun) this.minute = { begun: now, asks: 0 }
    if (++this.minute.asks > MAX_ALIAS_ASKS_A_MINUTE) return
    this.flights.add(id)
    const landed = ask(name, type, waitUntil).then((found) => {
      this.flights.delete(id)
      this.keep(id, found)
    })
    waitUntil(landed)
  }

  private keep(id: string, found: Result<AliasAnswer>): void {
    const at = this.options.clock()
    const before = this.own.get(id)
    const told = found.ok ? { ...found.value, at, cycle: found.value.ttl } : before?.told
    this.own.delete(id)
    this.own.set(id, { told, ...(!found.ok && { failing: { since: before?.failing?.since ?? at, why: found.error } }) })
    this.retryAt.delete(id)
    this.retryAt.set(id, at + RETRY_MS)
    for (const map of [this.own, this.retryAt]) {
      const [oldest] = map.keys()
      if (map.size > MAX_ALIAS_MEMORY && oldest !== undefined) map.delete(oldest)
    }
  }

  private async read(isCurrent: () => boolean): Promise<boolean> {
    const { log } = this.options
    try {
      const text = await this.kv.get(ALIASES_KEY, { type: 'text', cacheTtl: cacheTtlFor(this.options) })
      if (!isCurrent() || text === this.text) return true
      this.text = text
      const parsed = text === null ? undefined : parseAliases(text)
      if (parsed && !parsed.ok) log({ event: 'aliases-failed', why: parsed.error })
      else if (parsed) this.document = this.notAhead(parsed.value)
      return true
    } catch (error) {
      log({ event: 'aliases-failed', why: String(error) })
      return false
    }
  }

  /** Times that are ahead count as now: a wrong clock must not vouch for days. */
  private notAhead(document: AliasDocument): AliasDocument {
    return { ...document, at: Math.min(document.at, this.options.clock()) }
  }
}

type Question = { readonly name: Name; readonly type: AddressType }

/** RFC 8914 §4.4. */
const STALE_ANSWER = 3

const NO_UPSTREAMS =
  'is in none of the zones served here, and no server is named to ask for it; expected UPSTREAMS to name one'
