import { type Context, Hono } from 'hono'
import { logEvent } from '../../events.ts'
import type { ApiEnv } from '../access.ts'
import { failure, NOT_FOUND, type Reply, responseOf } from './reply.ts'

export type ApiContext = Context<ApiEnv>
export type Handler = (c: ApiContext) => Promise<Reply> | Reply

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The methods of a path. */
export type Methods = Partial<Readonly<Record<(typeof METHODS)[number], Handler>>>

/** Paths with their methods, in Hono's form. */
export type Routes = Readonly<Record<string, Methods>>

/** Makes an app of routes. It answers every other path below `/api/v1/servers`, too. */
export function appOf(routes: Routes): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  for (const [path, methods] of Object.entries(routes)) {
    for (const method of METHODS) {
      const handle = methods[method]
      if (handle) app.on(method, path, (c) => answer(c, handle, methods))
    }
    app.all(path, (c) => responseOf(isServer(c) ? notAllowed(methods) : NOT_FOUND))
  }
  app.all('/api/v1/servers/*', () => responseOf(NOT_FOUND))
  return app
}

async function answer(c: ApiContext, handle: Handler, methods: Methods): Promise<Response> {
  if (!isServer(c)) return responseOf(NOT_FOUND)
  // Hono gives HEAD to the handler of GET. PowerDNS refuses it.
  if (c.req.raw.method === 'HEAD') return responseOf(notAllowed(methods))
  try {
    return responseOf(await handle(c))
  } catch (error) {
    logEvent({ event: 'api-failed', why: String(error) })
    return responseOf(FAULT)
  }
}

/** There is one server. */
const isServer = (c: ApiContext): boolean => (c.req.param('server') ?? 'localhost') === 'localhost'

const notAllowed = (methods: Methods): Reply => ({
  ...failure(405, 'Method Not Allowed'),
  headers: { Allow: Object.keys(methods).join(', ') },
})

/** A fault of our own: the details are for the log. PowerDNS-Admin takes an empty list for the end of all zones. */
const FAULT = failure(503, 'the storage of the zones could not be reached, or failed; try again')
