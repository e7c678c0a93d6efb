import { emptyVantage, type ProbeResult, type TargetState, type Vantage } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import type { Console } from '../console.ts'
import { isoTime } from '../duration.ts'
import type { Paint } from '../paint.ts'
import type { AgentClient, AgentProbe, Trouble } from './client.ts'
import { AgentProber } from './prober.ts'
import { assignmentLines, changeLine } from './text.ts'
import type { Time } from './time.ts'

/** The minimum time between two reports. Changes within it share a report. */
const GAP_MS = 1000
/** The interval of reports without changes, which say that the agent is alive. */
const REPORT_MS = 60_000
/** The interval of fetching probes while the Worker does not ask for a fetch. */
const FETCH_MS = 60_000
/** The minimum time between two fetches of the probes. */
const REFETCH_MS = 5000
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000

/** Returns a report's text. Its number is larger than that of every earlier report, so that a replay is detected. */
export type Numbered = (vantage: Vantage) => string

type AgentParts = {
  readonly name: string
  readonly probe: (probe: AgentProbe) => Promise<ProbeResult>
  readonly client: AgentClient
  readonly numbered: Numbered
  readonly connections: number
  readonly time: Time
  readonly console: Console
  readonly paint: Paint
}

/** A running agent. It goes on probing while the Worker cannot be reached. */
export class Agent {
  private readonly parts: AgentParts
  private readonly stopped: AbortSignal
  private readonly prober: AgentProber<AgentProbe>
  private probes: readonly AgentProbe[] | undefined
  private fetchAt = 0
  private fetchedAt = 0
  private reportAt = 0
  /** True once every target was probed. An earlier report would make the Worker forget the missing targets. */
  private knowsAll = false
  private isComplete = false
  /** True while a change is not reported yet. */
  private isNews = false
  private wake = (): void => {}
  private trouble: string | undefined
  private failures = 0

  constructor(parts: AgentParts, stopped: AbortSignal) {
    const { probe, connections, time } = parts
    this.parts = parts
    this.stopped = stopped
    this.prober = new AgentProber({ probe, connections, time, onResult: (...result) => this.onResult(...result) })
  }

  /** Runs until it is stopped. @returns false if the Worker refuses the agent's first request for probes */
  async run(): Promise<boolean> {
    try {
      while (!this.stopped.aborted) {
        const trouble = await this.exchange()
        if (this.stopped.aborted) break
        this.tell(trouble)
        if (trouble?.kind === 'refused' && !this.probes) return false
        if (trouble) await this.rest(this.retryMs())
        else await this.restUntilDue()
      }
      return true
    } finally {
      this.prober.stop()
    }
  }

  private onResult(probe: AgentProbe, before: TargetState, after: TargetState): void {
    const changed = after.state !== before.state
    const cannot = after.at === before.at && after.why !== before.why
    if (changed || cannot) this.parts.console.out(changeLine(probe, after, this.parts.paint))
    if (!changed && after.weight === before.weight) return
    this.isNews = true
    this.wake()
  }

  /** Sends a report and fetches the probes, if they are due. @returns the first failure */
  private async exchange(): Promise<Trouble | undefined> {
    const unreported = await this.reportIfDue()
    const unfetched = await this.fetchIfDue()
    return unreported ?? unfetched
  }

  private async fetchIfDue(): Promise<Trouble | undefined> {
    if (this.parts.time.date() < this.fetchAt) return undefined
    const fetched = await this.parts.client.probes()
    if (!fetched.ok) return fetched.error
    const { probes, complete } = fetched.value
    this.isComplete = complete
    this.fetchedAt = this.parts.time.date()
    this.fetchAt = this.fetchedAt + (complete ? FETCH_MS : REFETCH_MS)
    // A zone that could not be read still exists, so its probes are kept.
    const kept = complete ? [] : (this.probes ?? [])
    this.assign([...new Map([...kept, ...probes].map((probe) => [probe.id, probe])).values()])
    return undefined
  }

  private assign(probes: readonly AgentProbe[]): void {
    const { name, console, paint } = this.parts
    const ids = (of: readonly AgentProbe[] | undefined) => of?.map(({ id }) => id).join()
    const isSame = ids(this.probes) === ids(probes)
    this.probes = probes
    if (isSame) return
    for (const line of assignmentLines(name, probes, paint)) console.out(line)
    this.prober.follow(probes)
  }

  private async reportIfDue(): Promise<Trouble | undefined> {
    this.knowsAll ||= this.isComplete && this.prober.isComplete
    if (!this.knowsAll || !(this.isNews || this.parts.time.date() >= this.reportAt)) return undefined
    const { name, client, numbered } = this.parts
    this.isNews = false
    const observed = { targets: this.prober.targets, round: this.prober.takeRound() }
    const reported = await client.report(numbered({ ...emptyVantage(name), ...observed }))
    if (!reported.ok) {
      this.isNews = true
      return reported.error
    }
    this.reportAt = this.parts.time.date() + REPORT_MS
    if (reported.value.refetch) this.fetchAt = Math.min(this.fetchAt, this.fetchedAt + REFETCH_MS)
    return undefined
  }

  /** Prints a line when requests begin to fail, when the reason changes, and when they succeed again. */
  private tell(trouble: Trouble | undefined): void {
    const { console } = this.parts
    const now = isoTime(this.parts.time.date())
    // A reason that differs in its numbers alone is the same reason.
    const kind = trouble?.why.replace(/\d+/g, '')
    if (trouble && kind !== this.trouble) {
      const meanwhile = this.probes ? 'probing goes on, and reports are retried' : 'retrying'
      const next = trouble.kind === 'refused' && !this.probes ? '' : `; ${meanwhile}`
      console.err(`${now} error: ${printable(trouble.why)}${next}`)
    }
    if (!trouble && this.trouble !== undefined) console.out(`${now} the Worker is back and has the current states`)
    this.trouble = kind
    this.failures = trouble ? this.failures + 1 : 0
  }

  /** Returns an exponential back-off with jitter, so that agents do not retry at the same moment. */
  private retryMs(): number {
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1))
    return longest * (0.75 + Math.random() / 4)
  }

  private async restUntilDue(): Promise<void> {
    await this.rest(GAP_MS)
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve
    })
    if (this.isNews || this.stopped.aborted) return
    const due = this.knowsAll ? Math.min(this.fetchAt, this.reportAt) : this.parts.time.date() + GAP_MS
    await this.rest(due - this.parts.time.date(), woken)
  }

  private async rest(ms: number, woken: Promise<void> = new Promise(() => {})): Promise<void> {
    const over = new AbortController()
    await Promise.race([this.parts.time.rest(Math.max(0, ms), AbortSignal.any([this.stopped, over.signal])), woken])
    over.abort()
  }
}
