import { createApi } from '../api/index.ts'
import { answerConsole as answer } from '../console/index.ts'
import type { WaitUntil } from '../store/index.ts'
import { controlFor } from './control.ts'
import type { Env } from './env.ts'
import { sessionSalt } from './session-salt.ts'

/** The API as the console asks it: without the detour over the network, and with the key of the session. */
let api: ReturnType<typeof createApi> | undefined

/** Answers a request for the console. */
export function answerConsole(request: Request, env: Env, waitUntil: WaitUntil): Promise<Response> {
  api ??= createApi()
  const { fetch } = api
  const control = controlFor(env, waitUntil)
  return answer(request, {
    control,
    api: async (inner, known) => fetch(inner, { ...control, known }),
    sessionSalt: () => sessionSalt(env),
  })
}
