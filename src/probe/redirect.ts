import type { HttpAction } from '../health/index.ts'
import { formatAddress, isPublicHost, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Hop } from './judge.ts'
import type { Head } from './reply.ts'

/**
 * The request that a redirect asks for. The first host stays where it is pinned; another one is reached by its name.
 * A target on the Internet must not have an agent talk to its own neighbours. Headers that may be secret go to the
 * same scheme, name and port only.
 * The error is for people, without what the target wrote.
 */
export function follow({ status, location = '' }: Head, hop: Hop, start: Hop): Result<Hop> {
  const base = `${hop.action.kind}://${hop.action.host}${hop.action.path}`
  if (!URL.canParse(location, base)) return err('the redirect does not lead to a valid URL')
  const url = new URL(location, base)
  const kind = url.protocol.slice(0, -1)
  if (kind !== 'http' && kind !== 'https') return err('redirected to what is not HTTP')
  const name = nameOf(url)
  const pinned = name === nameOf(new URL(`${kind}://${start.action.host}`))
  if (!pinned && !isPublicHost(name) && isPublicHost(start.host)) return err('redirected to a private address')
  const { serverName, headers } = start.action
  const port = url.port === '' ? USUAL_PORT[kind] : Number(url.port)
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

const USUAL_PORT = { http: 80, https: 443 } as const

/** As probes have it: an address without brackets in canonical text, or a name without the final dot. */
function nameOf({ hostname }: URL): string {
  const plain = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  const address = parseAddress(plain)
  return address.ok ? formatAddress(address.value) : plain
}

const sniOf = (name: string): string | undefined => (parseAddress(name).ok ? undefined : name)

/** RFC 9110 §15.4, and what browsers and curl make of a POST. */
const methodAfter = (status: number, { method }: HttpAction): string =>
  (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST') ? 'GET' : method

const withoutSecrets = (headers: HttpAction['headers']): HttpAction['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name.toLowerCase())))

/** Headers that tell nothing secret. Any other one may: `X-Api-Key` is only the best known. */
const HARMLESS = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'pragma'])
