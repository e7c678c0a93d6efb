import {
  type AskedShare,
  emptyVantage,
  formatVantage,
  type Health,
  type Probe,
  type ProbeCondition,
  type ProbeResult,
  parseVantage,
  type RoundResult,
  runRound,
  type Status,
  type TargetState,
  toWrite,
  UNPROBED,
  type Vantage,
} from '../../../src/health/index.ts'
import { must } from '../support.ts'

/** A probe with the usual thresholds. Its identity is what the test says. */
export const probeOf = (id: string, more: Partial<Probe> = {}): Probe => ({
  id,
  action: { kind: 'tcp', send: undefined, expect: undefined },
  host: '192.0.2.1',
  port: 80,
  interval: 60,
  timeout: 5,
  fall: 2,
  rise: 2,
  first: 'decides',
  from: undefined,
  quorum: 'majority',
  ...more,
})

export const conditionOf = (id: string, more: Partial<ProbeCondition> = {}, probe: Partial<Probe> = {}) =>
  ({
    kind: 'probe',
    check: 'example.com/web',
    target: `${id}:80`,
    probe: probeOf(id, probe),
    initially: 'up',
    stale: { after: 900, policy: 'keep' },
    ...more,
  }) satisfies ProbeCondition

export const stateOf = (state: TargetState['state'], more: Partial<TargetState> = {}): TargetState => ({
  ...UNPROBED,
  state,
  ...more,
})

/** The document of a vantage point with some states, confirmed at `at` seconds. */
export const vantageOf = (name: string, states: Readonly<Record<string, TargetState>>, at = 1000): Vantage => ({
  name,
  at: at * 1000,
  targets: new Map(Object.entries(states)),
})

/** `up`, `down (unknown)`, `drained (up) forced stale`: what counts, what was measured, and why. */
export const told = ({ state, real, forced, stale }: Status): string =>
  `${state}${real === state ? '' : ` (${real})`}${forced ? ' forced' : ''}${stale ? ' stale' : ''}`

export const OK: ProbeResult = { outcome: 'ok', ms: 40 }
export const failed = (why = 'refused'): ProbeResult => ({ outcome: 'failed', ms: 40, why })
export const NOT_RUN: ProbeResult = { outcome: 'not-run', why: 'no route' }

export type { Health }

// --- the platform, with a clock of its own -----------------------------------------------------------------------

export type Limits = {
  readonly connections: number
  readonly subrequests: number
  readonly wallMs: number
}
export const PAID: Limits = { connections: 6, subrequests: 10_000, wallMs: 900_000 }
export const FREE: Limits = { connections: 6, subrequests: 50, wallMs: 900_000 }

/** The limits of an invocation, enforced strictly: beyond them calls throw, unlike in local workerd. */
export class Platform {
  /** Milliseconds since the epoch. */
  now: number
  /** The times at which each probe began, by its id. */
  readonly log = new Map<string, number[]>()
  /** The order of the last invocation. */
  order: string[] = []
  /** Calls beyond the limits. A round treats the exception as a probe that could not run. */
  readonly refusals: string[] = []
  private open = 0
  private used = 0
  private began = 0
  private readonly limits: Limits
  private readonly answer: (id: string, now: number) => ProbeResult & { readonly ms?: number }
  private timers: { readonly at: number; readonly fire: () => void }[] = []

  /** @param answer what a target says; it takes `ms`, and nothing for what is not run */
  constructor(limits: Limits, answer: Platform['answer'], now = 1_800_000_000_000) {
    this.limits = limits
    this.answer = answer
    this.now = now
  }

  /** One invocation, alone. @param spare subrequests that it needs for KV */
  async invoke<T>(spare: number, work: () => Promise<T>): Promise<T> {
    this.began = this.now
    this.used = spare
    this.open = 0
    this.order = []
    let settled = false
    const done = work().finally(() => {
      settled = true
    })
    done.catch(() => {})
    for (;;) {
      // Everything that can go on without the clock does so first.
      await new Promise(setImmediate)
      if (settled) return done
      const next = this.timers.shift()
      if (!next) throw new Error('the invocation waits for nothing')
      this.now = next.at
      if (this.now - this.began > this.limits.wallMs) throw new Error('the invocation took too long')
      next.fire()
    }
  }

  readonly probe = async (probe: Probe): Promise<ProbeResult> => {
    if (++this.open > this.limits.connections) this.refuse('too many connections')
    if (++this.used > this.limits.subrequests) this.refuse('Too many subrequests')
    const starts = this.log.get(probe.id)
    if (starts) starts.push(this.now)
    else this.log.set(probe.id, [this.now])
    this.order.push(probe.id)
    const result = this.answer(probe.id, this.now)
    await this.sleep(result.ms ?? 0)
    this.open--
    return result
  }

  private refuse(why: string): never {
    this.refusals.push(why)
    throw new Error(why)
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((fire) => {
      const at = this.now + ms
      const index = this.timers.findIndex((timer) => timer.at > at)
      this.timers.splice(index < 0 ? this.timers.length : index, 0, { at, fire })
    })
  }
}

// --- a vantage point at work -------------------------------------------------------------------------------------

export type Life = {
  readonly probes: readonly Probe[]
  readonly maxProbes: number
  readonly everyMs: number
  readonly deadlineMs: number
  readonly perDay: number
  /** True if each tick runs in an isolate without memory. */
  readonly forgets: boolean
  readonly connections?: number
  readonly asked?: AskedShare
}

/** The written document, as the next reader finds it, and what is remembered. */
export class VantagePoint {
  written: Vantage
  memory: Vantage
  readonly writes: number[] = []
  pending: RoundResult['changed'] = 'nothing'

  constructor(written: Vantage = emptyVantage('cron')) {
    this.written = written
    this.memory = written
  }

  async tick(life: Life, clock: () => number, probe: (probe: Probe) => Promise<ProbeResult>): Promise<RoundResult> {
    const { connections = 6, forgets, perDay } = life
    const before = forgets ? this.written : this.memory
    const result = await runRound({ ...life, before, clock, probe, connections, continued: !forgets })
    if (forgets || rank(result.changed) > rank(this.pending)) this.pending = result.changed
    const { write, budget } = toWrite({ after: result.after, changed: this.pending }, clock(), { perDay, forgets })
    this.memory = write ?? { ...result.after, budget }
    if (write) {
      this.written = must(parseVantage(formatVantage(write)))
      this.writes.push(clock())
      this.pending = 'nothing'
    }
    return result
  }
}

const rank = (changed: RoundResult['changed']): number => ['nothing', 'progress', 'state'].indexOf(changed)

/** The most writes in any 24 hours. */
export function mostInADay(writes: readonly number[]): number {
  let first = 0
  let most = 0
  writes.forEach((at, i) => {
    while ((writes[first] as number) <= at - 86_400_000) first++
    most = Math.max(most, i - first + 1)
  })
  return most
}
