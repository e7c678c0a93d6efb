import { type Context, Hono } from 'hono'
import { buildQuery } from '../dns/index.ts'
import { MAX_MESSAGE_BYTES, MAX_URL_CHARS } from '../limits.ts'
import type { Answered } from '../zone/index.ts'
import { addApi, type Control } from './api.ts'
import { decodeBase64Url } from './base64url.ts'
import { BROKEN, readBody } from './body.ts'
import { From } from './client.ts'
import { chooseFormat, type Format, mediaType } from './format.ts'
import { parseParameters } from './parameters.ts'
import { badParameter, failed, preflight, problem } from './problem.ts'
import { type Parameters, parametersOf } from './query-string.ts'
import { respond } from './respond.ts'

/** What answers a message: `worker.ts` gives the engine with the isolate's zones. Only a zone to be loaded makes it wait. */
type Ask<Env> = (message: Uint8Array, from: From, env: Env, waitUntil: WaitUntil) => Answered | Promise<Answered>
type WaitUntil = (work: Promise<unknown>) => void

/** What a Worker gets with a request; Hono has the same. */
type Execution = { waitUntil(work: Promise<unknown>): void; passThroughOnException(): void; props: unknown }
type Handler<Env> = (request: Request, env: Env, execution: Execution) => Response | Promise<Response>

/** The HTTP side: RFC 8484, the JSON forms of Cloudflare and Google, over one engine; and the control API. */
export function createHandler<Env extends object>(ask: Ask<Env>, control: Control<Env>): Handler<Env> {
  const app = createApp(ask, control)
  return (request, env, execution) => {
    const message = onlyMessage(request)
    if (!message) return app.fetch(request, env, execution)
    try {
      return answerMessage(ask, { request, env, execution }, message)
    } catch (error) {
      return failed(error)
    }
  }
}

/**
 * The message of a GET with `dns` and nothing else, which is what DoH clients send. It is answered without going
 * through the router: that costs as much as the answer. Whatever else it may be is the router's, mistakes included.
 */
function onlyMessage(request: Request): Uint8Array | undefined {
  const { url } = request
  const path = url.indexOf('/', 'https://'.length)
  if (!url.startsWith(DOH_GET, path) || url.length > MAX_URL_CHARS || request.method !== 'GET') return undefined
  return decodeBase64Url(url.slice(path + DOH_GET.length))
}

const DOH_GET = '/dns-query?dns='

type Asked<Env> = { readonly request: Request; readonly env: Env; readonly execution: Execution }

function createApp<Env extends object>(ask: Ask<Env>, control: Control<Env>): Hono<{ Bindings: Env }> {
  type C = Context<{ Bindings: Env }>
  const app = new Hono<{ Bindings: Env }>()
  const asked = (c: C): Asked<Env> => ({ request: c.req.raw, env: c.env, execution: c.executionCtx })

  app.get('/dns-query', (c) => {
    const dns = c.req.query('dns')
    if (dns !== undefined) return answerGet(ask, asked(c), dns, c.req.query('ct'))
    const get = parametersOf(c.req.url)
    if (get('name')) return answerJson(ask, asked(c), get, 'cloudflare-json')
    return problem(
      400,
      'the parameter "dns" is missing; expected a DNS message in base64url (RFC 8484 §4.1), or "name"',
    )
  })
  app.post('/dns-query', (c) => answerPost(ask, asked(c), c.req.query('ct')))
  app.get('/resolve', (c) => answerJson(ask, asked(c), parametersOf(c.req.url), 'google-json'))
  addApi(app, control)
  for (const [path, allowed] of METHODS) app.options(path, () => preflight(allowed))
  app.notFound((c) => {
    const allowed = METHODS.get(c.req.path)
    if (!allowed) return problem(404, 'expected /dns-query, /resolve or /api/v1/…')
    return problem(405, `expected one of ${allowed}`, { Allow: allowed })
  })
  app.onError(failed)
  return app
}

const METHODS: ReadonlyMap<string, string> = new Map([
  ['/dns-query', 'GET, HEAD, POST, OPTIONS'],
  ['/resolve', 'GET, HEAD, OPTIONS'],
])

// --- the three forms ------------------------------------------------------------------------------------------------

type Answer = Response | Promise<Response>

function answerGet<Env>(ask: Ask<Env>, asked: Asked<Env>, dns: string, ct?: string): Answer {
  if (dns.length > MAX_URL_CHARS) return problem(414, `expected at most ${MAX_URL_CHARS} characters`)
  const message = decodeBase64Url(dns)
  if (message) return answerMessage(ask, asked, message, ct)
  return problem(400, 'the parameter "dns" is not base64url; expected A-Z a-z 0-9 - _ (RFC 4648 §5)')
}

function answerMessage<Env>(ask: Ask<Env>, asked: Asked<Env>, message: Uint8Array, ct?: string): Answer {
  const format = chooseFormat(ct, asked.request.headers.get('accept'), 'message')
  return format ? answer(ask, asked, message, format) : notAcceptable()
}

async function answerPost<Env>(ask: Ask<Env>, asked: Asked<Env>, ct: string | undefined): Promise<Response> {
  const { headers } = asked.request
  if (mediaType(headers.get('content-type') ?? '') !== 'application/dns-message') {
    return problem(415, 'expected Content-Type: application/dns-message (RFC 8484 §4.1)')
  }
  const format = chooseFormat(ct, headers.get('accept'), 'message')
  if (!format) return notAcceptable()
  const body = await readBody(asked.request, MAX_MESSAGE_BYTES)
  if (body.ok) return answer(ask, asked, body.value, format)
  return body.error === 'broken' ? problem(400, BROKEN) : problem(413, TOO_LONG)
}

function answerJson<Env>(
  ask: Ask<Env>,
  asked: Asked<Env>,
  get: Parameters,
  usual: 'cloudflare-json' | 'google-json',
): Answer {
  const ct = get('ct')
  const format = chooseFormat(ct?.ok ? ct.value : undefined, asked.request.headers.get('accept'), usual)
  if (!format) return notAcceptable()
  const question = parseParameters(get)
  return question.ok ? answer(ask, asked, buildQuery(question.value), format) : badParameter(question.error, usual)
}

function answer<Env>(
  ask: Ask<Env>,
  { request, env, execution }: Asked<Env>,
  message: Uint8Array,
  format: Format,
): Answer {
  const answered = ask(message, new From(request), env, (work) => execution.waitUntil(work))
  return answered instanceof Promise
    ? answered.then((later) => respond(later, request.method, format))
    : respond(answered, request.method, format)
}

const TOO_LONG = `a DNS message has at most ${MAX_MESSAGE_BYTES} octets`

const notAcceptable = (): Response =>
  problem(406, 'expected Accept to have application/dns-message, application/dns-json, application/json or */*')
