import { type QueryRequest, writeResponse } from '../http/index.ts'
import type { WaitUntil } from '../store/query-path.ts'
import type { NeedsZone, Reply, Step } from '../zone/query-path.ts'
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

/** Returns the list for the decisions of a query that is counted; undefined for the others, and without the binding. */
export const traceFor = ({ QUERIES, QUERY_SAMPLE }: Env): Step[] | undefined =>
  QUERIES && Math.random() < Number(QUERY_SAMPLE || 1) ? [] : undefined

/** Answers a request for a page, or for a path that is nothing. The code is loaded with the first one. */
export const answerPage: typeof import('./pages.ts').answerPage = async (...given) =>
  (await import('./pages.ts')).answerPage(...given)

/** Uses code that is loaded at the first use, and at once from then on. */
function later<M>(load: () => Promise<M>): <T>(use: (loaded: M) => T | Promise<T>) => T | Promise<T> {
  let loaded: M | undefined
  return (use) =>
    loaded
      ? use(loaded)
      : load().then((first) => {
          loaded = first
          return use(first)
        })
}

const tokens = later(() => import('./tokens.ts'))
const signing = later(() => import('./signing.ts'))
const forwarding = later(() => import('./forwarding.ts'))

/** Lets a request with a right token in its path pass. Its code is loaded with the first one. */
export const admit: typeof import('./tokens.ts').admit = (...given) => tokens((loaded) => loaded.admit(...given))

/**
 * Writes the response. A reply out of a signed zone gets its signatures first. What our zones do not answer to the end,
 * and all replies where other names are forwarded, pass through other code. Both are loaded with the first such query.
 * @param now milliseconds since the epoch, when the query came
 */
export function respond(
  answered: Reply | NeedsZone,
  read: QueryRequest,
  env: Env,
  now: number,
  waitUntil: WaitUntil,
): Response | Promise<Response> {
  if (answered.kind === 'reply' && answered.asker?.trace)
    waitUntil(import('./count-query.ts').then(({ countQuery }) => countQuery(answered, env, read.client)))
  const write = (reply: Reply | NeedsZone): Response | Promise<Response> =>
    reply.kind === 'reply' && (reply.beyond || env.UPSTREAMS)
      ? forwarding(({ respondBeyond }) => respondBeyond(reply, read, env, now, waitUntil))
      : writeResponse(reply, read)
  return answered.kind === 'reply' && isToBeSigned(answered)
    ? signing(({ signThen }) => signThen(answered, env, now, waitUntil, write))
    : write(answered)
}

/** RRSIG, NSEC, DNSKEY, CDS and CDNSKEY, which lie between 46 and 60, are answered without DO as well. */
const isToBeSigned = ({ asker }: Reply): boolean | undefined =>
  asker && (asker.dnssecOk || (asker.question.type > 45 && asker.question.type < 61)) && asker.zones.isSigned
