import { sha256 } from '@noble/hashes/sha2.js'
import type { Expected, Quorum } from './check-fields.ts'
import type { ExpectedOctets, Octets } from './check-further.ts'
import type { Thresholds } from './target-state.ts'

/** The request to a target. */
export type Action =
  | { readonly kind: 'tcp'; readonly send?: string | undefined; readonly expect?: Expected | undefined }
  | { readonly kind: 'tls'; readonly serverName: string | undefined; readonly verify: boolean }
  | HttpAction
  | DnsAction
  | AgentAction
  /** No request: the application reports the target under this check's name. */
  | { readonly kind: 'push'; readonly check: string }

/** The place of a load in the body of a reply: the number at its start, or a field of JSON, by names with dots between. */
export type LoadSource = 'body' | { readonly json: string }

/** A request that only an agent can make. */
export type AgentAction =
  | { readonly kind: 'udp'; readonly send: Octets; readonly expect?: ExpectedOctets | undefined }
  | { readonly kind: 'icmp' }
  | GrpcAction
  | ExecAction

export type GrpcAction = {
  readonly kind: 'grpc'
  /** Empty for the server as a whole. */
  readonly service: string
  /** The :authority of the request. */
  readonly host: string
  readonly tls: boolean
  readonly serverName: string | undefined
  readonly verify: boolean
}

export type ExecAction = {
  readonly kind: 'exec'
  /** The program and its arguments, in which placeholders stand for the target. */
  readonly command: readonly string[]
  readonly exitStatus: number
  readonly output?: Expected | undefined
}

export type DnsAction = {
  readonly kind: 'dns'
  /** With the final dot. */
  readonly name: string
  readonly type: number
  readonly rcode: number
  /** The text of records of which each has to be in the answer. */
  readonly answer?: readonly string[] | undefined
  /** The transport; for DNS over HTTPS the request, whose path lacks the query. */
  readonly via: 'udp' | 'tcp' | HttpAction
}

export type HttpAction = {
  readonly kind: 'http' | 'https'
  readonly method: string
  readonly path: string
  /** The Host header. */
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  /** Ranges of valid status codes, each with its first and last. */
  readonly status: readonly (readonly [number, number])[]
  readonly body?: Expected | undefined
  readonly bytes: number
  readonly userAgent: string
  readonly redirects: 'follow' | 'refuse'
  readonly weight?: 'body' | undefined
  readonly load?: LoadSource | undefined
  /** For https, the name that is sent (SNI) and verified. */
  readonly serverName?: string | undefined
  /** False if the certificate is not verified. */
  readonly verify: boolean
}

/** A check of a target. Records with the same check and target share it. It is plain data: agents get it as JSON. */
export type Probe = Thresholds & {
  /** The identity of a probe: 96 bits of the SHA-256 of all other fields. */
  readonly id: string
  readonly action: Action
  /** An address in canonical text, or a host name in lower case without the final dot. */
  readonly host: string
  /** 0 for a check without a port, as of kind icmp. */
  readonly port: number
  /** Seconds. */
  readonly interval: number
  readonly timeout: number
  /** The seconds beyond which a success counts as a failure. */
  readonly maxLatency?: number | undefined
  /** The vantage points that probe it, sorted; undefined for those of the Worker. */
  readonly from: readonly string[] | undefined
  readonly quorum: Quorum
}

/** @param probe has its fields in the order of the type, so that equal probes have equal text */
export function identified(probe: Omit<Probe, 'id'>): Probe {
  const digest = sha256(new TextEncoder().encode(JSON.stringify(probe)))
  return { id: base64url(digest.subarray(0, 12)), ...probe }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')

/** Formats a target as people write it: `192.0.2.1:80`, `[2001:db8::1]:80`, and the host alone without a port. */
export const formatTarget = ({ host, port }: Pick<Probe, 'host' | 'port'>): string =>
  port === 0 ? host : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
