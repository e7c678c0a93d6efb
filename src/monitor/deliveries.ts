import type { Log } from '../events.ts'
import {
  MAX_ALL_WAITING,
  MAX_SENDS_AN_ALARM,
  MAX_SENDS_AT_ONCE,
  MAX_WAITING,
  NOTIFY_RETRY_SECONDS,
  NOTIFY_TIMEOUT_MS,
} from '../limits.ts'
import {
  type Attempt,
  bodiesOf,
  EVENT_NAMES,
  type Format,
  type ListedReceiver,
  type Message,
  type NotificationReport,
  type Outgoing,
  type Receiver,
  type ReceiverList,
  type Sent,
  shownUrl,
} from '../notify/index.ts'
import { rowsOf, type SqlStorage } from '../store/index.ts'
import { Meta } from './tables.ts'

export type DeliveriesOptions = {
  readonly storage: SqlStorage
  readonly clock: () => number
  readonly log: Log
  /** Sends a body. Never rejects. */
  readonly send: (receiver: Receiver, id: string, body: string) => Promise<Sent>
  /**
   * The receivers that something is being sent to, and since when: those of another object on the same storage, too.
   */
  readonly sending: Map<string, number>
}

/** The outcome of the deliveries to a receiver. */
type Outcome = { readonly delivered: number; readonly failed: number; readonly last?: Attempt }

type QueueRow = {
  readonly id: number
  readonly receiver: string
  readonly message: string
  readonly part: number
  readonly tries: number
  readonly due: number
}

/** Deliveries and what was given up, by format, since the monitor began. */
type DeliveryTotals = { readonly [Of in Format]?: { readonly delivered: number; readonly failed: number } }

/**
 * The messages that wait to be sent. A receiver gets its messages in order: one that is tried again holds up those
 * behind it, so that nobody hears of an end before the beginning. Storage has no secrets: bodies are made as they are
 * sent.
 */
export class Deliveries {
  private readonly options: DeliveriesOptions
  private readonly meta: Meta
  private readonly sending: Map<string, number>
  /** The receivers that were read last, by their ids; undefined before the first reading. */
  private known: ReadonlyMap<string, ListedReceiver> | undefined
  /** The ids of those that the storage was cleaned for. */
  private cleanedFor: string | undefined

  constructor(options: DeliveriesOptions) {
    this.options = options
    this.meta = new Meta(options.storage)
    this.sending = options.sending
  }

  /**
   * Takes the receivers that were read.
   * @param isAll true if no other can exist: nobody is told any more of what waits for one that is not listed
   */
  know(receivers: ReceiverList, isAll: boolean): void {
    this.known = new Map(receivers.all.map((one) => [one.id, one]))
    if (!isAll) return
    const ids = JSON.stringify([...this.known.keys()])
    if (ids === this.cleanedFor) return
    this.cleanedFor = ids
    const gone = this.rows<{ receiver: string; count: number }>(
      'SELECT receiver, COUNT(*) AS count FROM queue WHERE receiver NOT IN (SELECT value FROM json_each(?)) GROUP BY receiver',
      ids,
    )
    this.giveUp(new Map(gone.map(({ receiver, count }) => [receiver, count])), NOT_LISTED)
    this.exec('DELETE FROM queue WHERE receiver NOT IN (SELECT value FROM json_each(?))', ids)
    this.exec('DELETE FROM receivers WHERE id NOT IN (SELECT value FROM json_each(?))', ids)
    this.clean()
  }

  /** Queues messages for their receivers, in one transaction. */
  add(outgoing: readonly Outgoing[], receivers: ReceiverList): void {
    const now = this.options.clock()
    const dropped = new Map<string, number>()
    for (const { message, ...audience } of outgoing) {
      let isQueued = false
      for (const { id, receiver } of receivers.of(audience)) {
        const parts = receiver.ok ? bodiesOf(message, receiver.value).length : 0
        for (let part = 0; part < parts; part++) {
          this.exec(
            'INSERT INTO queue (receiver, message, part, tries, due) VALUES (?, ?, ?, 0, ?)',
            ...[id, message.id, part, now],
          )
          isQueued = true
        }
        if (parts > 0) this.dropOldest(id, dropped)
      }
      if (isQueued)
        this.exec('INSERT OR REPLACE INTO messages (id, value) VALUES (?, ?)', message.id, JSON.stringify(message))
    }
    this.giveUp(dropped, TOO_MANY)
    if (outgoing.length > 0) this.clean()
  }

