import { parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { FetchInit, FetchReply, ProbeIo, Tls, Wire, WireFailure } from './io.ts'

/** The `connect` of cloudflare:sockets. */
type Connect = (address: { hostname: string; port: number }, options: { secureTransport: Transport }) => Socket
type Transport = 'off' | 'on' | 'starttls'
type Socket = {
  readonly opened: Promise<unknown>
  readonly closed: Promise<unknown>
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  close(): Promise<unknown>
  startTls(options: { expectedServerHostname: string }): Socket
}

/** The global fetch. */
type Fetch = (
  url: string,
  init: FetchInit,
) => Promise<{
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: ReadableStream<Uint8Array> | null
}>

type WorkersIo = ProbeIo & {
  /** Returns the number of connections in progress. After the end of a probe, it could not cancel these. */
  readonly opening: () => number
}

/**
 * The functions for probes from a Worker. Its TLS always verifies, and its errors have no details. A connection or
 * handshake in progress cannot be cancelled: workerd drops it when the invocation ends.
 */
export function workersIo(connect: Connect, fetch: Fetch, platform: 'edge' | 'workerd'): WorkersIo {
  let opening = 0
  return {
    platform,
    opening: () => opening,
    connect: (host, port, tls) => {
      const wire = openWire(connect, host, port, tls)
      opening++
      wire.opened.then(() => opening--)
      return wire
    },
    fetch: async (url, init) => {
      const reply = await fetchReply(fetch, url, init)
      if (reply.ok || platform === 'edge' || init.method === 'POST' || init.signal.aborted) return reply
      // workerd reuses connections, and may have used one that the server had just closed.
      return fetchReply(fetch, url, init)
    },
    clock: Date.now,
    randomId: () => crypto.getRandomValues(new Uint16Array(1))[0] as number,
  }
}

function openWire(connect: Connect, host: string, port: number, tls: Tls | undefined): Wire {
  const transport = transportFor(host, tls)
  let stage: ReturnType<Wire['stage']> = transport === 'on' ? 'connecting or TLS' : 'connecting'
  let socket: Socket | undefined
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined
  let closed = false
  const close = () => {
    closed = true
    if (socket) closeQuietly(socket)
  }
  const open = async (): Promise<Result<undefined, WireFailure>> => {
    try {
      const hostname = host.includes(':') ? `[${host}]` : host
      socket = quiet(connect({ hostname, port }, { secureTransport: transport }))
      await socket.opened
      if (transport === 'starttls' && !closed) {
        stage = 'TLS'
        socket = quiet(socket.startTls({ expectedServerHostname: tls?.serverName ?? host }))
        await socket.opened
      }
      reader = socket.readable.getReader()
      writer = socket.writable.getWriter()
      for (const end of [reader, writer]) end.closed.catch(() => {})
      return ok(undefined)
    } catch (error) {
      return err(failure(error, stage === 'connecting or TLS' ? 'unknown' : stage))
    } finally {
      if (closed) close()
    }
  }
  return {
    opened: open(),
    stage: () => stage,
    write: async (octets) => {
      try {
        await writer?.write(octets)
        return true
      } catch {
        return false
      }
    },
    read: () => readFrom(reader),
    close,
  }
}

/**
 * Returns the transport of a connection. `on` verifies the name in the address; `starttls` can verify another name, but
 * only works in workerd on a private machine: `probeBlocker` refuses it at the edge (cloudflare/workerd#6903).
 */
function transportFor(host: string, tls: Tls | undefined): Transport {
  if (!tls) return 'off'
  return parseAddress(host).ok || (tls.serverName !== undefined && tls.serverName !== host) ? 'starttls' : 'on'
}

async function fetchReply(fetch: Fetch, url: string, init: FetchInit): Promise<Result<FetchReply, WireFailure>> {
  try {
    const { status, headers, body } = await fetch(url, init)
    const reader = body?.getReader()
    reader?.closed.catch(() => {})
    return ok({
      status,
      location: headers.get('location') ?? undefined,
      read: () => (reader ? readFrom(reader) : Promise.resolve('end')),
      close: () => void reader?.cancel().catch(() => {}),
    })
  } catch (error) {
    return err(failure(error, 'unknown'))
  }
}

async function readFrom(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): ReturnType<Wire['read']> {
  try {
    const next = await reader?.read()
    return next ? (next.value ?? 'end') : 'lost'
  } catch {
    return 'lost'
  }
}

/** Recognises a limit of the platform, which only the text of the error shows. */
function failure(error: unknown, at: WireFailure['at']): WireFailure {
  const counted = /too many (subrequests|api requests)/i.test(String(error))
  return counted ? { at, ours: true, detail: 'the platform allows no more subrequests in this invocation' } : { at }
}

/** Handles rejections of the socket's promises while no code waits for them. */
function quiet(socket: Socket): Socket {
  for (const promise of [socket.opened, socket.closed]) promise.catch(() => {})
  return socket
}

function closeQuietly(socket: Socket): void {
  try {
    socket.close().catch(() => {})
  } catch {
    // It is closed.
  }
}
