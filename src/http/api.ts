import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { logEvent } from '../events.ts'
import { SIGNATURE_HEADERS, verify } from '../health/index.ts'
import { MAX_PUSH_BYTES, MAX_REPORT_BYTES } from '../limits.ts'
import { object } from '../schema.ts'
import { type BodyError, BROKEN, readBody } from './body.ts'
import { Guesses } from './guesses.ts'
import { isMatch, parseIfMatch } from './if-match.ts'
import { connectionOf } from './origin.ts'
import { failed } from './problem.ts'
import { sameSecret } from './secret.ts'

export type ApiReply = {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The operations of the control API, for one request: by then its sender is known, and its body has a valid shape. */
export type Control = {
  /** Undefined: the API is off. */
  readonly apiKey: string | undefined
  readonly hasAgents: boolean
  readonly agentSecret: (agent: string) => string | undefined
  readonly health: () => Promise<ApiReply>
  readonly overrides: () => Promise<ApiReply>
  readonly putOverrides: (text: string, isExpected: ((etag: string) => boolean) | undefined) => Promise<ApiReply>
  readonly push: (entries: readonly PushEntry[]) => Promise<ApiReply>
  readonly agentProbes: (agent: string) => Promise<ApiReply>
  readonly agentReport: (agent: string, text: string) => Promise<ApiReply>
}

const NUMBER = 'expected a number of 0 or more'
const number = v.optional(v.pipe(v.number(NUMBER), v.finite(NUMBER), v.minValue(0, NUMBER)))
const pushSchema = object({
  check: v.string('expected a check with its zone, like "example.com/load"'),
  target: v.optional(v.string('expected a target, like "192.0.2.1"')),
  state: v.optional(v.picklist(['up', 'down'], 'expected "up" or "down"')),
  load: number,
  weight: number,
  why: v.optional(v.pipe(v.string('expected text'), v.maxLength(80, 'expected at most 80 characters'))),
})

/** The state that an application reports of a target, or of all targets of a check. */
export type PushEntry = v.InferOutput<typeof pushSchema>

const METHODS: ReadonlyMap<string, string> = new Map([
  ['/api/v1/health', 'GET, HEAD'],
  ['/api/v1/overrides', 'GET, HEAD, PUT'],
  ['/api/v1/push', 'POST'],
  ['/api/v1/agents/:agent/probes', 'GET, HEAD'],
  ['/api/v1/agents/:agent/report', 'POST'],
])

/**
 * `/api/v1/…`: people and applications by the API key, agents by their signature. Pages of other sites have no business
 * here: no reply allows them in (CORS), errors neither.
 */
export function createApi(): Hono<{ Bindings: Control }> {
  const app = new Hono<{ Bindings: Control }>()
  type C = Context<{ Bindings: Control }>

  const guesses = new Guesses(logEvent)
  const keyed = (handle: (c: C) => Promise<ApiReply>) =>
    answered(async (c: C) => {
      const key = c.env.apiKey
      if (key === undefined) return { status: 404, body: { error: 'the API is off; set the secret API_KEY' } }
      const offered = c.req.header('x-api-key') ?? ''
      // A request without a key guesses nothing.
      if (offered === '') return UNKEYED
      const connection = connectionOf(c.req.raw)
      const wait = guesses.take(connection, Date.now())
      if (wait !== undefined) return tooMany(wait)
      if (!(await sameSecret(offered, key))) {
        guesses.tell(connection, Date.now())
        return UNKEYED
      }
      guesses.right(connection, Date.now())
      return handle(c)
    })

  app.get(
    '/api/v1/health',
    keyed((c) => c.env.health()),
  )
  app.get(
    '/api/v1/overrides',
    keyed((c) => c.env.overrides()),
  )
  app.put(
    '/api/v1/overrides',
    keyed(async (c) => {
      const expected = parseIfMatch(c.req.header('if-match'))
      if (!expected.ok) return { status: 400, body: { error: expected.error } }
      const { value } = expected
      const isExpected = value && ((etag: string) => isMatch(value, etag))
      return withText(c, MAX_PUSH_BYTES, (text) => c.env.putOverrides(text, isExpected))
    }),
  )
  app.post(
    '/api/v1/push',
    keyed((c) =>
      withText(c, MAX_PUSH_BYTES, async (text) => {
        const entries = parsePush(text)
        return 'error' in entries ? { status: 422, body: entries } : c.env.push(entries)
      }),
    ),
  )

  const signed = (handle: (c: C, agent: string, text: string) => Promise<ApiReply>) =>
    answered(async (c: C) => {
      if (!c.env.hasAgents) return { status: 404, body: { error: 'no agents are known; set the secret AGENT_KEYS' } }
      const body = await readBody(c.req.raw, MAX_REPORT_BYTES)
      if (!body.ok) return badBody(body.error, MAX_REPORT_BYTES)
      const agent = c.req.param('agent') ?? ''
      const refused = await refusal(c, agent, body.value, c.env.agentSecret(agent))
      if (refused !== undefined) return { status: 401, body: { error: refused } }
      return handle(c, agent, new TextDecoder().decode(body.value))
    })

  app.get(
    '/api/v1/agents/:agent/probes',
    signed((c, agent) => c.env.agentProbes(agent)),
  )
  app.post(
    '/api/v1/agents/:agent/report',
    signed((c, agent, text) => c.env.agentReport(agent, text)),
  )
  for (const [path, methods] of METHODS) {
    app.all(path, () =>
      json({ status: 405, body: { error: `expected one of ${methods}` }, headers: { Allow: methods } }),
    )
  }
  const paths = `expected ${[...METHODS.keys()].join(', ')}`
  app.all('/api/*', () => json({ status: 404, body: { error: paths } }))
  app.onError(failed)
  return app
}

const UNKEYED: ApiReply = { status: 401, body: { error: 'expected the API key in the header X-API-Key' } }

const tooMany = (waitMs: number): ApiReply => ({
  status: 429,
  body: { error: 'too many wrong keys from this address; expected at most one a second' },
  headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) },
})

