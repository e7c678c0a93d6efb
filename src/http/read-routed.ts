import { getPath, getQueryParam } from 'hono/utils/url'
import { buildQuery } from '../dns/index.ts'
import { MAX_URL_CHARS } from '../limits.ts'
import { PROFILE_SUFFIX } from '../profile-suffix.ts'
import { decodeBase64Url } from './base64url.ts'
import { chooseFormat } from './choose-format.ts'
import type { Endpoint } from './endpoint.ts'
import { type Format, MESSAGE, mediaType } from './format.ts'
import { CLOUDFLARE_JSON, GOOGLE_JSON, type JsonFormat } from './json.ts'
import { badParameter, parseParameters } from './parameters.ts'
import { preflight, problem } from './problem.ts'
import { type Parameters, parametersOf } from './query-string.ts'
import { noQuery, queryIn, readPosted } from './read-message.ts'
import type { Reading, ReadRequest } from './read-request.ts'

/** A request to the path of DNS over HTTPS, or to that with a token, whose key has this id. */
type Doh = { readonly request: Request; readonly endpoint: Endpoint; readonly token?: string | undefined }

/** Reads any request by its path. A request to HEAD is one to GET, whose response has no body (RFC 9110 §9.3.2). */
export function readRouted(request: Request, endpoint: Endpoint): Reading {
  const path = getPath(request)
  if (/^\/(api|pdns|metrics|healthz)(\/|$)/.test(path)) return { kind: 'api' }
  if (path === '/resolve') return readResolve({ request, endpoint })
  if (path === endpoint.path) return readDoh({ request, endpoint })
  if (path.endsWith(PROFILE_SUFFIX)) return { kind: 'page' }
  const token = path.startsWith(`${endpoint.path}/`) ? path.slice(endpoint.path.length + 1) : ''
  if (token !== '' && !token.includes('/'))
    return { kind: 'token', token, read: (holder) => readDoh({ request, endpoint, token: holder }) }
  return { kind: 'page' }
}

function replied(response: Response, method?: string): ReadRequest {
  return { kind: 'response', response: method === 'HEAD' ? new Response(null, response) : response }
}

// --- the three forms ------------------------------------------------------------------------------------------------

function readDoh(doh: Doh): Reading {
  const { request, endpoint, token } = doh
  switch (request.method) {
    case 'OPTIONS':
      return replied(preflight(DOH_METHODS))
    case 'GET':
    case 'HEAD':
      return readGet(doh)
    case 'POST': {
      if (mediaType(request.headers.get('content-type') ?? '') !== MESSAGE.mediaType)
        return replied(problem(415, 'expected Content-Type: application/dns-message (RFC 8484 §4.1)'))
      const format = formatOf(request, typeParameter(request), MESSAGE)
      return format ? readPosted(request, endpoint, format, token) : notAcceptable(request)
    }
    default:
      return replied(problem(405, `expected one of ${DOH_METHODS}`, { Allow: DOH_METHODS }))
  }
}

const DOH_METHODS = 'GET, HEAD, POST, OPTIONS'

function readResolve(doh: Doh): Reading {
  const { method, url } = doh.request
  if (method === 'OPTIONS') return replied(preflight(RESOLVE_METHODS))
  if (method === 'GET' || method === 'HEAD') return readJson(doh, parametersOf(url), GOOGLE_JSON)
  return replied(problem(405, `expected one of ${RESOLVE_METHODS}`, { Allow: RESOLVE_METHODS }))
}

const RESOLVE_METHODS = 'GET, HEAD, OPTIONS'

function readGet(doh: Doh): ReadRequest {
  const { url, method } = doh.request
  const dns = getQueryParam(url, 'dns')
  if (typeof dns === 'string') return readEncoded(doh, dns)
  const get = parametersOf(url)
  if (get('name')) return readJson(doh, get, CLOUDFLARE_JSON)
  const missing = 'the parameter "dns" is missing; expected a DNS message in base64url (RFC 8484 §4.1), or "name"'
  return replied(problem(400, missing), method)
}

function readEncoded(doh: Doh, dns: string): ReadRequest {
  const { request } = doh
  const { method } = request
  if (dns.length > MAX_URL_CHARS) return replied(problem(414, `expected at most ${MAX_URL_CHARS} characters`), method)
  const message = decodeBase64Url(dns)
  const why = 'the parameter "dns" is not base64url; expected A-Z a-z 0-9 - _ (RFC 4648 §5)'
  if (!message) return replied(problem(400, why), method)
  const format = formatOf(request, typeParameter(request), MESSAGE)
  return format ? readQuery(doh, message, format) : notAcceptable(request)
}

function readJson(doh: Doh, get: Parameters, style: JsonFormat): ReadRequest {
  const { request } = doh
  const ct = get('ct')
  const format = formatOf(request, ct?.ok ? ct.value : undefined, style)
  if (!format) return notAcceptable(request)
  const question = parseParameters(get)
  if (!question.ok) return replied(badParameter(question.error, style), request.method)
  return readQuery(doh, buildQuery(question.value), format)
}

function readQuery({ request, endpoint, token }: Doh, message: Uint8Array, format: Format): ReadRequest {
  const query = queryIn(message, request, endpoint, format, token)
  return query.ok ? query.value : replied(noQuery(query.error), request.method)
}

const formatOf = ({ headers }: Request, ct: string | undefined, usual: Format): Format | undefined =>
  chooseFormat(ct, headers.get('accept'), usual)

/** Returns the parameter `ct`, of which only the first counts. */
const typeParameter = ({ url }: Request): string | undefined => {
  const ct = getQueryParam(url, 'ct')
  return typeof ct === 'string' ? ct : undefined
}

const notAcceptable = ({ method }: Request): ReadRequest =>
  replied(
    problem(406, 'expected Accept to have application/dns-message, application/dns-json, application/json or */*'),
    method,
  )
