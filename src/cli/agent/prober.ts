import { nextState, type Probe, type ProbeResult, type Round, type TargetState, UNPROBED } from '../../health/index.ts'
import type { Time } from './time.ts'

type ProberOptions<P extends Probe> = {
  /** Makes one probe. It ends within the probe's timeout, and never rejects. */
  readonly probe: (probe: P) => Promise<ProbeResult>
  /** The maximum number of concurrent probes. */
  readonly connections: number
  /** Called with each result. */
  readonly onResult: (probe: P, before: TargetState, after: TargetState) => void
  readonly time: Time
}

/**
 * Probes each target at its own interval. A round of the Worker ends with its slowest probe; here a target that does
 * not answer delays no other target, so that intervals below a second are kept.
 */
export class AgentProber<P extends Probe> {
  private readonly options: ProberOptions<P>
  private readonly followed = new Map<string, { probe: P; ended: AbortController }>()
  private readonly states = new Map<string, TargetState>()
  /** Targets that wait for a free connection. */
  private readonly queue: (() => void)[] = []
  private running = 0
  private tally: { due: number; probed: number; since: number }

  constructor(options: ProberOptions<P>) {
    this.options = options
    this.tally = { due: 0, probed: 0, since: options.time.date() }
  }

  /** Replaces the set of probes. Targets that are in both sets keep their states. */
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

  /** The state of each target. */
  get targets(): ReadonlyMap<string, TargetState> {
    return new Map(this.states)
  }

  /** True once every target was probed. */
  get isComplete(): boolean {
    return this.states.size === this.followed.size
  }

  /** Returns counts of the probes since the previous call. `left`: the targets that wait for a free connection. */
  takeRound(): Round {
    const { due, probed, since } = this.tally
    const now = this.options.time.date()
    this.tally = { due: this.queue.length, probed: 0, since: now }
    return { at: since, ms: now - since, due, probed, left: this.queue.length }
  }

  private async keepProbing(probe: P, ended: AbortSignal): Promise<void> {
    const { time } = this.options
    while (!ended.aborted) {
      this.tally.due++
      await this.turn()
      if (ended.aborted) return this.leave()
      // The interval is measured from the start of one probe to the start of the next.
      const began = time.now()
      // An internal fault does not count against the target.
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
    const after = nextState(before, result, this.options.time.date() / 1000, probe)
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

  /** Passes the connection to the next waiting target. */
  private leave(): void {
    const next = this.queue.shift()
    if (next) next()
    else this.running--
  }
}
