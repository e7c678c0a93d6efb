import type { WaitUntil } from '../store/query-path.ts'
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
