import { type Context, Hono } from 'hono'
import { MAX_MESSAGE_BYTES, MAX_URL_CHARS } from '../limits.ts'
import type { Answered } from '../zone/index.ts'
import { readBody } from './body.ts'
import { From } from './client.ts'
import { chooseFormat, type Format, mediaType } from './format.ts'
import { parseParameters, toQuery } from './parameters.ts'
import { badParameter, problem } from './problem.ts'
import { respond } from './respond.ts'

/** What answers a message: `worker.ts` gives the engine with the isolate's zones. Only a zone to be loaded makes it wait. */
export type Ask<Env> = (
  message: Uint8Array,
  from: From,
  env: Env,
  waitUntil: (work: Promise<unknown>) => void,
) => Answered | Promise<Answered>

/** The HTTP side: RFC 8484, and the JSON forms of Cloudflare and Google, over one engine. */
export function createApp<Env extends object>(ask: Ask<Env>): Hono<{ Bindings: Env }> {
  type C = Context<{ Bindings: Env }>
  const app = new Hono<{ Bindings: Env }>()

  const reply = (c: C, message: Uint8Array, format: Format): Response | Promise<Response> => {
    const answered = ask(message, new From(c.req.raw), c.env, (work) => c.executionCtx.waitUntil(work))
    const { method } = c.req
    return answered instanceof Promise
      ? answered.then((a) => respond(a, method, format))
      : respond(answered, method, format)
  }

  const parameter = (c: C) => (name: string) => c.req.query(name) ?? otherCase(c, name)

  const jsonForm = (c: C, usual: 'cloudflare-json' | 'google-json'): Response | Promise<Response> => {
    const get = parameter(c)
    const format = chooseFormat(get('ct'), c.req.header('accept'), usual)
    if (!format) return problem(406, NOT_ACCEPTABLE)
    const question = parseParameters(get)
    return question.ok ? reply(c, toQuery(question.value), format) : badParameter(question.error, usual)
  }

  app.get('/dns-query', (c) => {
    const dns = c.req.query('dns')
    if (c.req.url.length > MAX_URL_CHARS) return problem(414, `expected a URL of at most ${MAX_URL_CHARS} characters`)
    if (dns === undefined) {
      if (parameter(c)('name') !== undefined) return jsonForm(c, 'cloudflare-json')
      return problem(
        400,
        'the parameter "dns" is missing; expected a DNS message in base64url (RFC 8484 §4.1), or "name"',
      )
    }
    const format = chooseFormat(c.req.query('ct'), c.req.header('accept'), 'message')
    if (!format) return problem(406, NOT_ACCEPTABLE)
    const message = decodeBase64Url(dns)
    if (!message) return problem(400, 'the parameter "dns" is not base64url; expected A-Z a-z 0-9 - _ (RFC 4648 §5)')
    return reply(c, message, format)
  })

  app.post('/dns-query', async (c) => {
    if (mediaType(c.req.header('content-type') ?? '') !== 'application/dns-message') {
      return problem(415, 'expected Content-Type: application/dns-message (RFC 8484 §4.1)')
    }
    const format = chooseFormat(c.req.query('ct'), c.req.header('accept'), 'message')
    if (!format) return problem(406, NOT_ACCEPTABLE)
    const body = await readBody(c.req.raw, MAX_MESSAGE_BYTES)
    return body ? reply(c, body, format) : problem(413, `a DNS message has at most ${MAX_MESSAGE_BYTES} octets`)
  })

  app.get('/resolve', (c) => jsonForm(c, 'google-json'))

  for (const [path, allowed] of METHODS) {
    app.options(path, () => new Response(null, { status: 204, headers: { ...preflight(allowed), Allow: allowed } }))
  }
  // A path is matched here and not by `app.all`: with one handler for a route Hono calls it without a chain of promises.
  app.notFound((c) => {
    const allowed = METHODS.get(c.req.path)
    return allowed
      ? problem(405, `expected one of ${allowed}`, { Allow: allowed })
      : problem(404, 'expected /dns-query or /resolve')
  })
  app.onError((error) => {
    console.error(JSON.stringify({ event: 'error', why: String(error), stack: error.stack }))
    return problem(500, 'internal error')
  })
  return app
}

const METHODS: ReadonlyMap<string, string> = new Map([
  ['/dns-query', 'GET, HEAD, POST, OPTIONS'],
  ['/resolve', 'GET, HEAD, OPTIONS'],
])

const NOT_ACCEPTABLE = 'expected Accept to have application/dns-message, application/dns-json, application/json or */*'

/** Google reads parameter names in any case. */
function otherCase(c: Context, name: string): string | undefined {
  return Object.entries(c.req.query()).find(([key]) => key.toLowerCase() === name)?.[1]
}

/** RFC 4648 §5; padding is allowed, though RFC 8484 has none. */
function decodeBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(text)) return undefined
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' })
  } catch {
    return undefined
  }
}

const preflight = (methods: string) => ({
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': methods,
  'Access-Control-Allow-Headers': 'Content-Type, Accept',
  'Access-Control-Max-Age': '86400',
})
