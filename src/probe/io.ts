import type { Platform } from '../health/index.ts'
import type { Result } from '../result.ts'

/** What a probe needs of the platform. Nothing here rejects or throws: what goes wrong with a target is a value. */
export type ProbeIo = {
  readonly platform: Platform
  /** Begins to connect, and to shake hands if `tls` is given; `host` is an address or a name. */
  readonly connect: (host: string, port: number, tls?: Tls) => Wire
  /** On Workers: HTTPS to a host name, verified by the platform. It gets to targets that sockets do not get to. */
  readonly fetch?: (url: string, init: FetchInit) => Promise<Result<FetchReply, WireFailure>>
  /** Milliseconds, from any beginning. */
  readonly clock: () => number
}

export type Tls = {
  /** The name sent (SNI) and verified; undefined: none is sent, and the host is verified. */
  readonly serverName: string | undefined
  readonly verify: boolean
}

/** A connection. */
export type Wire = {
  /** Once it can be written to: connected, and with TLS the hands shaken. */
  readonly opened: Promise<Result<undefined, WireFailure>>
  /** What it is at until then, for people. */
  readonly stage: () => 'connecting' | 'TLS' | 'connecting or TLS'
  /** Whether the octets were taken. */
  readonly write: (octets: Uint8Array) => Promise<boolean>
  /** The next octets; `end`: the peer has no more; `lost`: the connection broke, or was closed here. */
  readonly read: () => Promise<Uint8Array | 'end' | 'lost'>
  /** At any time, and more than once. What waits ends. */
  readonly close: () => void
}

export type WireFailure = {
  /** `unknown`: the platform does not say whether it was the connection or TLS. */
  readonly at: 'connecting' | 'TLS' | 'unknown'
  /** More, in a few words of the adapter's own. */
  readonly detail?: string | undefined
  /** Whether it was no fault of the target: of this machine, or of the platform. */
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
  /** As in {@link Wire}. */
  readonly read: Wire['read']
  readonly close: () => void
}
