/**
 * The headers of all replies of the API: nothing of it is for a cache. Pages of other sites may not read it (no CORS).
 */
const COMMON = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const

type Headers = Readonly<Record<string, string>>

/**
 * An error of our own routes, as problem details (RFC 9457). `error` is `detail` under the name that PowerDNS's API has
 * for it: a client that reads `error` reads the errors of all routes.
 */
export function problem(status: number, detail: string, more: object = {}, headers: Headers = {}): Response {
  const body = { type: 'about:blank', title: TITLES.get(status) ?? 'Error', status, detail, error: detail, ...more }
  return textReply(status, 'application/problem+json', body, headers)
}

/** RFC 9457 §4.2.1: the title of `about:blank` is that of the status. */
const TITLES: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [409, 'Conflict'],
  [412, 'Precondition Failed'],
  [413, 'Content Too Large'],
  [415, 'Unsupported Media Type'],
  [422, 'Unprocessable Content'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
])

/** An error of PowerDNS's routes. Some clients compare all of the Content-Type, and read the text of no other one. */
const powerdnsError = (status: number, error: string, headers: Headers = {}): Response =>
  new Response(JSON.stringify({ error }), {
    status,
    headers: { ...COMMON, ...headers, 'Content-Type': 'application/json' },
  })

/** An error in the form of the routes that the path belongs to. */
export const errorFor = (path: string, status: number, error: string, headers: Headers = {}): Response =>
  isPowerdns(path) ? powerdnsError(status, error, headers) : problem(status, error, {}, headers)

/** True for the paths that PowerDNS's API has: `/api`, `/api/v1`, and what is below `/api/v1/servers`. */
export const isPowerdns = (path: string): boolean => /^\/api\/?(v1\/?(servers(\/.*)?)?)?$/.test(path)

/** JSON of our own routes, indented for people. */
export const json = (status: number, body: unknown, headers: Headers = {}): Response =>
  textReply(status, 'application/json; charset=UTF-8', body, headers)

/** JSON that is written already. */
export const jsonText = (status: number, text: string): Response =>
  new Response(text, { status, headers: { ...COMMON, 'Content-Type': 'application/json; charset=UTF-8' } })

/** JSON for programs alone. */
export const compactJson = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...COMMON, 'Content-Type': 'application/json' } })

export const noContent = (): Response => new Response(null, { status: 204, headers: COMMON })

const textReply = (status: number, type: string, body: unknown, headers: Headers): Response =>
  new Response(`${JSON.stringify(body, null, 2)}\n`, {
    status,
    headers: { ...COMMON, ...headers, 'Content-Type': type },
  })
