import { getPath, getQueryParam } from 'hono/utils/url'
import { buildQuery } from '../dns/query-path.ts'
import { MAX_MESSAGE_BYTES, MAX_URL_CHARS } from '../limits.ts'
import type { Answered } from '../zone/query-path.ts'
import type { Control } from './api.ts'
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

/**
 * The HTTP side: RFC 8484, the JSON forms of Cloudflare and Google, over one engine; and the control API, whose code is
 * loaded with its first request.
 */
export function createHandler<Env extends object>(
  ask: Ask<Env>,
  loadControl: () => Promise<Control<Env>>,
): Handler<Env> {
  let api: Handler<Env> | undefined
  const loadApi = async (): Promise<Handler<Env>> => {
    const [{ createApi }, control] = await Promise.all([import('./api.ts'), loadControl()])
    api ??= createApi(control).fetch
    return api
  }
  const handle = (asked: Asked<Env>): Answer => {
    const { request, env, execution } = asked
    const message = onlyMessage(request)
    if (message) return answerMessage(ask, asked, message)
    const path = getPath(request)
    if (!/^\/api(\/|$)/.test(path)) return route(ask, asked, path)
    return api ? api(request, env, execution) : loadApi().then((loaded) => loaded(request, env, execution))
  }
  return (request, env, execution) => {
    try {
      const answered = handle({ request, env, execution })
      return answered instanceof Promise ? answered.catch(failed) : answered
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

type Answer = Response | Promise<Response>
type Asked<Env> = { readonly request: Request; readonly env: Env; readonly execution: Execution }

/** Answers all but the API. The reply to HEAD is that to GET without its body (RFC 9110 §9.3.2). */
function route<Env>(ask: Ask<Env>, asked: Asked<Env>, path: string): Answer {
  const { method } = asked.request
  const allowed = METHODS.get(path)
  if (method === 'HEAD') return withoutBody(allowed ? answerGet(ask, asked, path) : unknown())
  if (!allowed) return unknown()
  if (method === 'OPTIONS') return preflight(allowed)
  if (method === 'GET') return answerGet(ask, asked, path)
  if (method === 'POST' && path === '/dns-query') return answerPost(ask, asked)
  return problem(405, `expected one of ${allowed}`, { Allow: allowed })
}

const unknown = (): Response => problem(404, 'expected /dns-query, /resolve or /api/v1/…')

const withoutBody = async (answer: Answer): Promise<Response> => new Response(null, await answer)

const METHODS: ReadonlyMap<string, string> = new Map([
  ['/dns-query', 'GET, HEAD, POST, OPTIONS'],
  ['/resolve', 'GET, HEAD, OPTIONS'],
])

// --- the three forms ------------------------------------------------------------------------------------------------

/** The parameter `ct`, of which only the first counts. */
const typeOf = ({ request }: Asked<unknown>): string | undefined => {
  const ct = getQueryParam(request.url, 'ct')
  return typeof ct === 'string' ? ct : undefined
}

function answerGet<Env>(ask: Ask<Env>, asked: Asked<Env>, path: string): Answer {
  const { url } = asked.request
  if (path === '/resolve') return answerJson(ask, asked, parametersOf(url), 'google-json')
  const dns = getQueryParam(url, 'dns')
  if (typeof dns === 'string') return answerEncoded(ask, asked, dns)
  const get = parametersOf(url)
  if (get('name')) return answerJson(ask, asked, get, 'cloudflare-json')
  return problem(400, 'the parameter "dns" is missing; expected a DNS message in base64url (RFC 8484 §4.1), or "name"')
}

function answerEncoded<Env>(ask: Ask<Env>, asked: Asked<Env>, dns: string): Answer {
  if (dns.length > MAX_URL_CHARS) return problem(414, `expected at most ${MAX_URL_CHARS} characters`)
  const message = decodeBase64Url(dns)
  if (message) return answerMessage(ask, asked, message, typeOf(asked))
  return problem(400, 'the parameter "dns" is not base64url; expected A-Z a-z 0-9 - _ (RFC 4648 §5)')
}

function answerMessage<Env>(ask: Ask<Env>, asked: Asked<Env>, message: Uint8Array, ct?: string): Answer {
  const format = chooseFormat(ct, asked.request.headers.get('accept'), 'message')
  return format ? answer(ask, asked, message, format) : notAcceptable()
}

async function answerPost<Env>(ask: Ask<Env>, asked: Asked<Env>): Promise<Response> {
  const { headers } = asked.request
  if (mediaType(headers.get('content-type') ?? '') !== 'application/dns-message') {
    return problem(415, 'expected Content-Type: application/dns-message (RFC 8484 §4.1)')
  }
  const format = chooseFormat(typeOf(asked), headers.get('accept'), 'message')
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
