import { distinctNames, type Health, type PoolShape, type ProbeCondition } from '../health/index.ts'
import { MIN_LOOK_GAP_MS, NEWS_SLACK_MS } from '../limits.ts'
import {
  differences,
  type EventJson,
  type EventQuery,
  type History,
  type LookInput,
  look,
  type NotificationReport,
  type Receiver,
  type ReceiverList,
  type Sent,
  type Telling,
  type Tested,
  testBodies,
} from '../notify/index.ts'
import { ChangeRecord } from './change-record.ts'
import { Deliveries, type DeliveriesOptions } from './deliveries.ts'
import { FreshHealth, type Told } from './fresh-health.ts'
import { Latencies } from './latencies.ts'
import { SeenStates } from './seen-states.ts'
import { createTables, Meta } from './tables.ts'
import { keepTelling, loadTelling } from './told-rows.ts'

/** The contents of KV, as they were read. */
export type View = Omit<LookInput, 'health'> & {
  readonly health: Health
  readonly pools: ReadonlyMap<string, readonly PoolShape[]>
  readonly receivers: ReceiverList
  /** True if the list of zones was read, and the checks of all of them. */
  readonly isComplete: boolean
}

type MonitorOptions = DeliveriesOptions & {
  /** Reads what stands in KV. */
  readonly view: () => Promise<View>
}

/** `late`: a document is older than one that was seen. */
export type Looked = 'looked' | 'late'

/**
 * Looks at what stands in KV, compares it with what it saw before, and keeps a record of the changes. It is
 * level-triggered: whoever tells it of a change only makes it look sooner, and what nobody tells is found by the next
 * look.
 */
export class Monitor {
  private readonly options: MonitorOptions
  private readonly meta: Meta
  private readonly seen: SeenStates
  private readonly record: ChangeRecord
  private readonly latencies: Latencies
  private readonly fresh: FreshHealth
  private readonly telling: Telling
  readonly deliveries: Deliveries
  private receivers: ReceiverList | undefined
  /** The time of the last look that saw everything, and the one that is kept in the storage. */
  private lookedAt: number | undefined
  private keptAt = 0
  /** The time at which a state can change by itself: an override begins or ends, a vantage point falls silent. */
  private changesAt = Number.POSITIVE_INFINITY
  /** The time at which the last look began. */
  private beganAt = 0

  constructor(options: MonitorOptions) {
    const { storage } = options
    createTables(storage)
    this.options = options
    this.meta = new Meta(storage)
    this.seen = new SeenStates(storage)
    this.record = new ChangeRecord(storage)
    this.latencies = new Latencies(storage)
    this.fresh = new FreshHealth(storage)
    this.telling = loadTelling(storage)
    this.deliveries = new Deliveries(options)
    this.lookedAt = this.meta.get('lookedAt')
  }

  /** Takes what a writer tells. A look counts it in. */
  take(told: Told): void {
    this.fresh.take(told, this.options.clock())
  }

  /** Looks once. One look at a time. */
  async look(): Promise<Looked> {
    this.changesAt = Number.POSITIVE_INFINITY
    this.beganAt = this.options.clock()
    const view = await this.read()
    const now = this.options.clock()
    const health = this.fresh.over(view.health, now)
    if (!health) return 'late'
    const before = this.lookedAt
    const found = look({ ...view, health })
    this.changesAt = health.until
    // Storage that gives out nothing does not mean that nobody reports any more.
    const isBlind = health.vantages.length === 0 && this.seen.hasVantages
    const seeing = {
      isFirst: before === undefined,
      newsFrom: (before ?? now) - NEWS_SLACK_MS,
      isComplete: view.isComplete && !isBlind,
    }
    const changes = differences(this.seen.states, found, seeing)
    this.options.storage.transactionSync(() => {
      this.seen.take(changes)
      this.record.add(changes, now)
      if (isWhole(view)) this.telling.keepOnly(view.receivers.allAudiences())
      for (const change of changes) this.telling.change(change, view.receivers.audiences(change.now.zones), now)
      this.keepMessages(view.receivers, now)
      this.sample(health, view.conditions)
      this.looked(now, view.isComplete)
    })
    return 'looked'
  }

  /** Nothing is news as long as the zones of the first look were not all there. */
  private looked(now: number, isComplete: boolean): void {
    if (!isComplete) return
    this.lookedAt = now
    if (now - this.keptAt < KEPT_EVERY_MS && now >= this.keptAt) return
    this.keptAt = now
    this.meta.set('lookedAt', now)
  }

  /** Queues the messages that are due. */
  private keepMessages(receivers: ReceiverList, now: number): void {
    const outgoing = this.telling.pass(
      now,
      () => this.seen.states.values(),
      () => this.newId(now),
    )
    keepTelling(this.telling, this.options.storage, outgoing, now)
    this.deliveries.add(outgoing, receivers)
  }

