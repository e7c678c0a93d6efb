import { createMiddleware } from 'hono/factory'
import { logEvent } from '../events.ts'
import { connectionOf } from '../http/index.ts'
import { Guesses, type Key, refusalOf } from '../keys/index.ts'
import { unreachable } from '../result.ts'
import type { Access, KeyedEnv, Sender } from './access.ts'
import { authenticate } from './authenticate.ts'
import { errorFor } from './replies.ts'

/** Lets requests with a key pass, and sets `access`. One object counts the wrong keys of an isolate. */
export function authentication() {
  const guesses = new Guesses(logEvent)
  return createMiddleware<KeyedEnv>(async (c, next) => {
    const { path } = c.req
    const { known } = c.env
    const sender: Sender = known ? { kind: 'key', key: known } : await authenticate(c.req.raw, c.env, Date.now())
    switch (sender.kind) {
      case 'key':
        c.set('access', accessOf(sender.key))
        return next()
      case 'off':
        return errorFor(path, 404, API_OFF)
      case 'refused':
        return errorFor(path, sender.status, sender.why, sender.status === 401 ? CHALLENGE : {})
      // A request without a key guesses nothing.
      case 'unkeyed':
        return errorFor(path, 401, UNKEYED, CHALLENGE)
      case 'wrong': {
        return tooManyGuesses(c.req.raw, guesses) ?? errorFor(path, 401, UNKNOWN, CHALLENGE)
      }
      default:
        return unreachable(sender)
    }
  })
}

/** Counts a wrong key. @returns the response to an address that has had too many; undefined for the others */
export function tooManyGuesses(request: Request, guesses: Guesses): Response | undefined {
  const wait = guesses.wrong(connectionOf(request), Date.now())
  if (wait === undefined) return undefined
  return errorFor(new URL(request.url).pathname, 429, TOO_MANY, { 'Retry-After': String(Math.ceil(wait / 1000)) })
}

const accessOf = (key: Key): Access => ({ key, refusal: (operation) => refusalOf(key, operation) })

/** The challenge that PowerDNS sends (RFC 9110 §11.6.1). */
const CHALLENGE = { 'WWW-Authenticate': 'X-API-Key realm="PowerDNS"' }

export const API_OFF =
  'the API is off; set the secret API_KEY, or make a key with "npx edge-gslb key create NAME --scope everything"'

const UNKEYED = 'the request has no key; expected the API key in the header X-API-Key'
const UNKNOWN = 'this key is not known here; expected the secret of one that "npx edge-gslb key list" shows, or API_KEY'

const TOO_MANY = 'too many wrong keys from this address; expected at most one a second'
