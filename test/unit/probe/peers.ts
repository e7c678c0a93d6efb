import type { Action, HttpAction } from '../../../src/health/index.ts'

/** One server, one question, and what a probe has to make of it: a row of test/unit/probe/cases.ts. */
export type Case = {
  readonly name: string
  /** The server's handler of a connection. `refuses`: nothing listens; `full`: nothing accepts, a black hole. */
  readonly serve: Serve | 'refuses' | 'full'
  /** The certificate of test/fixtures/tls, for TLS. All are for `localhost` and `probe.test`. */
  readonly tls?: 'valid' | 'expired' | 'other-name' | 'self-signed'
  /** True if the server leaves its half of a connection open after the probe closes its half. */
  readonly halfOpen?: boolean
  /** By default 127.0.0.1. */
  readonly host?: string
  readonly action: Action | ((port: number) => Action)
  /** Seconds. */
  readonly maxLatency?: number
  readonly want: Want
  /** The expectation from Node, which sees more, if it differs. */
  readonly agent?: Want
  readonly workerd?: Want
  /** The number of octets that the probe may read; by default 200,000. */
  readonly reads?: number
  /** workerd drops a connection that is not open yet only at the end of the invocation. */
  readonly lingers?: true
}

export type Want =
  | { readonly ok: true; readonly weight?: number | undefined; readonly load?: number | undefined }
  | { readonly failed: string | RegExp }
  /** The timeout runs out while the probe is at this. */
  | { readonly late: string }
  | { readonly notRun: string | RegExp }

/** A handler of connections. `port` is the server's; `secure` is that of an HTTPS server that replies "ok". */
export type Serve = (peer: Peer, ports: { readonly port: number; readonly secure: number }) => void
export type Peer = {
  write(data: string | Uint8Array): boolean
  end(data?: string | Uint8Array): unknown
  destroy(): unknown
  resetAndDestroy(): unknown
  resume(): unknown
  on(event: string, listener: (data: Uint8Array) => void): unknown
  readonly writable: boolean
}

/** Waits for a whole request, and is given it. */
export const onRequest = (peer: Peer, then: (request: string) => void): void => {
  let request = ''
  peer.on('data', (data) => {
    request += String.fromCharCode(...data)
    if (!request.includes('\r\n\r\n')) return
    then(request)
    request = ''
  })
}

/** Replies to each request, and closes or leaves it open. */
export const says =
  (reply: string): Serve =>
  (peer) =>
    onRequest(peer, () => peer.end(latin1(reply)))
export const saysAndStays =
  (reply: string): Serve =>
  (peer) =>
    onRequest(peer, () => peer.write(latin1(reply)))

export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

/** After a beginning the same piece, a gigabyte in all, as fast as it is taken. */
export const floods =
  (beginning: string, piece: string): Serve =>
  (peer) => {
    const block = latin1(piece.repeat(Math.ceil(65_536 / piece.length)))
    let left = 2 ** 30
    const more = () => {
      while (left > 0 && peer.writable) {
        left -= block.length
        if (!peer.write(block)) return
      }
      if (peer.writable) peer.end()
    }
    peer.resume()
    peer.write(beginning)
    peer.on('drain', more)
    more()
  }

/** One piece after another, with a pause in between. */
export const drips =
  (beginning: string, piece: string, everyMs: number): Serve =>
  (peer) => {
    peer.resume()
    peer.write(beginning)
    const timer = setInterval(() => peer.write(piece), everyMs)
    peer.on('close', () => clearInterval(timer))
  }

export const redirects =
  (to: (ports: { port: number; secure: number }, path: string) => string, status = 302): Serve =>
  (peer, ports) =>
    onRequest(peer, (request) => {
      const [method, path = ''] = request.split(' ')
      if (path === '/there') return peer.end(`HTTP/1.1 200 OK\r\n\r\n${method} ${request.match(/Host: (.*)\r/)?.[1]}`)
      peer.end(`HTTP/1.1 ${status} Moved\r\nLocation: ${to(ports, path)}\r\nContent-Length: 0\r\n\r\n`)
    })

export const OK = 'HTTP/1.1 200 OK\r\n'
export const silent: Serve = (peer) => peer.resume()
/** Replies with the request as the body. */
export const echo: Serve = (peer) => onRequest(peer, (request) => peer.end(`${OK}\r\n${request}`))

export const http = (action: Partial<HttpAction> = {}): HttpAction => ({
  kind: 'http',
  method: 'GET',
  path: '/health',
  host: 'www.example.com',
  headers: {},
  status: [[200, 200]],
  bytes: 65_536,
  userAgent: 'edge-gslb',
  redirects: 'refuse',
  verify: true,
  ...action,
})

/** HTTPS as a target by its name has it: all names are the same. */
export const httpsByName =
  (action: Partial<HttpAction> = {}) =>
  (port: number): HttpAction =>
    http({ kind: 'https', host: `localhost:${port}`, serverName: 'localhost', ...action })
export const https = (action: Partial<HttpAction> = {}): HttpAction =>
  http({ kind: 'https', host: 'probe.test', serverName: 'probe.test', ...action })

export const tcp = (action: Partial<Extract<Action, { kind: 'tcp' }>> = {}): Action => ({ kind: 'tcp', ...action })
export const tls = (serverName: string | undefined, verify = true): Action => ({ kind: 'tls', serverName, verify })

export const up: Want = { ok: true }
export const why = (failed: string | RegExp): Want => ({ failed })
export const late = (stage: string): Want => ({ late: stage })
export const NO_STATUS_LINE = why('not HTTP: no status line')
export const body = { contains: 'ok' }
export const connectFailed = { want: why('connect failed'), agent: why('connect failed: refused') }
export const follow = { redirects: 'follow', path: '/', status: [[200, 200]] } as const
