import { type QueryRequest, writeResponse } from '../http/index.ts'
import type { WaitUntil } from '../store/query-path.ts'
import type { NeedsZone, Reply } from '../zone/query-path.ts'
import type { Env } from './env.ts'

/** Does all that is due every minute. Its code is loaded with the first tick. */
export const tick: typeof import('./cron.ts').tick = async (...given) => (await import('./cron.ts')).tick(...given)

/** Tells the checks that an answer met, behind the answer. Its code is loaded with the first such answer. */
export const tellAsked: typeof import('./tell-asked.ts').tellAsked = (asked, env, now, waitUntil) =>
  waitUntil(import('./tell-asked.ts').then((loaded) => loaded.tellAsked(asked, env, now, waitUntil)))

let api: Promise<ReturnType<typeof import('../api/index.ts').createApi>> | undefined

/** Answers a request for the API. Its code is loaded with the first one. */
export async function answerApi(request: Request, env: Env, waitUntil: WaitUntil): Promise<Response> {
  api ??= import('../api/index.ts').then(({ createApi }) => createApi())
  const [{ fetch }, { controlFor }] = await Promise.all([api, import('./control.ts')])
  return fetch(request, controlFor(env, waitUntil))
}

/** Answers a request for a page, or for a path that is nothing. The code is loaded with the first one. */
export const answerPage: typeof import('./pages.ts').answerPage = async (...given) =>
  (await import('./pages.ts')).answerPage(...given)

let tokens: typeof import('./tokens.ts') | undefined

/** Lets a request with a right token in its path pass. Its code is loaded with the first one. */
export const admit: typeof import('./tokens.ts').admit = (...given) => {
  if (tokens) return tokens.admit(...given)
  return import('./tokens.ts').then((loaded) => {
    tokens = loaded
    return loaded.admit(...given)
  })
}

let forwarding: typeof import('./forwarding.ts') | undefined

/**
 * Writes the response. What our zones do not answer to the end, and all replies where other names are forwarded, pass through
 * code that is loaded with the first such query.
 * @param now milliseconds since the epoch, when the query came
 */
export function respond(
  answered: Reply | NeedsZone,
  read: QueryRequest,
  env: Env,
  now: number,
  waitUntil: WaitUntil,
): Response | Promise<Response> {
  if (answered.kind !== 'reply' || !(answered.beyond || env.UPSTREAMS)) return writeResponse(answered, read)
  if (forwarding) return forwarding.respondBeyond(answered, read, env, now, waitUntil)
  return import('./forwarding.ts').then((loaded) => {
    forwarding = loaded
    return loaded.respondBeyond(answered, read, env, now, waitUntil)
  })
}
