import type { Probe } from '../health/index.ts'
import type { ProbeIo, Tls, Wire, WireFailure } from './io.ts'
import { failed, notRun, type Verdict } from './verdict.ts'

type Place = Pick<Probe, 'host' | 'port'>

/** One probe under way: what it has open, and what it is at. */
export class Attempt {
  readonly io: ProbeIo
  /** What it waits for, for people. */
  stage: () => string = () => 'connecting'
  private readonly closers: (() => void)[] = []
  private ended = false

  constructor(io: ProbeIo) {
    this.io = io
  }

  /** Has something closed when the attempt ends. */
  closeAtEnd(close: () => void): void {
    if (this.ended) close()
    else this.closers.push(close)
  }

  /** Closes all that is open. What is still under way finds it closed, and can open nothing more. */
  end(): void {
    this.ended = true
    for (const close of this.closers.splice(0)) close()
  }

  /** A connection that can be written to, or what came of it. */
  async open({ host, port }: Place, tls?: Tls): Promise<Wire | Verdict> {
    const wire = this.begin(host, port, tls)
    const opened = await wire.opened
    return opened.ok ? wire : this.explain(opened.error, { host, port }, tls?.verify)
  }

  /** What a failure to connect means. @param what what can have failed if it was not the connection */
  async explain(failure: WireFailure, { host, port }: Place, verify = true, what = 'TLS'): Promise<Verdict> {
    if (failure.ours) return notRun(failure.detail ?? 'the platform could not make the connection')
    const at = failure.at === 'unknown' ? await this.findStage(host, port) : failure.at
    const detail = failure.detail === undefined ? '' : `: ${failure.detail}`
    if (at === 'connecting') return failed(`connect failed${detail}`)
    // Workers verify always, and do not tell what was wrong.
    if (!verify && this.io.platform !== 'agent')
      return notRun('TLS failed, maybe by the certificate: Workers verify it')
    return failed(`${what} failed${detail}`)
  }

  /** Whether it is the connection that fails, or TLS: what a connection without TLS does. */
  private async findStage(host: string, port: number): Promise<'connecting' | 'TLS'> {
    const wire = this.begin(host, port)
    const opened = await wire.opened
    wire.close()
    return opened.ok ? 'TLS' : 'connecting'
  }

  private begin(host: string, port: number, tls?: Tls): Wire {
    if (this.ended) throw new Error('the probe has ended')
    const wire = this.io.connect(host, port, tls)
    this.stage = wire.stage
    this.closeAtEnd(wire.close)
    return wire
  }
}

export const isVerdict = (value: object): value is Verdict => 'outcome' in value
