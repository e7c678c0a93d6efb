import { MEDIA_TYPE } from './format.ts'
import type { ParameterError } from './parameters.ts'

/** An HTTP error in words. No DNS message could be answered, so that there is no DNS reply. */
export function problem(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, { status, headers: { ...PLAIN, ...headers } })
}

const PLAIN = {
  'Content-Type': 'text/plain; charset=UTF-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Access-Control-Allow-Origin': '*',
}

/** A bad parameter in the form that the clients of either peer know. */
export function badParameter(error: ParameterError, style: 'cloudflare-json' | 'google-json'): Response {
  const body =
    style === 'cloudflare-json'
      ? { error: error.message }
      : { Status: 2, Comment: `Invalid argument value: "${error.parameter}" = "${error.value}"`, error: error.message }
  return new Response(JSON.stringify(body), { status: 400, headers: { ...PLAIN, 'Content-Type': MEDIA_TYPE[style] } })
}