  /** Returns the name of a message, which no other has. */
  private newId(now: number): string {
    const number = (this.meta.get<number>('messages') ?? 0) + 1
    this.meta.set('messages', number)
    return `msg_${now.toString(36)}_${number}`
  }

  /** Queues the messages that had to wait, and are due. */
  async queue(): Promise<void> {
    const receivers = this.receivers ?? (await this.read()).receivers
    const now = this.options.clock()
    this.options.storage.transactionSync(() => this.keepMessages(receivers, now))
  }

  /** Sends what is queued and due. It begins before it returns, so that `nextAt` knows. */
  deliver(): Promise<void> {
    return this.deliveries.run()
  }

  /** Returns when a look, `queue` or `deliver` is due next; Infinity if nothing waits. */
  nextAt(): number {
    const looksAt = Math.max(this.changesAt, this.beganAt + MIN_LOOK_GAP_MS)
    return Math.min(this.telling.nextAt(this.options.clock()), this.deliveries.nextAt(), looksAt)
  }

  private async read(): Promise<View> {
    const view = await this.options.view()
    this.receivers = view.receivers
    this.deliveries.know(view.receivers, isWhole(view))
    return view
  }

  /** Returns all receivers, and how deliveries to them go. */
  async notifications(): Promise<NotificationReport> {
    const { receivers } = await this.read()
    return this.deliveries.report(receivers)
  }

  /** Sends a test to a receiver. @returns undefined if there is none of that number */
  async test(number: number): Promise<Tested | undefined> {
    const { receivers } = await this.read()
    const listed = receivers.all[number - 1]
    if (!listed) return undefined
    const { receiver } = listed
    const sent = receiver.ok ? await this.sendTest(receiver.value) : ({ kind: 'refused', why: receiver.error } as const)
    this.deliveries.noteTest(listed, sent)
    return {
      ...{ receiver: number, delivered: sent.kind === 'delivered' },
      ...(sent.status !== undefined && { status: sent.status }),
      ...(sent.kind !== 'delivered' && { why: sent.why }),
    }
  }

  private async sendTest(receiver: Receiver): Promise<Sent> {
    const now = this.options.clock()
    const id = this.newId(now)
    let sent: Sent = { kind: 'refused', why: 'there is nothing to send' }
    for (const body of testBodies(now, id, receiver)) {
      sent = await this.options.send(receiver, id, body)
      if (sent.kind !== 'delivered') break
    }
    return sent
  }

  private sample(health: Health, conditions: readonly ProbeCondition[]): void {
    const due = health.vantages.filter(({ name, at }) => at > 0 && this.latencies.isDue(name, at))
    if (due.length === 0) return
    const ids = new Set(conditions.map(({ probe }) => probe.id))
    for (const { name: vantage, at, targets } of due) {
      const ms = new Map<string, number>()
      for (const id of ids) {
        const state = targets.get(id)
        // The duration of a failure is no latency.
        if (state && state.state !== 'unknown' && state.why === '') ms.set(id, state.ms)
      }
      if (ms.size > 0) this.latencies.add({ vantage, ms }, at)
    }
    this.latencies.forget(ids, health.now)
  }

  /** Returns events, the newest first. */
  events(query: EventQuery): readonly EventJson[] {
    return this.record.events(query)
  }

  /**
   * Returns the changes and latencies of a target of a zone; of all checks that have it. Times are milliseconds since
   * the epoch.
   * @returns undefined if nothing is known of it
   */
  async history(zone: string, target: string, from: number, to: number): Promise<History | undefined> {
    const { conditions } = await this.options.view()
    const nameOf = distinctNames(conditions)
    const own = conditions.filter((one) => one.target === target && isOf(one, zone))
    const keys = new Set(own.map((one) => `target ${nameOf(one)} ${target}`))
    for (const [key, { about }] of this.seen.states) if (about.zone === zone && about.target === target) keys.add(key)
    const changes = this.record.changes([...keys], from, to)
    const latency = own.flatMap((one) =>
      this.latencies.series(one.probe.id, from, to).map((series) => ({ check: nameOf(one), ...series })),
    )
    if (keys.size === 0) return undefined
    return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), changes, latency }
  }
}

const KEPT_EVERY_MS = 30_000

/** Returns true if all receivers were read: one that is not listed is gone. */
const isWhole = ({ isComplete, receivers }: View): boolean => isComplete && receivers.problem === undefined

const isOf = ({ check }: ProbeCondition, zone: string): boolean => check.startsWith(`${zone === '.' ? '' : zone}/`)
