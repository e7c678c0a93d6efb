import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { CONTENT_TYPE, type Form } from '../../metrics/index.ts'
import type { KeyedEnv } from '../access.ts'
import { apiWrites } from '../audit.ts'
import { accepted } from '../own/media.ts'
import { forbidden } from '../requests.ts'

/** The paths that watchers ask for, beside those of the API. */
export const METRICS_PATH = '/metrics'
export const HEALTHZ_PATH = '/healthz'

/** `GET /metrics`, by a key that may read health, and `GET /healthz`, without a key. */
export function metricsRoutes(keyed: MiddlewareHandler<KeyedEnv>): Hono<KeyedEnv> {
  const app = new Hono<KeyedEnv>()
  app.get(METRICS_PATH, keyed, async (c) => forbidden(c, { kind: 'read-health' }) ?? metrics(c))
  app.get(HEALTHZ_PATH, healthz)
  return app
}

async function metrics(c: Context<KeyedEnv>): Promise<Response> {
  const form = formFor(c)
  return c.body(await c.env.health.metrics(form, apiWrites), 200, {
    ...COMMON,
    'Content-Type': CONTENT_TYPE[form],
    Vary: 'Accept',
  })
}

/** Prometheus names all forms that it knows; whoever names none of them reads the plain one. */
function formFor(c: Context): Form {
  const type = accepted(c, [TEXT, OPENMETRICS])
  return type.ok && type.value === OPENMETRICS ? 'openmetrics' : 'prometheus'
}

const TEXT = 'text/plain'
const OPENMETRICS = 'application/openmetrics-text'

async function healthz(c: Context<KeyedEnv>): Promise<Response> {
  const liveness = await c.env.health.liveness()
  return c.text(`${liveness}\n`, liveness === 'ok' ? 200 : 503, COMMON)
}

const COMMON = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const
