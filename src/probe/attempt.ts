import type { Probe } from '../health/index.ts'
import type { Datagrams, ProbeIo, Tls, Wire, WireFailure } from './io.ts'
import { failed, notRun, type Verdict } from './verdict.ts'

type Endpoint = Pick<Probe, 'host' | 'port'>

/** A probe in progress: its open connections and its stage. */
export class Attempt {
  readonly io: ProbeIo
  /** Returns the current stage, for error texts. */
  stage: () => string = () => 'connecting'
  private readonly closers: (() => void)[] = []
  private begunAt: number | undefined
  private ended = false

  constructor(io: ProbeIo) {
    this.io = io
  }

  /** Says that the probe begins now, if it has not begun. Preparations do not count as latency. */
  begin(): void {
    this.begunAt ??= this.io.clock()
  }

  /** Returns the milliseconds since the begin. */
  get ms(): number {
    return this.begunAt === undefined ? 0 : Math.max(0, this.io.clock() - this.begunAt)
  }

  /** Registers a function that closes something at the end of the attempt. */
  closeAtEnd(close: () => void): void {
    if (this.ended) close()
    else this.closers.push(close)
  }

  /** Closes everything that is open. Afterwards nothing can be opened. */
  end(): void {
    this.ended = true
    for (const close of this.closers.splice(0)) close()
  }

  /** Opens a connection, with TLS if `tls` is set. Returns the verdict if that fails. */
  async open({ host, port }: Endpoint, tls?: Tls): Promise<Wire | Verdict> {
    const wire = this.connect(host, port, tls)
    const opened = await wire.opened
    return opened.ok ? wire : this.explain(opened.error, { host, port }, tls?.verify)
  }

  /** Opens a UDP socket. Returns the verdict if that fails. */
  async openDatagrams({ host, port }: Endpoint): Promise<Datagrams | Verdict> {
    const { datagrams } = this.io
    if (!datagrams) return notRun('there is no UDP here; expected an agent')
    const wire = this.watched(() => datagrams(host, port))
    const opened = await wire.opened
    return opened.ok ? wire : this.explain(opened.error, { host, port })
  }

  /**
   * Turns a failure to connect into a verdict.
   * @param layer the layer that failed if the connection did not
   */
  async explain(failure: WireFailure, { host, port }: Endpoint, verify = true, layer = 'TLS'): Promise<Verdict> {
    if (failure.ours) return notRun(failure.detail ?? 'the platform could not make the connection')
    const at = failure.at === 'unknown' ? await this.findStage(host, port) : failure.at
    const detail = failure.detail === undefined ? '' : `: ${failure.detail}`
    if (at === 'connecting') return failed(`connect failed${detail}`)
    // Workers always verify certificates, and report no details.
    if (!verify && this.io.platform !== 'agent')
      return notRun('TLS failed, maybe by the certificate: Workers verify it')
    return failed(`${layer} failed${detail}`)
  }

  /** Finds out if the connection or TLS fails, by a connection without TLS. */
  private async findStage(host: string, port: number): Promise<'connecting' | 'TLS'> {
    const wire = this.connect(host, port)
    const opened = await wire.opened
    wire.close()
    return opened.ok ? 'TLS' : 'connecting'
  }

  private connect(host: string, port: number, tls?: Tls): Wire {
    return this.watched(() => this.io.connect(host, port, tls))
  }

  private watched<W extends Pick<Wire, 'stage' | 'close'>>(open: () => W): W {
    if (this.ended) throw new Error('the probe has ended')
    this.begin()
    const wire = open()
    this.stage = wire.stage
    this.closeAtEnd(wire.close)
    return wire
  }
}

export const isVerdict = (value: object): value is Verdict => 'outcome' in value
