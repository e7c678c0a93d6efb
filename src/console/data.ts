import { BROKEN, problem, readBody } from '../http/index.ts'
import { MAX_API_ZONE_BYTES } from '../limits.ts'

/** Headers of a request that the API reads, and no other: a key in one would be somebody else's. */
const PASSED = ['accept', 'content-type', 'if-match', 'if-none-match', 'x-reason']

/**
 * Answers an island: `/console/data/health/events` is `/api/v1/health/events` for the key of the session. The API
 * decides what that key may do, as it does for programs.
 */
export async function answerData(
  request: Request,
  { pathname, search }: URL,
  ask: (path: string, init?: RequestInit) => Promise<Response>,
): Promise<Response> {
  const headers = PASSED.flatMap((name): [string, string][] => {
    const value = request.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  const { method } = request
  const hasBody = method !== 'GET' && method !== 'HEAD' && request.body !== null
  const body = hasBody ? await readBody(request, MAX_API_ZONE_BYTES) : undefined
  if (body && !body.ok)
    return body.error === 'broken'
      ? problem(400, BROKEN)
      : problem(413, `expected at most ${MAX_API_ZONE_BYTES} octets`)
  const reply = await ask(`/api/v1/${pathname.slice('/console/data/'.length)}${search}`, {
    method,
    headers,
    ...(body && { body: body.value as Uint8Array<ArrayBuffer> }),
  })
  const answered = new Response(reply.body, reply)
  answered.headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  return answered
}
