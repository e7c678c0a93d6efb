import type { Query } from '../dns/query-path.ts'
import { MAX_URL_CHARS } from '../limits.ts'
import type { Client } from '../zone/query-path.ts'
import { decodeBase64Url } from './base64url.ts'
import type { Endpoint } from './endpoint.ts'
import { type Format, MESSAGE, mediaType } from './format.ts'
import { queryIn, readPosted } from './read-message.ts'

/** A DNS query, with the form that the reply has. */
export type QueryRequest = {
  readonly kind: 'query'
  readonly query: Query
  readonly client: Client
  readonly method: string
  readonly format: Format
}

/**
 * A request: a DNS query, one for the API, one for a page or for nothing that is there, or one that has its response
 * already, since it asks for nothing.
 */
export type ReadRequest =
  | QueryRequest
  | { readonly kind: 'api' }
  | { readonly kind: 'page' }
  | { readonly kind: 'response'; readonly response: Response }
  | TokenRequest

/** A request with a token in its path, which counts only if the token does. */
export type TokenRequest = {
  readonly kind: 'token'
  readonly token: string
  /** Reads the request. @param holder the id of the token's key */
  readonly read: (holder: string) => Reading
}

export type Reading = ReadRequest | Promise<ReadRequest>

let routed: typeof import('./read-routed.ts') | undefined

/** Reads a request: RFC 8484, and the JSON forms of Cloudflare and Google. Only the body of a POST is waited for. */
export function readRequest(request: Request, endpoint: Endpoint): Reading {
  const plain = readPlain(request, endpoint)
  if (plain) return plain
  if (routed) return routed.readRouted(request, endpoint)
  return import('./read-routed.ts').then((loaded) => {
    routed = loaded
    return loaded.readRouted(request, endpoint)
  })
}

/**
 * Reads what DoH clients send: a GET with `dns` and nothing else, a POST without parameters. It goes past the router,
 * which costs as much as the answer. Anything else is the router's, mistakes included.
 */
function readPlain(request: Request, endpoint: Endpoint): Reading | undefined {
  const { url, method } = request
  const path = url.indexOf('/', 'https://'.length)
  if (method === 'GET') {
    if (!url.startsWith(endpoint.get, path) || url.length > MAX_URL_CHARS || !takesMessage(request)) return undefined
    const message = decodeBase64Url(url, path + endpoint.get.length)
    const query = message && queryIn(message, request, endpoint, MESSAGE)
    return query?.ok ? query.value : undefined
  }
  const isPost = method === 'POST' && url.length === path + endpoint.path.length && url.endsWith(endpoint.path)
  return isPost && isMessage(request) && takesMessage(request) ? readPosted(request, endpoint, MESSAGE) : undefined
}

const isMessage = ({ headers }: Request): boolean => mediaType(headers.get('content-type') ?? '') === MESSAGE.mediaType

/** Clients that want the message say so in these words, or say nothing. */
function takesMessage({ headers }: Request): boolean {
  const accept = headers.get('accept')
  return !accept || accept === MESSAGE.mediaType || accept === '*/*'
}
