import type { Call, Story } from './powerdns-api-cases.ts'

/** A server of the API, by a key that may do everything. @property fetch sends a request for a path */
export type ApiServer = { readonly key: string; readonly fetch: (path: string, init: RequestInit) => Promise<Response> }

/** Returns the server that listens at a URL. */
export const serverAt = (url: string, key: string): ApiServer => ({
  key,
  fetch: (path, init) => fetch(`${url}${path}`, init),
})

/** The answer of a server. `body` is parsed if it is JSON. */
export type Answer = {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly body: unknown
  readonly hasSerials: boolean
}

export type Outcome = { readonly story: string; readonly call: Call; readonly answer: Answer }

/** Runs stories after each other on one server; each leaves it without zones. */
export async function runStories(server: ApiServer, stories: readonly Story[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  await removeZones(server)
  for (const { title, calls } of stories) {
    for (const call of calls) outcomes.push({ story: title, call, answer: await answerTo(server, call) })
    await removeZones(server)
  }
  return outcomes
}

const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/^S(?=\/|$)/, '/api/v1/servers/localhost'],
  [/^Z(?=[/?]|$)/, '/api/v1/servers/localhost/zones'],
]

export const pathOfCall = (path: string): string =>
  PREFIXES.reduce((whole, [prefix, meant]) => whole.replace(prefix, meant), path)

async function answerTo(server: ApiServer, { request, headers, body, text }: Call): Promise<Answer> {
  const space = request.indexOf(' ')
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await server.fetch(pathOfCall(request.slice(space + 1)), {
    method: request.slice(0, space),
    headers: { 'X-API-Key': server.key, ...headers },
    ...(sent !== undefined && { body: sent }),
  })
  const received = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    type,
    text: received,
    body: type.startsWith('application/json') && received !== '' ? JSON.parse(received) : received,
    hasSerials: response.headers.has('x-pdns-new-serial'),
  }
}

async function removeZones(server: ApiServer): Promise<void> {
  const headers = { 'X-API-Key': server.key }
  const zones = '/api/v1/servers/localhost/zones'
  const listed = (await (await server.fetch(zones, { headers })).json()) as { id: string }[]
  for (const { id } of listed) await server.fetch(`${zones}/${id}`, { method: 'DELETE', headers })
}
