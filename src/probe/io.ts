import type { AgentAction, Platform, Probe } from '../health/index.ts'
import type { Result } from '../result.ts'
import type { Verdict } from './verdict.ts'

/** The platform's functions for probes. None rejects or throws: a target's failure is a value. */
export type ProbeIo = {
  readonly platform: Platform
  /** Starts to connect, with a TLS handshake if `tls` is set. `host` is an address or a name. */
  readonly connect: (host: string, port: number, tls?: Tls) => Wire
  /** On Workers: HTTPS to a host name, verified by the platform. It reaches targets that sockets cannot reach. */
  readonly fetch?: (url: string, init: FetchInit) => Promise<Result<FetchReply, WireFailure>>
  /** On agents: opens a UDP socket for one peer. Each read returns one datagram. */
  readonly datagrams?: (host: string, port: number) => Datagrams
  /** On agents: makes a probe of a kind that no Worker can make. */
  readonly askAsAgent?: (probe: Probe, action: AgentAction, attempt: AgentAttempt) => Promise<Verdict>
  /** Returns milliseconds since any fixed time. */
  readonly clock: () => number
  /** Returns a whole number below 65,536 that nobody can guess. */
  readonly randomId: () => number
}

/** A probe in progress, as the kinds of agents see it. */
export type AgentAttempt = {
  /** Returns the current stage, for error texts. */
  stage: () => string
  /** Says that the probe begins now. Preparations do not count as latency. */
  begin(): void
  /** Registers a function that closes something at the end of the attempt. */
  closeAtEnd(close: () => void): void
  /** Turns a failure to connect into a verdict. */
  explain(failure: WireFailure, endpoint: Pick<Probe, 'host' | 'port'>, verify?: boolean): Promise<Verdict>
  /** Opens a UDP socket. Returns the verdict if that fails. */
  openDatagrams(endpoint: Pick<Probe, 'host' | 'port'>): Promise<Datagrams | Verdict>
}

export type Tls = {
  /** The name that is sent (SNI) and verified. If undefined, no name is sent, and the host is verified. */
  readonly serverName: string | undefined
  readonly verify: boolean
}

/** A connection. */
export type Wire = {
  /** Resolves when the connection can be written to: after the TLS handshake, if there is one. */
  readonly opened: Promise<Result<undefined, WireFailure>>
  /** Returns the stage until then, for error texts. */
  readonly stage: () => 'connecting' | 'TLS' | 'connecting or TLS'
  /** Returns false if the octets could not be sent. */
  readonly write: (octets: Uint8Array) => Promise<boolean>
  /** Returns the next octets, `end` after the peer's last one, or `lost` if the connection broke or was closed here. */
  readonly read: () => Promise<Uint8Array | 'end' | 'lost'>
  /** Closes the connection and ends pending calls. It may be called at any time, and more than once. */
  readonly close: () => void
}

/** A UDP socket for one peer. */
export type Datagrams = Omit<Wire, 'write'> & {
  /** Sends one datagram. A failure is one of this machine, or the word of the peer's network. */
  readonly send: (octets: Uint8Array) => Promise<Result<undefined, WireFailure>>
}

export type WireFailure = {
  /** `unknown`: the platform does not report if the connection or TLS failed. */
  readonly at: 'connecting' | 'TLS' | 'unknown'
  /** Details in a few words. */
  readonly detail?: string | undefined
  /** True if the cause is this machine or the platform, and not the target. */
  readonly ours?: boolean
}

export type FetchInit = {
  readonly method: string
  readonly headers: Record<string, string>
  readonly redirect: 'manual'
  readonly cache: 'no-store'
  readonly signal: AbortSignal
}

export type FetchReply = {
  readonly status: number
  readonly location: string | undefined
  /** Reads the body as {@link Wire} does. */
  readonly read: Wire['read']
  readonly close: () => void
}