/** A fault of our own is told without its details, which are for the log. */
const answered =
  <C>(handle: (c: C) => Promise<ApiReply>) =>
  async (c: C): Promise<Response> => {
    try {
      return json(await handle(c))
    } catch (error) {
      logEvent({ event: 'api-failed', why: String(error) })
      return json({ status: 503, body: { error: 'storage could not be reached, or failed; try again' } })
    }
  }

/** Why a request is not that of the agent whose path it asks for. */
async function refusal(
  c: Context,
  agent: string,
  body: Uint8Array,
  secret: string | undefined,
): Promise<string | undefined> {
  const header = (name: keyof typeof SIGNATURE_HEADERS): string => c.req.header(SIGNATURE_HEADERS[name]) ?? ''
  const missing = Object.entries(SIGNATURE_HEADERS).filter(
    ([name]) => header(name as keyof typeof SIGNATURE_HEADERS) === '',
  )
  const at = /^\d{1,15}$/.test(header('at')) ? Number(header('at')) : 0
  const agentSecret = header('agent') === agent ? secret : undefined
  const signed = { agent, method: c.req.method, path: c.req.path, at, body }
  const verified = await verify(agentSecret, signed, header('signature'), Date.now())
  if (missing.length > 0)
    return `the request is not signed; expected the headers ${missing.map(([, name]) => name).join(', ')}`
  return verified.ok ? undefined : verified.error
}

async function withText(c: Context, maxBytes: number, handle: (text: string) => Promise<ApiReply>): Promise<ApiReply> {
  const body = await readBody(c.req.raw, maxBytes)
  return body.ok ? handle(new TextDecoder().decode(body.value)) : badBody(body.error, maxBytes)
}

const badBody = (error: BodyError, maxBytes: number): ApiReply =>
  error === 'broken'
    ? { status: 400, body: { error: BROKEN } }
    : { status: 413, body: { error: `expected at most ${maxBytes} octets` } }

function parsePush(text: string): readonly PushEntry[] | { error: string } {
  const shape =
    'expected JSON like { "check": "example.com/load", "target": "192.0.2.1", "load": 42 }, or a list of them'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { error: `not JSON; ${shape}` }
  }
  const parsed = v.safeParse(v.array(pushSchema), Array.isArray(value) ? value : [value])
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const at = issue.path
    ?.slice(1)
    .map((item) => item.key)
    .join('.')
  return { error: `${at ? `${at}: ` : ''}${issue.message}` }
}

const json = ({ status, body, headers }: ApiReply): Response =>
  new Response(`${JSON.stringify(body, null, 2)}\n`, {
    status,
    headers: {
      ...headers,
      'Content-Type': 'application/json; charset=UTF-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  })
