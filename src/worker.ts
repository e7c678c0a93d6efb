import { failed, type QueryRequest, type ReadRequest, readRequest } from './http/index.ts'
import { answerFrom, type WaitUntil } from './store/query-path.ts'
import {
  admit,
  answerApi,
  answerPage,
  type Env,
  isolateSettings,
  respond,
  snapshotFor,
  tellAsked,
  tick,
  traceFor,
} from './worker/index.ts'
import { answerQuery, type NeedsZone, type Reply, type Zones } from './zone/query-path.ts'

export { AskedTargets, HealthMonitor, Prober, VantagePoint, ZoneAdopter, ZoneLedger } from './worker/index.ts'

type Answer<T> = T | Promise<T>

/** Reads the request, answers, writes the response. */
function handle(request: Request, env: Env, waitUntil: WaitUntil): Answer<Response> {
  const proceed = (read: ReadRequest, waited = 0): Answer<Response> => {
    switch (read.kind) {
      case 'query':
        return respondTo(read, env, waited, waitUntil)
      case 'api':
        return answerApi(request, env, waitUntil)
      case 'page':
        return answerPage(request, env, waitUntil)
      case 'token':
        return admit({ request, env, waitUntil }, read, (reading, waited) =>
          then(reading, (inner) => proceed(inner, waited)),
        )
      case 'response':
        return read.response
    }
  }
  return then(readRequest(request, isolateSettings(env).endpoint), (read) => proceed(read))
}

/** @param waited milliseconds that the query has waited for its token */
function respondTo(read: QueryRequest, env: Env, waited: number, waitUntil: WaitUntil): Answer<Response> {
  const now = Date.now()
  return then(answer(read, env, now, waited, waitUntil), (answered) =>
    respond(answered, read, env, now - waited, waitUntil),
  )
}

/** Answers from the isolate's zones. It waits only if one of them has to be loaded. */
function answer(
  { query, client }: QueryRequest,
  env: Env,
  now: number,
  waited: number,
  waitUntil: WaitUntil,
): Answer<Reply | NeedsZone> {
  const snapshot = snapshotFor(env)
  const { clientSubnet } = isolateSettings(env)
  const ask = (zones: Zones): Reply | NeedsZone => {
    const sources = {
      zones,
      health: snapshot.health(now),
      database: snapshot.database,
      outside: snapshot.outside(now, waitUntil),
      random: Math.random,
      clientSubnet,
    }
    const answered = answerQuery(query, client, sources, traceFor(env))
    if (answered.kind === 'reply' && answered.asked) tellAsked(answered.asked, env, now, waitUntil)
    return answered
  }
  return answerFrom({ snapshot, ask, now, waitUntil, waited })
}

/** A promise costs as much as an answer from memory, which needs none. */
const then = <T, U>(value: Answer<T>, next: (value: T) => Answer<U>): Answer<U> =>
  value instanceof Promise ? value.then(next) : next(value)

export default {
  fetch(request, env, context) {
    try {
      const response = handle(request, env, (work) => context.waitUntil(work))
      return response instanceof Promise ? response.catch(failed) : response
    } catch (error) {
      return failed(error)
    }
  },

  scheduled: (controller, env, context) =>
    tick(controller.scheduledTime, env, isolateSettings(env), (work) => context.waitUntil(work)),
} satisfies ExportedHandler<Env>
