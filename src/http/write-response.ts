import { unreachable } from '../result.ts'
import type { NeedsZone, Reply } from '../zone/query-path.ts'
import { cacheControl, type Keeping, keeping } from './cache.ts'
import { type Format, MEDIA_TYPE } from './format.ts'
import { toJson } from './json.ts'
import { problem } from './problem.ts'
import type { QueryRequest } from './read-request.ts'

/** Writes the response to a DNS query. Every DNS reply is status 200, whatever its rcode (RFC 8484 §4.2.1). */
export function writeResponse(answered: Reply | NeedsZone, { method, format }: QueryRequest): Response {
  switch (answered.kind) {
    case 'reply': {
      const headers = headersFor(format, keeping(answered, method))
      if (method === 'HEAD') return new Response(null, { headers })
      return new Response(format === 'message' ? (answered.message as BodyInit) : toJson(answered, format), { headers })
    }
    case 'needs-zone':
      return problem(503, 'the zones could not be read in time; try again', { 'Retry-After': '1' })
    default:
      return unreachable(answered)
  }
}

/** Returns headers from a Headers object where it can: copying one costs less than strings. */
function headersFor(format: Format, kept: Keeping): Headers {
  const cached = HEADERS[format]
  const key = kept.seconds === undefined ? -1 : kept.seconds * 2 + (kept.shared ? 1 : 0)
  let headers = cached.get(key)
  if (!headers) {
    if (cached.size >= MAX_KEPT_HEADERS) cached.clear()
    headers = new Headers({
      'Content-Type': MEDIA_TYPE[format],
      'Cache-Control': cacheControl(kept),
      'X-Content-Type-Options': 'nosniff',
      'Access-Control-Allow-Origin': '*',
      Vary: 'Accept',
    })
    cached.set(key, headers)
  }
  return headers
}

const HEADERS: Readonly<Record<Format, Map<number, Headers>>> = {
  message: new Map(),
  'cloudflare-json': new Map(),
  'google-json': new Map(),
}
const MAX_KEPT_HEADERS = 1000
