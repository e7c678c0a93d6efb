import { getPath, getQueryParam } from 'hono/utils/url'
import { buildQuery, parseQuery, type Query } from '../dns/query-path.ts'
import { MAX_MESSAGE_BYTES, MAX_URL_CHARS } from '../limits.ts'
import { Client } from '../zone/query-path.ts'
import { decodeBase64Url } from './base64url.ts'
import { BROKEN, readBody } from './body.ts'
import { chooseFormat, type Format, MEDIA_TYPE, mediaType } from './format.ts'
import { type Platform, RequestOrigin } from './origin.ts'
import { parseParameters } from './parameters.ts'
import { badParameter, preflight, problem } from './problem.ts'
import { type Parameters, parametersOf } from './query-string.ts'

/** A DNS query, with the form that the reply has. */
export type QueryRequest = {
  readonly kind: 'query'
  readonly query: Query
  readonly client: Client
  readonly method: string
  readonly format: Format
}

/**
 * A request: a DNS query, one for the API, one for a page or for nothing that is there, or one that has its response already,
 * since it asks for nothing.
 */
export type ReadRequest =
  | QueryRequest
  | { readonly kind: 'api' }
  | { readonly kind: 'page' }
  | { readonly kind: 'response'; readonly response: Response }

type Reading = ReadRequest | Promise<ReadRequest>

/** Reads a request: RFC 8484, and the JSON forms of Cloudflare and Google. Only the body of a POST is waited for. */
export function readRequest(request: Request, platform: Platform): Reading {
  return readPlain(request, platform) ?? readRouted(request, platform)
}

/**
 * Reads what DoH clients send: a GET with `dns` and nothing else, a POST without parameters. It goes past the router, which
 * costs as much as the answer. Anything else is the router's, mistakes included.
 */
function readPlain(request: Request, platform: Platform): Reading | undefined {
  const { url, method } = request
  const path = url.indexOf('/', 'https://'.length)
  if (method === 'GET') {
    if (!url.startsWith(DOH_GET, path) || url.length > MAX_URL_CHARS) return undefined
    const message = decodeBase64Url(url, path + DOH_GET.length)
    return message && readMessage(request, platform, message)
  }
  const isDoh = method === 'POST' && url.length === path + DOH_PATH.length && url.endsWith(DOH_PATH)
  return isDoh ? readPost(request, platform) : undefined
}

const DOH_PATH = '/dns-query'
const DOH_GET = `${DOH_PATH}?dns=`

function readRouted(request: Request, platform: Platform): Reading {
  const path = getPath(request)
  return /^\/(api|pdns)(\/|$)/.test(path) ? { kind: 'api' } : readPath(request, platform, path)
}

/** A request to HEAD is one to GET, whose response has no body (RFC 9110 §9.3.2). */
function readPath(request: Request, platform: Platform, path: string): Reading {
  const { method } = request
  const allowed = METHODS.get(path)
  if (!allowed) return { kind: 'page' }
  if (method === 'OPTIONS') return replied(preflight(allowed))
  if (method === 'GET' || method === 'HEAD') return readGet(request, platform, path)
  if (method === 'POST' && path === DOH_PATH) return readPost(request, platform, typeParameter(request))
  return replied(problem(405, `expected one of ${allowed}`, { Allow: allowed }))
}

const METHODS: ReadonlyMap<string, string> = new Map([
  [DOH_PATH, 'GET, HEAD, POST, OPTIONS'],
  ['/resolve', 'GET, HEAD, OPTIONS'],
])

function replied(response: Response, method?: string): ReadRequest {
  return { kind: 'response', response: method === 'HEAD' ? new Response(null, response) : response }
}

// --- the three forms ------------------------------------------------------------------------------------------------

function readGet(request: Request, platform: Platform, path: string): ReadRequest {
  const { url, method } = request
  if (path === '/resolve') return readJson(request, platform, parametersOf(url), 'google-json')
  const dns = getQueryParam(url, 'dns')
  if (typeof dns === 'string') return readEncoded(request, platform, dns)
  const get = parametersOf(url)
  if (get('name')) return readJson(request, platform, get, 'cloudflare-json')
  const missing = 'the parameter "dns" is missing; expected a DNS message in base64url (RFC 8484 §4.1), or "name"'
  return replied(problem(400, missing), method)
}

function readEncoded(request: Request, platform: Platform, dns: string): ReadRequest {
  const { method } = request
  if (dns.length > MAX_URL_CHARS) return replied(problem(414, `expected at most ${MAX_URL_CHARS} characters`), method)
  const message = decodeBase64Url(dns)
  if (message) return readMessage(request, platform, message, typeParameter(request))
  const why = 'the parameter "dns" is not base64url; expected A-Z a-z 0-9 - _ (RFC 4648 §5)'
  return replied(problem(400, why), method)
}

function readMessage(request: Request, platform: Platform, message: Uint8Array, ct?: string): ReadRequest {
  const format = chooseFormat(ct, request.headers.get('accept'), 'message')
  return format ? readQuery(request, platform, message, format) : notAcceptable(request.method)
}

function readPost(request: Request, platform: Platform, ct?: string): Reading {
  const { headers, method } = request
  if (mediaType(headers.get('content-type') ?? '') !== MEDIA_TYPE.message) {
    return replied(problem(415, 'expected Content-Type: application/dns-message (RFC 8484 §4.1)'))
  }
  const format = chooseFormat(ct, headers.get('accept'), 'message')
  if (!format) return notAcceptable(method)
  return readBody(request, MAX_MESSAGE_BYTES).then((body) => {
    if (body.ok) return readQuery(request, platform, body.value, format)
    return replied(body.error === 'broken' ? problem(400, BROKEN) : problem(413, TOO_LONG))
  })
}

function readJson(
  request: Request,
  platform: Platform,
  get: Parameters,
  style: 'cloudflare-json' | 'google-json',
): ReadRequest {
  const ct = get('ct')
  const format = chooseFormat(ct?.ok ? ct.value : undefined, request.headers.get('accept'), style)
  if (!format) return notAcceptable(request.method)
  const question = parseParameters(get)
  if (!question.ok) return replied(badParameter(question.error, style), request.method)
  return readQuery(request, platform, buildQuery(question.value), format)
}

/** A message that is not a query gets an HTTP error, since nothing of it could be in a DNS reply. */
function readQuery(request: Request, platform: Platform, message: Uint8Array, format: Format): ReadRequest {
  const { method } = request
  const query = parseQuery(message)
  if (query.ok) {
    const client = new Client(query.value.edns, new RequestOrigin(request, platform))
    return { kind: 'query', query: query.value, client, method, format }
  }
  const why =
    query.error === 'too long' ? problem(413, TOO_LONG) : problem(400, `not a DNS query: the message is ${query.error}`)
  return replied(why, method)
}

/** Returns the parameter `ct`, of which only the first counts. */
const typeParameter = ({ url }: Request): string | undefined => {
  const ct = getQueryParam(url, 'ct')
  return typeof ct === 'string' ? ct : undefined
}

const TOO_LONG = `a DNS message has at most ${MAX_MESSAGE_BYTES} octets`

const notAcceptable = (method: string): ReadRequest =>
  replied(
    problem(406, 'expected Accept to have application/dns-message, application/dns-json, application/json or */*'),
    method,
  )
