import { type Context, Hono } from 'hono'
import { logEvent } from '../events.ts'
import { hasKeys } from '../keys/index.ts'
import type { ApiEnv } from './access.ts'
import { audit } from './audit.ts'
import { API_OFF, authentication } from './authentication.ts'
import { agentOperations, healthOperations } from './health/operations.ts'
import { keyOperations } from './keys/operations.ts'
import { methodsOf } from './methods.ts'
import { HEALTHZ_PATH, METRICS_PATH, metricsRoutes } from './metrics/routes.ts'
import { notifyOperations } from './notify/operations.ts'
import { DOCS_PATH } from './openapi/operation.ts'
import { serve } from './openapi/serve.ts'
import { ownOperations } from './own/operations.ts'
import { powerdnsRoutes } from './powerdns/index.ts'
import { remoteBackendRoutes } from './remote-backend/index.ts'
import { errorFor } from './replies.ts'

/**
 * `/metrics` by a key, and `/healthz` without one. `/api/…`: PowerDNS's API and our own, by keys; agents by their
 * signature. `/pdns/…`: PowerDNS's remote backend, with the key in the path. Pages of other sites have no business
 * here: no reply allows them in (CORS), errors neither.
 */
export function createApi(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.onError((error, c) => failed(error, c.req.path))
  // Preflights have no key, and agents a signature.
  app.options('/api/*', (c) => preflight(c, methods(c.req.path)))
  app.route('/', serve(agentOperations))
  app.route('/', remoteBackendRoutes())
  const keyed = authentication()
  app.route('/', metricsRoutes(keyed))
  app.use('/api/*', keyed, audit)
  app.route('/', serve(keyOperations))
  app.route('/', serve(healthOperations))
  app.route('/', serve(notifyOperations))
  app.route('/', serve(ownOperations))
  app.get(DOCS_PATH, async (c) => (await import('./openapi/route.ts')).docsRoute(c))
  app.route('/', powerdnsRoutes())
  for (const path of ['/api/*', METRICS_PATH, HEALTHZ_PATH]) app.all(path, (c) => unrouted(c.req, methods(c.req.path)))
  const methods = methodsOf(app.routes)
  return app
}

/** Without Access-Control-Allow-Origin no page is let in, as in PowerDNS since 5.1. */
async function preflight({ env, req }: Context<ApiEnv>, methods: readonly string[]): Promise<Response> {
  const { apiKey, people, keys } = env
  if (apiKey === undefined && people === undefined && !(await hasKeys(keys))) return errorFor(req.path, 404, API_OFF)
  if (methods.length === 0) return unrouted(req, methods)
  const allowed = [...methods, 'OPTIONS'].join(', ')
  return new Response(null, {
    status: 200,
    headers: {
      Allow: allowed,
      'Access-Control-Allow-Headers': 'Content-Type, X-API-Key',
      'Access-Control-Allow-Methods': allowed,
      'Access-Control-Max-Age': '3600',
      'Cache-Control': 'no-store',
    },
  })
}

type Asked = { readonly method: string; readonly path: string }

function unrouted({ method, path }: Asked, methods: readonly string[]): Response {
  if (methods.length === 0) {
    return errorFor(path, 404, 'there is nothing at this path; expected one that GET /api/docs describes')
  }
  const allowed = methods.join(', ')
  return errorFor(path, 405, `${method} is not a method of this path; expected one of ${allowed}`, { Allow: allowed })
}

/** A fault of our own is told without its details, which are for the log. */
function failed(error: Error, path: string): Response {
  logEvent({ event: 'api-failed', why: String(error) })
  return errorFor(path, 503, 'storage could not be reached, or failed; try again')
}
