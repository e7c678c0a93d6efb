import { unreachable } from '../result.ts'
import type { NeedsZone, Reply } from '../zone/query-path.ts'
import { cacheControl, type Keeping, keeping } from './cache.ts'
import type { Format } from './format.ts'
import { problem } from './problem.ts'
import type { QueryRequest } from './read-request.ts'

/** Writes the response to a DNS query. Every DNS reply is status 200, whatever its rcode (RFC 8484 §4.2.1). */
export function writeResponse(
  answered: Reply | NeedsZone,
  { method, format }: Pick<QueryRequest, 'method' | 'format'>,
): Response {
  switch (answered.kind) {
    case 'reply': {
      const body = method === 'HEAD' ? null : format.body(answered)
      return new Response(body, templateFor(format, keeping(answered, method)))
    }
    case 'needs-zone':
      return problem(503, 'the zones could not be read in time; try again', { 'Retry-After': '1' })
    default:
      return unreachable(answered)
  }
}

/**
 * Returns a response without a body, whose status and headers another one copies. Making a response costs more than
 * finding its answer: most from fields and strings, less from a `Headers` object, and least from a `Response`.
 */
function templateFor(format: Format, kept: Keeping): Response {
  const { templates, mediaType } = format
  const key = kept.seconds === undefined ? -1 : kept.seconds * 2 + (kept.shared ? 1 : 0)
  let template = templates.get(key)
  if (!template) {
    if (templates.size >= MAX_TEMPLATES) templates.clear()
    const headers = {
      'Content-Type': mediaType,
      'Cache-Control': cacheControl(kept),
      'X-Content-Type-Options': 'nosniff',
      'Access-Control-Allow-Origin': '*',
      Vary: 'Accept',
    }
    template = new Response(null, { headers })
    templates.set(key, template)
  }
  return template
}

const MAX_TEMPLATES = 1000