  private dropOldest(receiver: string, dropped: Map<string, number>): void {
    const drop = (rows: readonly { readonly id: number; readonly receiver: string }[]): void => {
      for (const row of rows) {
        this.exec('DELETE FROM queue WHERE id = ?', row.id)
        dropped.set(row.receiver, (dropped.get(row.receiver) ?? 0) + 1)
      }
    }
    // A message that is being sent is counted when its sending ends.
    const underWay = this.heads().flatMap((head) => (this.sending.has(head.receiver) ? [head.id] : []))
    const oldest = 'SELECT id, receiver FROM queue WHERE id NOT IN (SELECT value FROM json_each(?))'
    const ids = JSON.stringify(underWay)
    const excess = this.waiting(receiver) - MAX_WAITING
    if (excess > 0) drop(this.rows(`${oldest} AND receiver = ? ORDER BY id LIMIT ?`, ids, receiver, excess))
    const beyond = this.allWaiting() - MAX_ALL_WAITING
    if (beyond > 0) drop(this.rows(`${oldest} ORDER BY id LIMIT ?`, ids, beyond))
  }

  /** Counts messages that are given up, by receiver, and logs them in one line. */
  private giveUp(given: ReadonlyMap<string, number>, why: string): void {
    const [first] = given.keys()
    if (first === undefined) return
    let all = 0
    for (const [receiver, failed] of given) {
      this.note(receiver, { failed })
      const format = this.known?.get(receiver)?.document.format
      if (format) this.count(format, { failed })
      all += failed
    }
    const receiver = given.size === 1 ? first : `${first} and ${given.size - 1} more`
    this.options.log({ event: 'notification-failed', receiver, why: all === 1 ? why : `${all} messages: ${why}` })
  }

  /** Returns when something is to be sent; Infinity if nothing waits. */
  nextAt(): number {
    // Nothing can be sent before one of these ends, and the end of sending looks for more.
    if (this.sending.size >= MAX_SENDS_AT_ONCE) return Math.min(...this.sending.values()) + LOST_MS
    const times = this.heads().map(({ receiver, due }) => {
      // The next look may find out about a receiver that is not known yet.
      if (this.known && !this.known.has(receiver)) return Number.POSITIVE_INFINITY
      const began = this.sending.get(receiver)
      return began === undefined ? due : began + LOST_MS
    })
    return Math.min(...times, Number.POSITIVE_INFINITY)
  }

  /**
   * Sends what is due to the receivers that are known, as far as an alarm may. Calls may overlap: a receiver gets one
   * message at a time. It begins before it returns.
   */
  async run(): Promise<void> {
    let left = MAX_SENDS_AN_ALARM
    const lane = async (): Promise<void> => {
      for (;;) {
        const head = left > 0 ? this.nextDue() : undefined
        if (!head) return
        left--
        this.sending.set(head.row.receiver, this.options.clock())
        try {
          await this.deliver(head.row, head.listed)
        } finally {
          this.sending.delete(head.row.receiver)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.max(0, MAX_SENDS_AT_ONCE - this.sending.size) }, lane))
    this.clean()
  }

  /** A receiver that takes its time holds up no other. */
  private nextDue(): { readonly row: QueueRow; readonly listed: ListedReceiver } | undefined {
    const now = this.options.clock()
    for (const row of this.heads()) {
      const listed = this.known?.get(row.receiver)
      if (row.due <= now && listed && !this.sending.has(row.receiver)) return { row, listed }
    }
    return undefined
  }

  private async deliver(row: QueueRow, { receiver }: ListedReceiver): Promise<void> {
    const [stored] = this.rows<{ value: string }>('SELECT value FROM messages WHERE id = ?', row.message)
    const message = stored && (JSON.parse(stored.value) as Message)
    const sent: Sent | undefined = receiver.ok
      ? await this.sent(row, message, receiver.value)
      : { kind: 'again', why: receiver.error }
    if (!sent) {
      this.exec('DELETE FROM queue WHERE id = ?', row.id)
      return
    }
    const { clock } = this.options
    const wait = sent.kind === 'again' ? NOTIFY_RETRY_SECONDS[row.tries] : undefined
    this.note(row.receiver, { last: attemptOf(sent, message?.event ?? '', clock()) })
    if (sent.kind === 'again' && wait !== undefined) {
      const due = clock() + Math.max(wait * 1000, sent.afterMs ?? 0)
      this.exec('UPDATE queue SET tries = tries + 1, due = ? WHERE id = ?', due, row.id)
      return
    }
    this.exec('DELETE FROM queue WHERE id = ?', row.id)
    if (sent.kind !== 'delivered') {
      this.giveUp(new Map([[row.receiver, 1]]), sent.why)
      return
    }
    this.note(row.receiver, { delivered: 1 })
    if (receiver.ok) this.count(receiver.value.format, { delivered: 1 })
  }

