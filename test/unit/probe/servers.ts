import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { CASES } from './cases.ts'
import type { Case } from './peers.ts'

/** Counts of the connections to a server. */
export type Tally = { readonly accepted: number; readonly open: number; readonly written: number }
export type Running = { readonly port: number; readonly tally: () => Tally; readonly stop: () => void }

const FIXTURES = new URL('../../fixtures/tls/', import.meta.url)
const pem = (name: string) => readFileSync(new URL(`${name}.pem`, FIXTURES), 'utf8')

export const CA = pem('ca')

/** A server for each case, by its name. */
export async function startServers(cases: readonly Case[] = CASES): Promise<Map<string, Running>> {
  const secure = await listen((peer) => peer.on('data', () => peer.end('HTTP/1.1 200 OK\r\n\r\nok')), { tls: 'valid' })
  const servers = new Map<string, Running>([['secure', secure]])
  for (const one of cases) servers.set(one.name, await start(one, secure.port))
  return servers
}

function start({ serve, tls, halfOpen }: Case, secure: number): Promise<Running> {
  if (serve === 'refuses') return refused()
  if (serve === 'full') return blackHole()
  return listen((peer, port) => serve(peer, { port, secure }), { tls, halfOpen })
}

type Options = { readonly tls?: Case['tls']; readonly halfOpen?: Case['halfOpen'] }

async function listen(serve: (peer: Socket, port: number) => void, { tls, halfOpen }: Options): Promise<Running> {
  const sockets = new Set<Socket>()
  let accepted = 0
  let open = 0
  let server: Server
  const handle = (peer: Socket) => {
    peer.on('error', () => {})
    serve(peer, (server.address() as AddressInfo).port)
    // A socket must be read to notice that the other side has closed.
    peer.resume()
  }
  if (tls) {
    server = createTlsServer({ key: pem(tls), cert: pem(tls), allowHalfOpen: halfOpen ?? false }, handle)
    server.on('tlsClientError', () => {})
  } else server = createServer({ allowHalfOpen: halfOpen ?? false }, handle)
  // Below TLS, too: a connection counts even if no handshake comes about.
  server.on('connection', (socket: Socket) => {
    accepted++
    open++
    sockets.add(socket)
    socket.on('error', () => {})
    let gone = false
    const leave = () => {
      if (!gone) open--
      gone = true
    }
    // A half-open server sees the probe's end, and keeps its own half.
    socket.on('close', leave)
    if (halfOpen) socket.on('end', leave)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    tally: () => ({ accepted, open, written: [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0) }),
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const NONE: Tally = { accepted: 0, open: 0, written: 0 }

/** A port that nothing listens on, and that the system gives to nobody who asks for any. */
async function refused(): Promise<Running> {
  const port = 10_000 + Math.floor(Math.random() * 20_000)
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!free) return refused()
  await new Promise((resolve) => server.close(resolve))
  return { port, tally: () => NONE, stop: () => {} }
}

/**
 * A thread that listens, and sleeps for as long as the run lasts before it accepts; with its backlog full, the system
 * answers no more SYNs.
 */
async function blackHole(): Promise<Running> {
  const script = `
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:worker_threads').parentPort.postMessage(server.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const thread = new Worker(script, { eval: true })
  const [port] = (await once(thread, 'message')) as [number]
  const fillers = Array.from({ length: BACKLOG + 2 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await Promise.all(fillers.slice(0, BACKLOG).map((filler) => once(filler, 'connect')))
  return {
    port,
    tally: () => NONE,
    stop() {
      for (const filler of fillers) filler.destroy()
      void thread.terminate()
    },
  }
}

/** So many connections are made, of a backlog of 1, before the system leaves the next ones unanswered. */
const BACKLOG = 2

/** For tests that run in workerd, which has no view of the servers: what {@link Running.tally} says, by name. */
export async function startReport(servers: ReadonlyMap<string, Running>): Promise<Running> {
  const server = createHttpServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1))
    response.end(JSON.stringify(servers.get(name)?.tally() ?? null))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, tally: () => NONE, stop: () => void server.close() }
}
