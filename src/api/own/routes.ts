import { type Context, Hono } from 'hono'
import type { ApiEnv } from '../access.ts'
import { deleteExpectationsRoute, getExpectationsRoute, putExpectationsRoute } from './expectations.ts'
import { historyRoute, pastRoute, rollbackRoute } from './history.ts'
import { deleteRoute, getRoute, listRoute, putRoute } from './zones.ts'

/**
 * The routes about zones that PowerDNS has no word for, below `/api/v1`. Those that compile or explain load their code
 * with the first request.
 */
export function ownRoutes(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const check = async (c: Context<ApiEnv>) => (await import('./check.ts')).checkRoute(c)
  const explain = async (c: Context<ApiEnv>) => (await import('./explain.ts')).explainRoute(c)
  const partition = async (c: Context<ApiEnv>) => (await import('./partition.ts')).partitionRoute(c)
  const places = async (c: Context<ApiEnv>) => (await import('./places.ts')).placesRoute(c)
  const plan = async (c: Context<ApiEnv>) => (await import('./plan.ts')).planRoute(c)
  const docs = async (c: Context<ApiEnv>) => (await import('../openapi/route.ts')).docsRoute(c)
  app.get('/api/docs', docs)
  app.get('/api/v1/zones', listRoute)
  app.get('/api/v1/zones/:zone', getRoute)
  app.put('/api/v1/zones/:zone', putRoute)
  app.delete('/api/v1/zones/:zone', deleteRoute)
  app.post('/api/v1/zones/:zone/check', check)
  app.get('/api/v1/zones/:zone/history', historyRoute)
  app.get('/api/v1/zones/:zone/history/:id', pastRoute)
  app.post('/api/v1/zones/:zone/rollback', rollbackRoute)
  app.get('/api/v1/zones/:zone/expectations', getExpectationsRoute)
  app.put('/api/v1/zones/:zone/expectations', putExpectationsRoute)
  app.delete('/api/v1/zones/:zone/expectations', deleteExpectationsRoute)
  app.get('/api/v1/zones/:zone/dnssec', async (c) => (await import('./dnssec.ts')).dnssecRoute(c))
  app.post('/api/v1/zones/:zone/dnssec', async (c) => (await import('./dnssec.ts')).changeDnssecRoute(c))
  app.post('/api/v1/overrides/rehearse', async (c) => (await import('../health/rehearse.ts')).rehearseRoute(c))
  app.get('/api/v1/traffic', async (c) => (await import('../metrics/traffic.ts')).trafficRoute(c))
  app.get('/api/v1/explain', explain)
  app.get('/api/v1/partition', partition)
  app.get('/api/v1/places', places)
  app.post('/api/v1/plan', plan)
  return app
}
