import type { HttpAction } from '../health/index.ts'
import { formatAddress, isPublicHost, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Hop } from './judge.ts'
import type { Head } from './reply.ts'

/**
 * Returns the hop that a redirect asks for. The first name keeps the probed address; another name is resolved. A target
 * on the Internet must not redirect an agent to hosts in the agent's network. Headers that may be secret go only to the
 * same scheme, name and port. The error contains no text from the target.
 */
export function follow({ status, location = '' }: Head, hop: Hop, start: Hop): Result<Hop> {
  const base = `${hop.action.kind}://${hop.action.host}${hop.action.path}`
  if (!URL.canParse(location, base)) return err('the redirect does not lead to a valid URL')
  const url = new URL(location, base)
  const kind = url.protocol.slice(0, -1)
  if (kind !== 'http' && kind !== 'https') return err('redirected to a URL that is not HTTP')
  const name = nameOf(url)
  const pinned = name === nameOf(new URL(`${kind}://${start.action.host}`))
  if (!pinned && !isPublicHost(name) && isPublicHost(start.host)) return err('redirected to a private address')
  const { serverName, headers } = start.action
  const port = url.port === '' ? DEFAULT_PORT[kind] : Number(url.port)
  const isSameOrigin = pinned && kind === start.action.kind && port === start.port
  return ok({
    ...start,
    host: pinned ? start.host : name,
    port,
    action: {
      ...start.action,
      kind,
      method: methodAfter(status, hop.action),
      host: url.host,
      path: `${url.pathname}${url.search}`,
      headers: isSameOrigin ? headers : withoutSecrets(headers),
      serverName: kind === 'http' ? undefined : pinned && serverName !== undefined ? serverName : sniOf(name),
    },
  })
}

const DEFAULT_PORT = { http: 80, https: 443 } as const

/** Returns the host as probes have it: an address in canonical text without brackets, or a name without final dot. */
function nameOf({ hostname }: URL): string {
  const plain = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  const address = parseAddress(plain)
  return address.ok ? formatAddress(address.value) : plain
}

const sniOf = (name: string): string | undefined => (parseAddress(name).ok ? undefined : name)

/** Returns the method of the next request (RFC 9110 §15.4); a POST becomes GET as in browsers and curl. */
const methodAfter = (status: number, { method }: HttpAction): string =>
  (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST') ? 'GET' : method

const withoutSecrets = (headers: HttpAction['headers']): HttpAction['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name.toLowerCase())))

/** Headers that contain no secret. Any other header may, as `X-Api-Key`. */
const HARMLESS = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'pragma'])
