import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { GrpcAction, Probe } from '../../../health/index.ts'
import { type AgentAttempt, failed, OK, type Verdict } from '../../../probe/index.ts'
import { openSocket } from '../../probe-node.ts'
import { decodeResponse, encodeRequest, SERVING_STATUS } from './grpc-message.ts'

/** Octets of a reply, which has seven. */
const MAX_REPLY_OCTETS = 1024

/**
 * Limits on what a hostile server can make the agent keep: header fields, and memory in MB. Node 24 may still fail an
 * assertion, and end the process, for header fields of hundreds of kilobytes.
 */
const LIMITS = {
  maxHeaderListPairs: 64,
  maxSessionMemory: 1,
  maxReservedRemoteStreams: 0,
  maxSessionInvalidFrames: 10,
}
const SETTINGS = { enablePush: false, maxHeaderListSize: 16_384, initialWindowSize: 65_535 }

/**
 * Asks a server by grpc.health.v1 if it serves.
 * @param ca PEM certificates that are trusted instead of the default ones
 */
export async function askGrpc(
  probe: Probe,
  action: GrpcAction,
  attempt: AgentAttempt,
  ca: string | undefined,
): Promise<Verdict> {
  const { tls, serverName, verify } = action
  attempt.begin()
  const { socket, opened, stage, close } = openSocket(
    ...([probe.host, probe.port, tls ? { serverName, verify } : undefined, ca, 'h2'] as const),
  )
  attempt.closeAtEnd(close)
  attempt.stage = stage
  const connected = await opened
  if (!connected.ok) return attempt.explain(connected.error, probe, verify)
  if (tls && (socket as TLSSocket).alpnProtocol !== 'h2') return failed('TLS without HTTP/2')
  attempt.stage = () => 'waiting for the reply'
  const authority = `${tls ? 'https' : 'http'}://${action.host}`
  const session = connect(authority, { createConnection: () => socket, settings: SETTINGS, ...LIMITS })
  // A turn later: Node 24 ends the process if a session is freed while it refuses header fields.
  attempt.closeAtEnd(() => setImmediate(() => session.destroy()))
  return check(session, probe, action)
}

function check(session: ClientHttp2Session, { timeout }: Probe, { host, tls, service }: GrpcAction): Promise<Verdict> {
  return new Promise((resolve) => {
    // The stream tells of errors, too; without a handler they would end the process.
    session.on('error', () => resolve(failed('the reply is not HTTP/2')))
    const stream = session.request({
      ':method': 'POST',
      ':scheme': tls ? 'https' : 'http',
      ':authority': host,
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${Math.ceil(timeout * 1000)}m`,
      'user-agent': 'edge-gslb',
    })
    const reply = new Reply()
    stream.on('response', (headers) => reply.takeHeaders(headers))
    stream.on('trailers', (headers) => reply.takeTrailers(headers))
    stream.on('data', (octets: Buffer) => {
      if (!reply.takeData(octets)) resolve(failed(`the reply has more than ${MAX_REPLY_OCTETS} octets`))
    })
    stream.on('error', () => resolve(failed('the request was refused, or the connection lost')))
    stream.on('close', () => resolve(reply.verdict(service)))
    stream.end(encodeRequest(service) as Buffer)
  })
}

/** A reply of gRPC over HTTP/2: headers, a message, and trailers with the status of the call. */
class Reply {
  private httpStatus: number | undefined
  private grpcStatus: string | undefined
  private grpcMessage = ''
  private readonly pieces: Buffer[] = []
  private left = MAX_REPLY_OCTETS

  takeHeaders(headers: IncomingHttpHeaders & { readonly ':status'?: number | undefined }): void {
    this.httpStatus = headers[':status']
    // A call that fails at once has its status in the headers ("Trailers-Only").
    this.takeTrailers(headers)
  }

  takeTrailers(headers: IncomingHttpHeaders): void {
    const status = headers['grpc-status']
    if (status === undefined) return
    this.grpcStatus = String(status)
    this.grpcMessage = String(headers['grpc-message'] ?? '')
  }

  /** @returns false if the reply is too long */
  takeData(octets: Buffer): boolean {
    this.left -= octets.length
    if (this.left >= 0) this.pieces.push(octets)
    return this.left >= 0
  }

  verdict(service: string): Verdict {
    const { httpStatus, grpcStatus, grpcMessage } = this
    if (httpStatus === undefined) return failed('closed before the reply')
    if (httpStatus !== 200) return failed(`HTTP status ${httpStatus}, expected 200`)
    if (grpcStatus === undefined) return failed('closed before the status of the call')
    if (grpcStatus === NOT_FOUND) return failed(`the server does not know the service "${service}"`)
    if (grpcStatus === UNIMPLEMENTED) return failed('the server does not implement grpc.health.v1')
    if (grpcStatus !== '0') return failed(`gRPC status ${grpcStatus}${grpcMessage === '' ? '' : `: ${grpcMessage}`}`)
    const status = decodeResponse(Buffer.concat(this.pieces))
    if (typeof status === 'string') return failed(status)
    return status === SERVING ? OK : failed(`status ${SERVING_STATUS[status] ?? status}, expected SERVING`)
  }
}

const SERVING = SERVING_STATUS.indexOf('SERVING')
/** Status codes of gRPC. */
const NOT_FOUND = '5'
const UNIMPLEMENTED = '12'
