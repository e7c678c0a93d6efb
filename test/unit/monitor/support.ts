import { type Health, Health as HealthOf, liveOverrides, type Override } from '../../../src/health/index.ts'
import { Monitor, type View } from '../../../src/monitor/index.ts'
import { type Receiver, ReceiverList, type Sent } from '../../../src/notify/index.ts'
import type { LocalZone } from '../../../src/zone/index.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { Sqlite } from '../sqlite.ts'
import { zoneOf } from '../support.ts'

export const NOW = 1_796_000_000_000

export const zoneWith = (notify: readonly object[] = []): LocalZone =>
  zoneOf(
    {
      '@': { NS: 'ns' },
      www: { A: { kind: 'pool', select: 'all', check: 'web', members: ['192.0.2.1', '192.0.2.2'] } },
    },
    { checks: { web: { kind: 'tcp', port: 80, interval: 60 } }, notify },
  )

type State = 'up' | 'down' | 'unknown'

/** A monitor on SQLite, a clock of its own, and what stands in a KV that is not there. */
export class Site {
  now = NOW
  readonly storage = new Sqlite()
  zone = zoneWith()
  states: Record<string, State> = { '192.0.2.1': 'up', '192.0.2.2': 'up' }
  /** The time at which the document of the cron was written. */
  writtenAt = NOW
  /** The time at which the last of them changed. */
  changedAt = NOW
  ms = 10
  overrides: readonly Override[] = []
  zones = new Map([['example.com', { serial: 1, hash: 'h1', since: NOW - 3_600_000 }]])
  refused: { origin: string; why: string; since: number }[] = []
  setting: string | undefined
  isComplete = true
  readonly sent: { readonly receiver: Receiver; readonly body: string; readonly id: string }[] = []
  readonly logged: object[] = []
  /** The outcome of the next deliveries; delivered when there is none. */
  outcomes: Sent[] = []
  /** The receivers that do not answer before it resolves. */
  slow: Promise<void> | undefined
  private readonly sending = new Map<string, number>()
  monitor = this.started()

  private started(): Monitor {
    return new Monitor({
      sending: this.sending,
      ...{ storage: this.storage, clock: () => this.now, log: (event) => this.logged.push(event) },
      view: async () => this.view(),
      send: async (receiver, id, body) => {
        this.sent.push({ receiver, id, body })
        await this.slow
        return this.outcomes.shift() ?? { kind: 'delivered', status: 204 }
      },
    })
  }

  /** As after the eviction of the Durable Object, while nothing is sent. */
  restart(): void {
    this.monitor = this.started()
  }

  idOf(host: string): string {
    return this.zone.conditions.find(({ probe }) => probe.host === host)?.probe.id ?? ''
  }

  document() {
    const states = Object.entries(this.states).map(
      ([host, state]) =>
        [
          this.idOf(host),
          stateOf(state, {
            since: this.changedAt / 1000,
            at: this.writtenAt / 1000,
            ms: this.ms,
            changes: state === 'down' ? 1 : 0,
          }),
        ] as const,
    )
    return vantageOf('cron', Object.fromEntries(states), this.writtenAt / 1000)
  }

  private health(): Health {
    return new HealthOf([this.document()], liveOverrides(this.overrides), this.now, 'workerd')
  }

  private view(): View {
    const { zone, zones, refused, isComplete } = this
    return {
      ...{ health: this.health(), conditions: zone.conditions, pools: new Map([['example.com', zone.pools]]) },
      guards: new Map(zone.guard && [['example.com', zone.guard]]),
      ...{ zones, refused, isComplete },
      receivers: new ReceiverList(this.setting, new Map([['example.com', zone.notify ?? []]]), () => undefined),
    }
  }

  /** Writes another state of a target, and looks. */
  async change(host: string, state: State): Promise<void> {
    this.states = { ...this.states, [host]: state }
    this.writtenAt = this.now
    this.changedAt = this.now
    await this.monitor.look()
  }

  /** Goes on until a time, and does what is due meanwhile, as the alarm does. */
  async until(end: number): Promise<void> {
    for (;;) {
      const next = this.monitor.nextAt()
      if (next > end) break
      this.now = Math.max(this.now, next)
      this.writtenAt = Math.max(this.writtenAt, this.now - 60_000)
      await this.monitor.look()
      await this.run()
    }
    this.now = end
  }

  /** Does what an alarm does beside a look. */
  async run(): Promise<void> {
    await this.monitor.queue()
    await this.monitor.deliver()
  }

  get events(): string[] {
    return this.monitor.events({}).map(({ event }) => event)
  }

  // biome-ignore lint/suspicious/noExplicitAny: a body is compared, not used
  get bodies(): any[] {
    return this.sent.map(({ body }) => JSON.parse(body))
  }
}
