import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import {
  createServer as createHttp2,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeResponse, encodeRequest } from '../../../../src/cli/agent/kinds/grpc-message.ts'
import type { GrpcAction, Probe } from '../../../../src/health/index.ts'
import { eventually } from '../../../eventually.ts'
import { probeBy, told, toldLate } from './support.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const grpc = (action: Partial<GrpcAction> = {}): GrpcAction => ({
  ...{ kind: 'grpc', service: '', host: 'shop.example', tls: false, serverName: undefined, verify: true },
  ...action,
})
const ask = async (action: Partial<GrpcAction>, port: number, more: Partial<Probe> = {}) =>
  told(await probeBy(grpc(action), { port, ...more }))

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url))

/** Starts a server of grpc-js with the health service of its project. */
async function serve(credentials: ServerCredentials, withHealth = true, at = 0) {
  const health = new HealthImplementation({ '': 'SERVING', 'shop.v1.Orders': 'SERVING', 'shop.v1.Cart': 'NOT_SERVING' })
  const server = new Server()
  if (withHealth) health.addToServer(server)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${at}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)))
  })
  const stop = () => server.forceShutdown()
  closers.push(stop)
  return { health, port, stop }
}
const secured = (name: string) =>
  ServerCredentials.createSsl(null, [{ private_key: fixture(name), cert_chain: fixture(name) }])

describe('a server of grpc-js', () => {
  test('it serves, it does not, and it does again', async () => {
    const { port, health } = await serve(ServerCredentials.createInsecure())
    expect(await ask({}, port)).toBe('ok')
    expect(await ask({ service: 'shop.v1.Orders' }, port)).toBe('ok')
    expect(await ask({ service: 'shop.v1.Cart' }, port)).toBe('failed: status NOT_SERVING, expected SERVING')
    health.setStatus('shop.v1.Cart', 'SERVING')
    expect(await ask({ service: 'shop.v1.Cart' }, port)).toBe('ok')
    expect(await ask({ service: 'shop.v1.None' }, port)).toBe(
      'failed: the server does not know the service "shop.v1.None"',
    )
    expect(await ask({ service: 'x'.repeat(250) }, port)).toMatch(/does not know the service/)
  })

  test('without the health service', async () => {
    const { port } = await serve(ServerCredentials.createInsecure(), false)
    expect(await ask({}, port)).toBe('failed: the server does not implement grpc.health.v1')
  })

  test('it goes, and comes back', async () => {
    const { port, stop } = await serve(ServerCredentials.createInsecure())
    stop()
    expect(await ask({}, port)).toBe('failed: connect failed: refused')
    await serve(ServerCredentials.createInsecure(), true, port)
    expect(await ask({}, port)).toBe('ok')
  })

  test('by TLS: the certificate is verified, unless it is not wanted', async () => {
    const named = { tls: true, host: 'probe.test', serverName: 'probe.test' }
    const { port } = await serve(secured('valid'))
    expect(await ask(named, port)).toBe('ok')
    expect(await ask({ ...named, serverName: 'other.test' }, port)).toBe(
      'failed: TLS failed: the certificate is for another name',
    )
    const expired = await serve(secured('expired'))
    expect(await ask(named, expired.port)).toBe('failed: TLS failed: the certificate has expired')
    expect(await ask({ ...named, verify: false }, expired.port)).toBe('ok')
    expect(await ask({}, port)).toMatch(/^failed: /)
  })

  test('by TLS to a server without HTTP/2', async () => {
    const server = createTlsServer({ key: fixture('valid'), cert: fixture('valid') }, (socket) => {
      socket.on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const { port } = server.address() as AddressInfo
    expect(await ask({ tls: true, serverName: 'probe.test' }, port)).toBe('failed: TLS without HTTP/2')
  })
})

/** Starts an HTTP/2 server that does what a function does with each request. */
async function http2Server(handle: (stream: ServerHttp2Stream, body: Buffer) => void): Promise<number> {
  const server: Http2Server = createHttp2()
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    const pieces: Buffer[] = []
    stream.on('data', (octets: Buffer) => pieces.push(octets))
    stream.on('end', () => handle(stream, Buffer.concat(pieces)))
  })
  server.on('session', (session) => session.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 1])
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' }

