import { type Context, Hono } from 'hono'
import { logEvent } from '../../events.ts'
import { Guesses, hasKeys, type Key, refusalOf } from '../../keys/index.ts'
import { MAX_BACKEND_CALL_BYTES } from '../../limits.ts'
import type { ApiEnv } from '../access.ts'
import { keyed } from '../authenticate.ts'
import { API_OFF, tooManyGuesses } from '../authentication.ts'
import { readText } from '../bodies.ts'
import { compactJson, problem } from '../replies.ts'
import { answerCall } from './backend.ts'
import { parseCall } from './call.ts'
import { KnownFacts } from './facts.ts'
import { KnownSigning } from './signing.ts'
import { isSigningWrite } from './signing-calls.ts'

/** `/pdns/<key>/…`: PowerDNS's remote backend over HTTP, for keys that may read. PowerDNS sends no header of a key. */
export function remoteBackendRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  const guesses = new Guesses(logEvent)
  const facts = new KnownFacts()
  const signing = new KnownSigning()
  // The path `/pdns` alone is answered, too.
  routes.all('/pdns/*', (c) => respond(c, guesses, facts, signing))
  return routes
}

async function respond(
  c: Context<ApiEnv>,
  guesses: Guesses,
  facts: KnownFacts,
  signing: KnownSigning,
): Promise<Response> {
  const [, , secret = '', ...segments] = new URL(c.req.url).pathname.split('/')
  const sender = await senderOf(c, secret, guesses)
  if (sender instanceof Response) return sender
  const body = WITH_BODY.has(c.req.method) ? await readText(c, MAX_BACKEND_CALL_BYTES) : undefined
  if (body instanceof Response) return body
  const call = parseCall({ segments, headers: c.req.raw.headers, body })
  if (!call.ok) return problem(400, call.error)
  const { served, ledgers } = c.env
  const signingRefusal = refusalOf(sender, { kind: 'signing' })
  const sources = { served, ledgers, facts, signing, signingRefusal, random: Math.random, now: Date.now() }
  const answered = await answerCall(call.value, sources)
  // PowerDNS answers SERVFAIL to an error, and its log has the status.
  const response = answered.ok ? compactJson(200, answered.value) : problem(answered.error.status, answered.error.why)
  const { method } = call.value
  const { status } = response
  if (isSigningWrite(method)) {
    logEvent({ event: 'api-write', key: sender.name, method: c.req.method, path: `/pdns/…/${method}`, status })
  }
  return response
}

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Returns the key of a request, or the response if it may not read. That to a wrong key is no result of a call:
 * PowerDNS must not take it for "no such zone".
 */
async function senderOf(c: Context<ApiEnv>, segment: string, guesses: Guesses): Promise<Key | Response> {
  const secret = decoded(segment)
  const sender = secret === '' ? undefined : await keyed(secret, c.env, Date.now())
  if (sender?.kind === 'key') {
    const why = refusalOf(sender.key, { kind: 'read-answers' })
    return why === undefined ? sender.key : problem(403, why)
  }
  if (sender) return problem(404, sender.why)
  if (c.env.apiKey === undefined && !(await hasKeys(c.env.keys))) return problem(404, API_OFF)
  return tooManyGuesses(c.req.raw, guesses) ?? problem(404, WRONG)
}

const WRONG = 'the key in the path is not known; expected /pdns/<key>/lookup/… with a key that may read'

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return ''
  }
}
