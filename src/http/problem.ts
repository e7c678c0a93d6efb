import { logEvent } from '../events.ts'

/** An HTTP error in words. No DNS message could be answered, so that there is no DNS reply. */
export function problem(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, { status, headers: { ...PLAIN, ...headers } })
}

export const PLAIN = {
  'Content-Type': 'text/plain; charset=UTF-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Access-Control-Allow-Origin': '*',
}

/** The answer to a CORS preflight. */
export function preflight(methods: string): Response {
  const headers = {
    Allow: methods,
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Allow-Headers': 'Content-Type, Accept',
    'Access-Control-Max-Age': '86400',
  }
  return new Response(null, { status: 204, headers })
}

/** A fault of our own: the details are for the log. */
export function failed(error: unknown): Response {
  const stack = error instanceof Error ? error.stack : undefined
  logEvent({ event: 'error', why: String(error), stack })
  return problem(500, 'internal error')
}