/** Replies with a body and trailers. */
const replies =
  (body: Uint8Array, trailers: OutgoingHttpHeaders = { 'grpc-status': '0' }, headers: OutgoingHttpHeaders = HEADERS) =>
  (stream: ServerHttp2Stream) => {
    stream.respond(headers, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    stream.end(body)
  }

describe('a server that does its worst', () => {
  test.each<[string, (stream: ServerHttp2Stream) => void, string | RegExp]>([
    ['nothing, as a control', replies(SERVING), 'ok'],
    ['another HTTP status', replies(SERVING, {}, { ':status': 503 }), 'failed: HTTP status 503, expected 200'],
    ['no status of the call', replies(SERVING, {}), 'failed: closed before the status of the call'],
    [
      'a failed call',
      replies(Buffer.of(), { 'grpc-status': '14', 'grpc-message': 'starting up' }),
      'failed: gRPC status 14: starting up',
    ],
    [
      'a failed call in the headers alone',
      (stream) => stream.respond({ ...HEADERS, 'grpc-status': '8' }, { endStream: true }),
      'failed: gRPC status 8',
    ],
    ['no message', replies(Buffer.of()), 'failed: the reply ends within a message'],
    ['half a prefix', replies(SERVING.subarray(0, 3)), 'failed: the reply ends within a message'],
    ['half a message', replies(SERVING.subarray(0, 6)), 'failed: the reply is not one message'],
    ['two messages', replies(Buffer.concat([SERVING, SERVING])), 'failed: the reply is not one message'],
    ['a compressed message', replies(Buffer.of(1, ...SERVING.subarray(1))), /compressed/],
    ['an empty message: status 0', replies(Buffer.of(0, 0, 0, 0, 0)), 'failed: status UNKNOWN, expected SERVING'],
    ['an unknown status', replies(Buffer.of(0, 0, 0, 0, 2, 8, 9)), 'failed: status 9, expected SERVING'],
    ['a reset', (stream) => stream.close(8), 'failed: closed before the reply'],
    ['a reset with an error', (stream) => stream.close(2), 'failed: the request was refused, or the connection lost'],
    ['a lost connection', (stream) => stream.session?.destroy(), /^failed: (closed before|the request was refused)/],
    [
      'an endless reply',
      (stream) => {
        stream.respond(HEADERS)
        const piece = Buffer.alloc(16_384)
        const more = () => {
          while (!stream.destroyed && stream.write(piece));
        }
        stream.on('drain', more)
        more()
      },
      'failed: the reply has more than 1024 octets',
    ],
    [
      'many headers',
      (stream) => {
        const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'y']))
        stream.respond({ ...HEADERS, ...many }, { endStream: true })
      },
      /^failed: /,
    ],
  ])('%s', async (_what, handle, expected) => {
    const port = await http2Server(handle)
    const result = await ask({}, port)
    if (typeof expected === 'string') expect(result).toBe(expected)
    else expect(result).toMatch(expected)
  })

  test.each([65, 200, 700])('%i header fields, again and again: the process goes on', async (count) => {
    const many = Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'y']))
    const port = await http2Server((stream) => stream.respond({ ...HEADERS, ...many }, { endStream: true }))
    for (let time = 0; time < 10; time++) expect(await ask({}, port)).toMatch(/^failed: /)
  })

  test('silence, at any stage', async () => {
    const waiting = (port: number) => toldLate('waiting for the reply', (timeout) => ask({}, port, { timeout }))
    expect(await waiting(await http2Server(() => {}))).toBe('late')
    const half = await http2Server((stream) => {
      stream.respond(HEADERS)
      stream.write(SERVING)
    })
    expect(await waiting(half)).toBe('late')
    expect(await waiting(await tcpServer(() => {}))).toBe('late')
  })

  test('a slow reply', async () => {
    const port = await http2Server((stream) => setTimeout(() => replies(SERVING)(stream), 150))
    expect(await ask({}, port, { maxLatency: 0.1 })).toMatch(/^failed: slow: answered after \d+ ms/)
    expect(await ask({}, port)).toBe('ok')
  })

  test('the request', async () => {
    let seen: [object, Buffer] | undefined
    const server = createHttp2()
    server.on('stream', (stream, headers) => {
      stream.on('data', (octets: Buffer) => {
        seen = [headers, octets]
      })
      stream.on('end', () => replies(SERVING)(stream))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    expect(await ask({ service: 'a.B' }, (server.address() as AddressInfo).port, { timeout: 7 })).toBe('ok')
    expect(seen?.[0]).toMatchObject({
      ...{
        ':method': 'POST',
        ':scheme': 'http',
        ':authority': 'shop.example',
        ':path': '/grpc.health.v1.Health/Check',
      },
      ...{ 'content-type': 'application/grpc', te: 'trailers', 'grpc-timeout': '7000m' },
    })
    expect([...(seen?.[1] ?? [])]).toEqual([0, 0, 0, 0, 5, 0x0a, 3, 97, 46, 66])
  })

  const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
  test.each<[string, (socket: Socket) => void]>([
    ['HTTP/1.1', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a greeting of SMTP', (socket) => socket.end('220 mail\r\n')],
    ['half a frame', (socket) => socket.end(SETTINGS.subarray(0, 5))],
    ['settings, and then nothing', (socket) => socket.end(SETTINGS)],
    ['a frame of 16 MB', (socket) => socket.end(Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1]))],
    [
      'GOAWAY',
      (socket) => socket.end(Buffer.concat([SETTINGS, Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, ...Array(8).fill(0)])])),
    ],
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['octets at random', (socket) => socket.end(Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) & 255)))],
  ])('no HTTP/2: %s', async (_what, handle) => {
    const port = await tcpServer((socket) => socket.once('data', () => handle(socket)))
    expect(await ask({}, port)).toMatch(/^failed: /)
  })

  test('an endless stream of frames ends with the timeout at the latest, and leaves nothing open', async () => {
    const sockets = new Set<Socket>()
    const ping = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0, ...Array(8).fill(0)])
    const flood = Buffer.concat([SETTINGS, ...Array(500).fill(ping)])
    const port = await tcpServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      const more = () => {
        while (!socket.destroyed && socket.write(flood));
      }
      socket.on('drain', more)
      socket.once('data', more)
    })
    expect(await ask({}, port, { timeout: 0.5 })).toMatch(/^failed: /)
    await eventually(() => expect(sockets.size).toBe(0))
  })
})

