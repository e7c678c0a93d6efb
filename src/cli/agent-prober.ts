import { setTimeout as sleep } from 'node:timers/promises'
import { type Probe, type ProbeResult, type Round, step, type TargetState, UNPROBED } from '../health/index.ts'

export type ProberOptions<P extends Probe> = {
  /** Makes one probe; within its timeout, and without rejecting. */
  readonly probe: (probe: P) => Promise<ProbeResult>
  /** How many at once. */
  readonly connections: number
  /** Told of each result. */
  readonly onResult: (probe: P, before: TargetState, after: TargetState) => void
  /** The machine's where left out. */
  readonly time?: Time
}

/** A clock in milliseconds that nobody sets, and rest by it, which ends early with the signal. */
export type Time = {
  readonly now: () => number
  readonly rest: (ms: number, ended: AbortSignal) => Promise<void>
}

const MACHINE: Time = {
  now: () => performance.now(),
  rest: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
}

/**
 * Probes each target at its own pace. The Worker's rounds end with their slowest probe; here a target that does not
 * answer holds up nobody else, so that intervals below a second are kept.
 */
export class Prober<P extends Probe> {
  private readonly options: ProberOptions<P>
  private readonly followed = new Map<string, { probe: P; ended: AbortController }>()
  private readonly states = new Map<string, TargetState>()
  /** Those that wait for their turn. */
  private readonly queue: (() => void)[] = []
  private running = 0
  private tally = { due: 0, probed: 0, since: Date.now() }

  constructor(options: ProberOptions<P>) {
    this.options = options
  }

  /** Probes these from now on, and no others. What is known of a target stays known. */
  follow(probes: readonly P[]): void {
    const wanted = new Map(probes.map((probe) => [probe.id, probe]))
    for (const [id, { ended }] of this.followed) {
      if (wanted.has(id)) continue
      ended.abort()
      this.followed.delete(id)
      this.states.delete(id)
    }
    for (const [id, probe] of wanted) {
      if (this.followed.has(id)) continue
      const ended = new AbortController()
      this.followed.set(id, { probe, ended })
      void this.keepProbing(probe, ended.signal)
    }
  }

  stop(): void {
    this.follow([])
  }

  /** What is known of each target. */
  get targets(): ReadonlyMap<string, TargetState> {
    return new Map(this.states)
  }

  /** Whether every target was tried. */
  get isComplete(): boolean {
    return this.states.size === this.followed.size
  }

  /** What was done since this was last called. `left`: what waits for its turn. */
  takeRound(): Round {
    const { due, probed, since } = this.tally
    const now = Date.now()
    this.tally = { due: this.queue.length, probed: 0, since: now }
    return { at: since, ms: now - since, due, probed, left: this.queue.length }
  }

  private async keepProbing(probe: P, ended: AbortSignal): Promise<void> {
    const { time = MACHINE } = this.options
    while (!ended.aborted) {
      this.tally.due++
      await this.turn()
      if (ended.aborted) return this.leave()
      // From beginning to beginning.
      const began = time.now()
      // A fault of our own does not count against the target.
      const result = await this.options
        .probe(probe)
        .catch((error): ProbeResult => ({ outcome: 'not-run', why: String(error) }))
      this.leave()
      if (ended.aborted) return
      this.take(probe, result)
      await time.rest(Math.max(0, began + probe.interval * 1000 - time.now()), ended)
    }
  }

  private take(probe: P, result: ProbeResult): void {
    const before = this.states.get(probe.id) ?? UNPROBED
    const after = step(before, result, Date.now() / 1000, probe)
    this.states.set(probe.id, after)
    if (result.outcome !== 'not-run') this.tally.probed++
    this.options.onResult(probe, before, after)
  }

  private turn(): Promise<void> | undefined {
    if (this.running < this.options.connections) {
      this.running++
      return undefined
    }
    return new Promise((resolve) => this.queue.push(resolve))
  }

  /** Who is next takes the place over. */
  private leave(): void {
    const next = this.queue.shift()
    if (next) next()
    else this.running--
  }
}
