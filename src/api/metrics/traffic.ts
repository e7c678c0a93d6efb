import type { Context } from 'hono'
import { MAX_TRAFFIC_HOURS } from '../../limits.ts'
import type { ApiEnv } from '../access.ts'
import { replied } from '../health/replied.ts'
import { problem } from '../replies.ts'
import { forbidden } from '../requests.ts'

/** `GET /api/v1/traffic`: counts of queries, where they are kept and can be read. */
export async function trafficRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'read-health' })
  if (refused) return refused
  const { traffic } = c.env.health
  if (!traffic) return problem(404, OFF)
  const text = c.req.query('hours') ?? '24'
  const hours = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (hours < 1 || hours > MAX_TRAFFIC_HOURS)
    return problem(400, `hours=${text.slice(0, 40)} is not valid; expected a number from 1 to ${MAX_TRAFFIC_HOURS}`)
  return replied(await traffic(hours))
}

const OFF =
  'queries are not counted here, or cannot be read; expected the binding QUERIES, the variable ANALYTICS_ACCOUNT and the ' +
  'secret ANALYTICS_TOKEN'
