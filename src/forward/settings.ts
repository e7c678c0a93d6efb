import { MAX_UPSTREAM_CHARS, MAX_UPSTREAMS } from '../limits.ts'
import { networkSet, parseAddress, parseSubnetTrust, type SubnetTrust } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { SubnetPassing } from './upstream-query.ts'

const EXPECTED = 'expected https URLs of DoH servers with spaces between them, like https://dns.example/dns-query'

/**
 * Reads the setting UPSTREAMS: URLs of DoH servers, with white space between them. `http:` is for loopback and private
 * addresses alone. None is no forwarding.
 */
export function parseUpstreams(text: string | undefined): Result<readonly string[]> {
  const words = [...new Set((text ?? '').split(/\s+/).filter((word) => word !== ''))]
  if (words.length > MAX_UPSTREAMS) {
    return err(`there are ${words.length} upstream servers; expected at most ${MAX_UPSTREAMS}`)
  }
  const urls: string[] = []
  for (const word of words) {
    const url = parseUpstream(word)
    if (!url.ok) return url
    urls.push(url.value)
  }
  return ok([...new Set(urls)])
}

function parseUpstream(word: string): Result<string> {
  const shown = `"${word.length > 100 ? `${word.slice(0, 99)}…` : word}"`
  if (word.length > MAX_UPSTREAM_CHARS) {
    return err(`${shown} has ${word.length} characters; expected at most ${MAX_UPSTREAM_CHARS}`)
  }
  // RFC 8484 §3 has servers named by a URI template. POST has no use for its variable.
  const plain = word.replace(/\{\?dns\}$/, '')
  const url = URL.canParse(plain) ? new URL(plain) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return err(`${shown} is not a URL; ${EXPECTED}`)
  // The part before the @ is a secret, which a message must not show.
  if (url.username !== '' || url.password !== '')
    return err('a URL has a user name or a password; expected one without')
  if (url.hash !== '') return err(`${shown} has a fragment; expected a URL without "#"`)
  if (url.protocol === 'http:' && !isInside(url.hostname)) {
    return err(`${shown} is http, and not at a loopback or private address; expected https`)
  }
  return ok(url.href)
}

function isInside(host: string): boolean {
  if (host === 'localhost') return true
  const address = parseAddress(host.replace(/^\[(.*)\]$/, '$1'))
  return address.ok && isPrivate(address.value)
}

/** Loopback (RFC 1122, RFC 4291), private (RFC 1918), unique local (RFC 4193). */
const isPrivate = networkSet(['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7'])

/** The clients whose other names are forwarded: by the connecting address, or by a token in the path of the query. */
export type ForwardTo = { readonly networks: SubnetTrust; readonly token: boolean }

export const FORWARD_TO_NOBODY: ForwardTo = { networks: 'off', token: false }

/** Reads the setting FORWARD_TO: `on`, `off`, or networks and the word `token`, with spaces or commas between them. */
export function parseForwardTo(text: string | undefined): Result<ForwardTo> {
  const all = (text ?? '').split(/[\s,]+/).filter((word) => word !== '')
  if (all.length === 0) return ok({ networks: 'on', token: false })
  const words = all.filter((word) => word !== TOKEN)
  const token = words.length < all.length
  if (words.length === 0) return ok({ networks: 'off', token })
  const networks = parseSubnetTrust(words)
  if (!networks.ok) return err(`${networks.error}, and "${TOKEN}" for clients with one`)
  if (token && typeof networks.value === 'string')
    return err(`"${TOKEN}" stands beside "${networks.value}"; expected "${TOKEN}" alone, or beside networks`)
  return ok({ networks: networks.value, token })
}

const TOKEN = 'token'

/**
 * Reads the setting FORWARD_CLIENT_SUBNET: `on` passes the Client Subnet options of clients on as they are, `off` does
 * not, and two lengths, like `24 56`, shorten them.
 */
export function parseSubnetPassing(text: string | undefined): Result<SubnetPassing> {
  const words = (text ?? '').split(/[\s,/]+/).filter((word) => word !== '')
  if (words.length === 0 || (words.length === 1 && words[0] === 'on')) return ok('as sent')
  if (words.length === 1 && words[0] === 'off') return ok('none')
  const [ipv4, ipv6] = words.map((word) => (/^\d{1,3}$/.test(word) ? Number(word) : Number.NaN))
  if (words.length === 2 && ipv4 !== undefined && ipv6 !== undefined && ipv4 <= 32 && ipv6 <= 128) {
    return ok({ ipv4, ipv6 })
  }
  return err(
    `"${(text ?? '').slice(0, 50)}" is neither on nor off; expected one of these, or the longest prefixes of IPv4 and IPv6, like "24 56"`,
  )
}