  /** Sends a body. @returns undefined if the receiver was changed, and no longer asks for it */
  private async sent(
    { part, message: id }: QueueRow,
    message: Message | undefined,
    receiver: Receiver,
  ): Promise<Sent | undefined> {
    const body = message && bodiesOf(message, receiver)[part]
    return body === undefined ? undefined : this.options.send(receiver, id, body)
  }

  private note(receiver: string, { delivered = 0, failed = 0, last }: Partial<Outcome>): void {
    const before = this.outcome(receiver)
    const known = last ?? before.last
    const value: Outcome = {
      delivered: before.delivered + delivered,
      failed: before.failed + failed,
      ...(known && { last: known }),
    }
    this.exec('INSERT OR REPLACE INTO receivers (id, value) VALUES (?, ?)', receiver, JSON.stringify(value))
  }

  private outcome(receiver: string): Outcome {
    const [row] = this.rows<{ value: string }>('SELECT value FROM receivers WHERE id = ?', receiver)
    return row ? (JSON.parse(row.value) as Outcome) : { delivered: 0, failed: 0 }
  }

  private count(format: Format, { delivered = 0, failed = 0 }: { delivered?: number; failed?: number }): void {
    const before = this.totals()[format] ?? { delivered: 0, failed: 0 }
    const counts = { delivered: before.delivered + delivered, failed: before.failed + failed }
    this.meta.set('totals', { ...this.totals(), [format]: counts })
  }

  private totals(): DeliveryTotals {
    return this.meta.get<DeliveryTotals>('totals') ?? {}
  }

  /** Returns how many messages were delivered or given up, and how many wait. */
  counts(): { readonly totals: DeliveryTotals; readonly waiting: number } {
    return { totals: this.totals(), waiting: this.allWaiting() }
  }

  /** Notes the outcome of a test, which does not count as a message. */
  noteTest({ id }: ListedReceiver, sent: Sent): void {
    this.note(id, { last: attemptOf(sent, 'test', this.options.clock()) })
  }

  /** Returns how deliveries go, without secrets. */
  report(receivers: ReceiverList): NotificationReport {
    const list = receivers.all.map(({ id, zone, document, receiver }, i) => {
      const { delivered, failed, last = null } = this.outcome(id)
      return {
        ...{ number: i + 1, zone: zone ?? null, format: document.format, url: shownUrl(document.url) },
        ...{ on: document.on ?? EVENT_NAMES, hold: document.hold ?? 0 },
        ...{ waiting: this.waiting(id), delivered, failed, last },
        ...(!receiver.ok && { problem: receiver.error }),
      }
    })
    return { receivers: list, problems: receivers.problem === undefined ? [] : [receivers.problem] }
  }

  private waiting(receiver: string): number {
    const [row] = this.rows<{ count: number }>('SELECT COUNT(*) AS count FROM queue WHERE receiver = ?', receiver)
    return row?.count ?? 0
  }

  private allWaiting(): number {
    return this.rows<{ count: number }>('SELECT COUNT(*) AS count FROM queue')[0]?.count ?? 0
  }

  /** Returns the oldest message of each receiver. */
  private heads(): QueueRow[] {
    return this.rows('SELECT * FROM queue WHERE id IN (SELECT MIN(id) FROM queue GROUP BY receiver) ORDER BY due')
  }

  /** Drops messages that nobody waits for. */
  private clean(): void {
    this.exec('DELETE FROM messages WHERE id NOT IN (SELECT message FROM queue)')
  }

  private rows<Row extends Readonly<Record<string, unknown>>>(query: string, ...values: (string | number)[]): Row[] {
    return rowsOf<Row>(this.options.storage, query, ...values)
  }

  private exec(query: string, ...values: (string | number)[]): void {
    this.options.storage.sql.exec(query, ...values)
  }
}

const NOT_LISTED = 'the receiver is not listed any more'
const TOO_MANY = `dropped for newer ones: at most ${MAX_WAITING} wait for a receiver, and ${MAX_ALL_WAITING} for all`

/** An object that is evicted while it sends is woken after so long, and sends again. */
const LOST_MS = NOTIFY_TIMEOUT_MS + 5000

const attemptOf = (sent: Sent, event: string, at: number): Attempt => ({
  at: new Date(at).toISOString(),
  delivered: sent.kind === 'delivered',
  event,
  ...(sent.status !== undefined && { status: sent.status }),
  ...(sent.kind !== 'delivered' && { why: sent.why }),
})
