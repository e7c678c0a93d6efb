import { logEvent } from '../events.ts'
import { connectionOf, problem, type Reading, type TokenRequest } from '../http/index.ts'
import {
  type FoundKey,
  findKey,
  firstKey,
  Guesses,
  isSameSecret,
  isSecret,
  KnownTokens,
  refusalOf,
  type TokenState,
} from '../keys/index.ts'
import { MAX_TOKEN_CHARS } from '../limits.ts'
import { unreachable } from '../result.ts'
import { QUERY_DEADLINE_MS, type WaitUntil } from '../store/query-path.ts'
import type { Env } from './env.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { keyStorage } from './key-storage.ts'

type Asked = { readonly request: Request; readonly env: Env; readonly waitUntil: WaitUntil }

/** Goes on with a request whose token is right. @param waited milliseconds that it has waited for that */
type GoOn = (reading: Reading, waited: number) => Response | Promise<Response>

/** The isolate's own. */
let known: KnownTokens | undefined
const guesses = new Guesses(logEvent)

/**
 * Lets a request with a right token pass: that of a key that may resolve names. A token that is not known here is read,
 * while the zones are read beside it. An address with too many wrong ones causes no reads any more.
 */
export function admit(asked: Asked, { token, read }: TokenRequest, goOn: GoOn): Response | Promise<Response> {
  const { env, request, waitUntil } = asked
  const { apiKey } = isolateSettings(env)
  known ??= new KnownTokens((secret, now) => find(secret, env, now))
  const now = Date.now()
  const pass = (state: TokenState, waited: number): Response | Promise<Response> => {
    const refused = refusalFor(state)
    return typeof refused === 'string' ? goOn(read(refused), waited) : refused
  }
  const guessed = (): Response | Promise<Response> => {
    const wait = guesses.wrong(connectionOf(request), Date.now())
    return wait === undefined ? pass(UNKNOWN, 0) : tooMany(wait)
  }
  const state = known.known(token, now, waitUntil)
  if (state) return state.kind === 'unknown' ? guessed() : pass(state, 0)
  // No key has such a secret.
  if (token.length > MAX_TOKEN_CHARS || !(isSecret(token) || apiKey !== undefined)) return guessed()
  // One guess is one read, however many queries have the same token.
  const isGuess = !known.isBeingRead(token, now)
  const wait = isGuess ? guesses.begin(connectionOf(request), now) : undefined
  if (wait !== undefined) return tooMany(wait)
  const counted = (found: TokenState): void => {
    if (found.kind === 'unknown') guesses.tell(connectionOf(request), now)
    else guesses.right(connectionOf(request), now)
  }
  snapshotFor(env).prepare(now, waitUntil)
  const late = new Promise<void>((resolve) => setTimeout(resolve, QUERY_DEADLINE_MS))
  return known.find(token, now, late, waitUntil).then((found) => {
    if (isGuess) counted(found)
    return pass(found, Date.now() - now)
  })
}

async function find(secret: string, env: Env, now: number): Promise<FoundKey> {
  const { apiKey } = isolateSettings(env)
  if (apiKey !== undefined && (await isSameSecret(secret, apiKey))) return { kind: 'found', key: firstKey }
  return findKey(keyStorage(env.GSLB), secret, now)
}

/**
 * Returns the id of the key, or the response to a token that opens nothing. 404 is the same for every path where
 * nothing is, and DoH clients take each status other than 2xx alike (RFC 8484 §4.2.1): no authentication is asked of
 * them that they do not have.
 */
function refusalFor(state: TokenState): string | Response {
  switch (state.kind) {
    case 'found': {
      const why = refusalOf(state.key, { kind: 'resolve' })
      return why === undefined ? state.key.id : problem(403, why)
    }
    case 'ended':
      return problem(404, `the token of the key ${state.key.name} has ended; expected one that is valid`)
    case 'unknown':
      return problem(404, NOT_KNOWN)
    case 'unread':
      return problem(503, 'the token could not be read; try again', { 'Retry-After': '1' })
    default:
      return unreachable(state)
  }
}

const UNKNOWN: TokenState = { kind: 'unknown' }

const NOT_KNOWN = 'the token in the path is not known; expected the secret of a key that may resolve names'

const tooMany = (wait: number): Response =>
  problem(429, 'too many wrong tokens from this address; expected at most one a second', {
    'Retry-After': String(Math.ceil(wait / 1000)),
  })
