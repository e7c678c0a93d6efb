import type { Refused } from '../../ledger/index.ts'
import type { Refusal } from '../../rrsets/index.ts'
import { jsonText } from './json.ts'

/** The reply to a request: JSON, or a text, or nothing. */
export type Reply = {
  readonly status: number
  readonly json?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

export const json = (status: number, body: unknown): Reply => ({ status, json: body })

/** @param errors the single errors, if there are several */
export const failure = (status: number, error: string, errors?: readonly string[]): Reply =>
  json(status, { error, errors })

export const NO_CONTENT: Reply = { status: 204 }

/** PowerDNS's own word, which clients compare. */
export const NOT_FOUND: Reply = failure(404, 'Not Found')

export const forbidden = (reason: string): Reply => failure(403, reason)

export const refusalReply = ({ status, error, errors }: Refusal): Reply => failure(status, error, errors)

/** The reply to a change that was not taken. A zone that is not there has PowerDNS's word. */
export const refusedReply = ({ status, error, details }: Refused): Reply =>
  status === 404 ? NOT_FOUND : failure(status, error, details)

/**
 * Makes the response of a reply. Its Content-Type is exactly `application/json`: go-powerdns compares the whole header,
 * and loses the text of an error otherwise. A 204 has none. Pages of other sites may not read it: it has no CORS
 * headers.
 */
export function responseOf({ status, json: body, text, headers }: Reply): Response {
  const type = body === undefined ? 'text/plain; charset=us-ascii' : 'application/json'
  const content = body === undefined ? (text ?? null) : jsonText(body)
  return new Response(content, {
    status,
    headers: {
      ...(content !== null && { 'Content-Type': type }),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
  })
}
