import { randomInt } from 'node:crypto'
import { type LookupAddress, lookup as lookUp } from 'node:dns'
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { parseAddress } from '../net/index.ts'
import type { ProbeIo, Tls, Wire, WireFailure } from '../probe/index.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * Returns the sockets of this machine for probes: IPv4 and IPv6, any name in TLS, verified or not.
 * @param ca PEM certificates that are trusted instead of the default ones
 */
export const nodeIo = (ca?: string): ProbeIo => ({
  platform: 'agent',
  connect: (host, port, tls) => openWire(host, port, tls, ca),
  clock: () => performance.now(),
  randomId: () => randomInt(65_536),
})

/** Returns the first address of a host for probes without a connection. It never rejects. */
export const addressOf = (host: string): Promise<Result<LookupAddress, WireFailure>> =>
  new Promise((resolve) => {
    if (isIP(host) !== 0) return resolve(ok({ address: host, family: isIP(host) }))
    lookup(host, { all: true }, (error, addresses) => {
      const [first] = (addresses ?? []) as LookupAddress[]
      resolve(first ? ok(first) : err(failure(error ?? undefined, 'connecting', host)))
    })
  })

/** A socket that connects, with TLS if that is set. `alpn`: the protocol that TLS has to agree on. */
export function openSocket(host: string, port: number, tls: Tls | undefined, ca: string | undefined, alpn?: string) {
  // The second address of a name is tried after 500 ms without an answer of the first: a target may be far away.
  const tcp = connect({ host, port, lookup, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 500 })
  const socket = tls
    ? connectTls({
        socket: tcp,
        host,
        servername: tls.serverName ?? '',
        rejectUnauthorized: tls.verify,
        ...(ca !== undefined && { ca }),
        ...(alpn !== undefined && { ALPNProtocols: [alpn] }),
      })
    : tcp
  return {
    socket,
    opened: opened(tcp, socket, host),
    stage: (): 'connecting' | 'TLS' => (tls && !tcp.connecting ? 'TLS' : 'connecting'),
    close() {
      socket.destroy()
      tcp.destroy()
    },
  }
}

function openWire(host: string, port: number, tls: Tls | undefined, ca: string | undefined): Wire {
  const { socket, opened, stage, close } = openSocket(host, port, tls, ca)
  const pieces: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]()
  return {
    opened,
    stage,
    write: (octets) => new Promise((resolve) => socket.write(octets, (error) => resolve(!error))),
    async read() {
      try {
        const { done, value } = await pieces.next()
        return done ? 'end' : value
      } catch {
        return 'lost'
      }
    },
    close,
  }
}

function opened(tcp: Socket, socket: Socket, host: string): Promise<Result<undefined, WireFailure>> {
  let connected = false
  return new Promise((resolve) => {
    const fail = (error?: Error) => resolve(err(failure(error, connected ? 'TLS' : 'connecting', host)))
    tcp.once('connect', () => {
      connected = true
      if (socket === tcp) resolve(ok(undefined))
    })
    socket.once('secureConnect', () => resolve(ok(undefined)))
    // The handlers stay: a later error rejects the read, and must not crash the process.
    for (const end of new Set([tcp, socket])) end.on('error', fail).on('close', () => fail())
  })
}

/** @param act the act that failed, for what this machine cannot do */
export function failure(
  error: Error | undefined,
  at: 'connecting' | 'TLS',
  host: string,
  act: 'connect' | 'send' = 'connect',
): WireFailure {
  const code = error && 'code' in error ? String(error.code) : ''
  if (OURS.has(code)) return { at, ours: true, detail: `this machine cannot ${act}: ${code}` }
  const family = host.includes(':') ? 'IPv6' : 'IPv4'
  if (code === 'ENETUNREACH' && parseAddress(host).ok && !hasFamily(family)) {
    return { at, ours: true, detail: `this machine has no ${family}` }
  }
  return { at, detail: DETAIL[code] }
}

/**
 * Errors of this machine: it is out of files, memory or ports, its firewall forbids it, or a datagram is too large for
 * it.
 */
const OURS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'EMSGSIZE'])

export const hasFamily = (family: 'IPv4' | 'IPv6'): boolean =>
  Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ internal, family: of, address }) => !internal && of === family && !address.startsWith('fe80:')),
  )

const DETAIL: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'no such name',
  EAI_AGAIN: 'the name cannot be looked up',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the issuer of the certificate is unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of the certificate is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of the certificate is unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuer of the certificate is unknown',
}

/**
 * Looks a name up by the system, with one look-up at a time for each name. A look-up cannot be cancelled, and occupies
 * one of Node's few threads for as long as a name server stays silent.
 */
const lookup: LookupFunction = (host, options, done) => {
  const answered = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
    const fit = addresses.filter(({ family }) => !options.family || options.family === family)
    if (options.all) done(error, fit)
    else done(error, fit[0]?.address ?? '', fit[0]?.family)
  }
  const waiting = pending.get(host)
  if (waiting) {
    waiting.push(answered)
    return
  }
  const callbacks = [answered]
  pending.set(host, callbacks)
  lookUp(host, { all: true }, (error, addresses) => {
    pending.delete(host)
    for (const callback of callbacks) callback(error, addresses ?? [])
  })
}

const pending = new Map<string, ((error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void)[]>()
