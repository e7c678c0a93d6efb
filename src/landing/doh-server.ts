import { err, ok, type Result } from '../result.ts'

/** The address of this deployment's DoH endpoint, as clients of it write it. */
export type DohServer = {
  /** The host, with its port if it is not the scheme's own. */
  readonly host: string
  /** The host alone; an IPv6 address has no brackets. */
  readonly hostname: string
  /** The port; undefined for the scheme's own. */
  readonly port: string | undefined
  /** The path, which starts with "/". */
  readonly path: string
  /** `https://host/path`; http on loopback. */
  readonly url: string
  /** True for a server on the reader's own machine, which has no certificate. */
  readonly isLoopback: boolean
}

/**
 * Reads the endpoint out of a request's URL, whose host is the Host header: no other header is believed. A client may
 * send any text as Host, and the page puts it into commands for a shell: only names and addresses are taken.
 */
export function dohServerAt(requestUrl: string, path: string): Result<DohServer> {
  const { host, hostname, port, username, password } = new URL(requestUrl)
  const plain = hostname.replace(/^\[(.*)\]$/, '$1')
  const isAlone = username === '' && password === ''
  if (!isAlone || host.length > MAX_HOST_CHARS || !isHost(hostname))
    return err('the Host header is neither a host name nor an address')
  const isLoopback = /^(localhost\.?|.+\.localhost\.?|127\.\d+\.\d+\.\d+|::1)$/.test(plain)
  const scheme = isLoopback ? 'http' : 'https'
  return ok({ host, hostname: plain, port: port || undefined, path, url: `${scheme}://${host}${path}`, isLoopback })
}

/** Matches labels of host names and numbers of IPv4 (RFC 1123 §2.1), and "_", which private names have. */
const NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/
const IPV6 = /^\[[0-9a-f:.]+\]$/
/** RFC 1035 §2.3.4; with its port the host has room in a DNS stamp, too. */
const MAX_HOST_CHARS = 255

const isHost = (hostname: string): boolean => NAME.test(hostname) || IPV6.test(hostname)
