import { emptyVantage, type ProbeResult, type TargetState, type Vantage } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import type { Console } from '../console.ts'
import { isoTime } from '../duration.ts'
import type { Paint } from '../paint.ts'
import type { AgentClient, AgentProbe, Trouble } from './client.ts'
import { Prober } from './prober.ts'
import { assignmentLines, changeLine } from './text.ts'
import type { Time } from './time.ts'

/** Reports are at least this far apart: what changes at the same time is reported together. */
const GAP_MS = 1000
/** A report without news says that the agent lives. */
const REPORT_MS = 60_000
/** A change of the zones is seen after this time at the latest, if the Worker does not tell. */
const FETCH_MS = 60_000
/** Sooner than this the probes are not asked for again, whatever the Worker tells. */
const REFETCH_MS = 5000
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000

/** A report's text. Its number is larger than those of all before it, of an earlier run too: that proves it new. */
export type Numbered = (vantage: Vantage) => string

export type AgentParts = {
  readonly name: string
  readonly probe: (probe: AgentProbe) => Promise<ProbeResult>
  readonly client: AgentClient
  readonly numbered: Numbered
  readonly connections: number
  readonly time: Time
  readonly console: Console
  readonly paint: Paint
}

/** An agent at work: probing goes on beside the talk with the Worker, whatever becomes of that. */
export class Agent {
  private readonly parts: AgentParts
  private readonly stopped: AbortSignal
  private readonly prober: Prober<AgentProbe>
  private probes: readonly AgentProbe[] | undefined
  private fetchAt = 0
  private fetchedAt = 0
  private reportAt = 0
  /** True once a report would tell of all targets: before that it would make the Worker forget the others. */
  private knowsAll = false
  private isComplete = false
  /** True while a change waits for its report. */
  private isNews = false
  private wake = (): void => {}
  private trouble: string | undefined
  private failures = 0

  constructor(parts: AgentParts, stopped: AbortSignal) {
    const { probe, connections, time } = parts
    this.parts = parts
    this.stopped = stopped
    this.prober = new Prober({ probe, connections, time, onResult: (...result) => this.onResult(...result) })
  }

  /** Runs until it is stopped. @returns false where the Worker refuses it before it has anything to do */
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

  /** Reports and asks for probes, where either is due. @returns what went wrong */
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
    // A zone that could not be read has not gone, so that its probes are kept.
    const known = complete ? [] : (this.probes ?? [])
    this.assign([...new Map([...known, ...probes].map((probe) => [probe.id, probe])).values()])
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
    const known = { targets: this.prober.targets, round: this.prober.takeRound() }
    const reported = await client.report(numbered({ ...emptyVantage(name), ...known }))
    if (!reported.ok) {
      this.isNews = true
      return reported.error
    }
    this.reportAt = this.parts.time.date() + REPORT_MS
    if (reported.value.refetch) this.fetchAt = Math.min(this.fetchAt, this.fetchedAt + REFETCH_MS)
    return undefined
  }

  /** Prints a line when the Worker goes away, or has another reason, and one when it is back. */
  private tell(trouble: Trouble | undefined): void {
    const { console } = this.parts
    const now = isoTime(this.parts.time.date())
    // Another number of seconds is not another reason.
    const kind = trouble?.why.replace(/\d+/g, '')
    if (trouble && kind !== this.trouble) {
      const meanwhile = this.probes ? 'probing goes on, and reports are tried again' : 'trying again'
      const next = trouble.kind === 'refused' && !this.probes ? '' : `; ${meanwhile}`
      console.err(`${now} error: ${printable(trouble.why)}${next}`)
    }
    if (!trouble && this.trouble !== undefined) console.out(`${now} the Worker is back and has what is known`)
    this.trouble = kind
    this.failures = trouble ? this.failures + 1 : 0
  }

  /** Returns a longer time after each failure, and not the same for all agents. */
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