async function tcpServer(handle: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    handle(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

describe('messages', () => {
  test.each<[string, number[]]>([
    ['', [0, 0, 0, 0, 0]],
    ['a', [0, 0, 0, 0, 3, 0x0a, 1, 97]],
  ])('the request for %j', (service, octets) => expect([...encodeRequest(service)]).toEqual(octets))

  test.each<[string, number[], number | RegExp]>([
    ['a status', [8, 1], 1],
    ['the last one counts', [8, 1, 8, 2], 2],
    ['unknown fields of every kind', [0x15, 1, 2, 3, 4, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 1, 0, 0x28, 9, 8, 1], 1],
    ['a varint without an end', [8, 0x80], /not a HealthCheckResponse/],
    ['a varint of eleven octets', [8, ...Array(10).fill(0x80), 1], /not a HealthCheckResponse/],
    ['a field beyond the end', [0x22, 5, 0], /not a HealthCheckResponse/],
    ['a group', [0x0b], /not a HealthCheckResponse/],
    ['a length of 2⁶³', [0x22, ...Array(9).fill(0xff), 1], /not a HealthCheckResponse/],
  ])('%s', (_what, message, expected) => {
    const status = decodeResponse(Uint8Array.from([0, 0, 0, 0, message.length, ...message]))
    if (typeof expected === 'number') expect(status).toBe(expected)
    else expect(status).toMatch(expected)
  })
})
