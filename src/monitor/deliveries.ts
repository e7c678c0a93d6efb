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
export type DeliveryTotals = { readonly [Of in Format]?: { readonly delivered: number; readonly failed: number } }

/**
 * The messages that wait to be sent. A receiver gets its messages in order: one that is tried again holds up those behind it, so
 * that nobody hears of an end before the beginning. Storage has no secrets: bodies are made as they are sent.
 */
export class Deliveries {
  private readonly options: DeliveriesOptions
  private readonly meta: Meta
  /** The receivers that something is being sent to, and since when. */
  private readonly sending = new Map<string, number>()

  constructor(options: DeliveriesOptions) {
    this.options = options
    this.meta = new Meta(options.storage)
  }

  /** Queues messages for their receivers, in one transaction. */
  add(outgoing: readonly Outgoing[], receivers: ReceiverList): void {
    const now = this.options.clock()
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
        if (parts > 0) this.dropOldest(id)
      }
      if (isQueued)
        this.exec('INSERT OR REPLACE INTO messages (id, value) VALUES (?, ?)', message.id, JSON.stringify(message))
    }
    if (outgoing.length > 0) this.clean()
  }

  private dropOldest(receiver: string): void {
    const excess = this.waiting(receiver) - MAX_WAITING
    if (excess > 0) {
      this.exec(
        'DELETE FROM queue WHERE id IN (SELECT id FROM queue WHERE receiver = ? ORDER BY id LIMIT ?)',
        receiver,
        excess,
      )
      this.note(receiver, { failed: excess })
    }
    const [all] = rowsOf<{ count: number }>(this.options.storage, 'SELECT COUNT(*) AS count FROM queue')
    const beyond = (all?.count ?? 0) - MAX_ALL_WAITING
    if (beyond > 0) this.exec('DELETE FROM queue WHERE id IN (SELECT id FROM queue ORDER BY id LIMIT ?)', beyond)
  }

  /** Returns when something is to be sent; Infinity if nothing waits. */
  nextAt(): number {
    const times = this.heads().map(({ receiver, due }) => {
      const began = this.sending.get(receiver)
      return began === undefined ? due : began + LOST_MS
    })
    return Math.min(...times, Number.POSITIVE_INFINITY)
  }

  /** Sends what is due, as far as an alarm may. Calls may overlap: a receiver gets one message at a time. */
  async run(receivers: ReceiverList): Promise<void> {
    const known = new Map(receivers.all.map((one) => [one.id, one]))
    for (const { receiver } of this.heads()) {
      if (known.has(receiver)) continue
      // Nobody is to be told any more.
      this.exec('DELETE FROM queue WHERE receiver = ?', receiver)
      this.exec('DELETE FROM receivers WHERE id = ?', receiver)
    }
    let left = MAX_SENDS_AN_ALARM
    const lane = async (): Promise<void> => {
      for (;;) {
        const head = left > 0 ? this.nextDue(known) : undefined
        if (!head) return
        left--
        this.sending.set(head.receiver, this.options.clock())
        try {
          await this.deliver(head, known.get(head.receiver) as ListedReceiver)
        } finally {
          this.sending.delete(head.receiver)
        }
      }
    }
    await Promise.all(Array.from({ length: MAX_SENDS_AT_ONCE - this.sending.size }, lane))
    this.clean()
  }

  /** A receiver that takes its time holds up no other. */
  private nextDue(known: ReadonlyMap<string, unknown>): QueueRow | undefined {
    const now = this.options.clock()
    return this.heads().find(({ receiver, due }) => due <= now && known.has(receiver) && !this.sending.has(receiver))
  }

  private async deliver(row: QueueRow, { receiver }: ListedReceiver): Promise<void> {
    const [stored] = rowsOf<{ value: string }>(
      this.options.storage,
      'SELECT value FROM messages WHERE id = ?',
      row.message,
    )
    const message = stored && (JSON.parse(stored.value) as Message)
    const sent: Sent = receiver.ok
      ? await this.sent(row, message, receiver.value)
      : { kind: 'again', why: receiver.error }
    const { clock, log } = this.options
    const wait = sent.kind === 'again' ? NOTIFY_RETRY_SECONDS[row.tries] : undefined
    const attempt = attemptOf(sent, message?.event ?? '', clock())
    if (sent.kind === 'again' && wait !== undefined) {
      const due = clock() + Math.max(wait * 1000, sent.afterMs ?? 0)
      this.exec('UPDATE queue SET tries = tries + 1, due = ? WHERE id = ?', due, row.id)
      this.note(row.receiver, { last: attempt })
      return
    }
    this.exec('DELETE FROM queue WHERE id = ?', row.id)
    const isDelivered = sent.kind === 'delivered'
    this.note(row.receiver, { last: attempt, ...(isDelivered ? { delivered: 1 } : { failed: 1 }) })
    if (receiver.ok) this.count(receiver.value.format, isDelivered)
    if (sent.kind !== 'delivered') log({ event: 'notification-failed', receiver: row.receiver, why: sent.why })
  }

  private async sent({ part, message: id }: QueueRow, message: Message | undefined, receiver: Receiver): Promise<Sent> {
    const body = message && bodiesOf(message, receiver)[part]
    // The receiver was changed, and no longer asks for it.
    if (body === undefined) return { kind: 'delivered', status: 0 }
    return this.options.send(receiver, id, body)
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
    const [row] = rowsOf<{ value: string }>(this.options.storage, 'SELECT value FROM receivers WHERE id = ?', receiver)
    return row ? (JSON.parse(row.value) as Outcome) : { delivered: 0, failed: 0 }
  }

  private count(format: Format, isDelivered: boolean): void {
    const { delivered = 0, failed = 0 } = this.totals()[format] ?? {}
    const counts = { delivered: delivered + (isDelivered ? 1 : 0), failed: failed + (isDelivered ? 0 : 1) }
    this.meta.set('totals', { ...this.totals(), [format]: counts })
  }

  private totals(): DeliveryTotals {
    return this.meta.get<DeliveryTotals>('totals') ?? {}
  }

  /** Returns how many messages were delivered or given up, and how many wait. */
  counts(): { readonly totals: DeliveryTotals; readonly waiting: number } {
    const [row] = rowsOf<{ count: number }>(this.options.storage, 'SELECT COUNT(*) AS count FROM queue')
    return { totals: this.totals(), waiting: row?.count ?? 0 }
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
    const [row] = rowsOf<{ count: number }>(
      this.options.storage,
      'SELECT COUNT(*) AS count FROM queue WHERE receiver = ?',
      receiver,
    )
    return row?.count ?? 0
  }

  /** Returns the oldest message of each receiver. */
  private heads(): QueueRow[] {
    return rowsOf<QueueRow>(
      this.options.storage,
      'SELECT * FROM queue WHERE id IN (SELECT MIN(id) FROM queue GROUP BY receiver) ORDER BY due',
    )
  }

  /** Drops messages that nobody waits for. */
  private clean(): void {
    this.exec('DELETE FROM messages WHERE id NOT IN (SELECT message FROM queue)')
  }

  private exec(query: string, ...values: (string | number)[]): void {
    this.options.storage.sql.exec(query, ...values)
  }
}

/** An object that is evicted while it sends is woken after so long, and sends again. */
const LOST_MS = NOTIFY_TIMEOUT_MS + 5000

const attemptOf = (sent: Sent, event: string, at: number): Attempt => ({
  at: new Date(at).toISOString(),
  delivered: sent.kind === 'delivered',
  event,
  ...(sent.status !== undefined && { status: sent.status }),
  ...(sent.kind !== 'delivered' && { why: sent.why }),
})
